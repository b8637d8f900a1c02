package fat

import (
	"strings"
	"syscall"
)

// Attributes of an entry, and what stands in its first byte.
const (
	attrReadOnly = 0x01
	attrVolume   = 0x08
	attrDir      = 0x10
	attrArchive  = 0x20
	attrLong     = 0x0f

	lastLong = 0x40

	deleted = 0xe5
	last    = 0x00
)

// entrySize is that of an entry of a directory, perSector how many a sector has, and mostEntries bounds a
// directory, as the format does.
const (
	entrySize   = 32
	perSector   = sectorSize / entrySize
	mostEntries = 1 << 16
)

// place is where an entry is.
type place struct {
	sector uint64
	off    int
}

// entry is a name in a directory.
type entry struct {
	name  string
	raw   [entrySize]byte // its short entry
	at    place
	index int // of the short entry in the directory
	from  int // of the first that belongs to it
}

func (e *entry) isDir() bool { return e.raw[11]&attrDir != 0 }

func (e *entry) size() int64 { return int64(le.Uint32(e.raw[28:])) }

// first returns the first cluster, 0: it has none.
func (e *entry) first() uint32 {
	return uint32(le.Uint16(e.raw[20:]))<<16 | uint32(le.Uint16(e.raw[26:]))
}

func (e *entry) setFirst(c uint32) {
	le.PutUint16(e.raw[20:], uint16(c>>16))
	le.PutUint16(e.raw[26:], uint16(c))
}

// directory is one that is looked at: its clusters, and where its entries are.
type directory struct {
	v        *volume
	clusters []uint32
}

// directory returns that which begins with a cluster.
func (v *volume) directory(first uint32) (*directory, error) {
	list, err := v.chain(first)
	if err == nil && (len(list) == 0 || int64(len(list))*v.bytes() > mostEntries*entrySize+v.bytes()) {
		err = errCorrupt
	}
	return &directory{v, list}, err
}

// entries returns how many there is room for.
func (d *directory) entries() int {
	return min(len(d.clusters)*int(d.v.perCluster)*perSector, mostEntries)
}

// place returns where an entry is, and of which kind its sector.
func (d *directory) place(i int) (place, kind) {
	per := int(d.v.perCluster) * perSector
	c := d.clusters[i/per]
	k := dirs
	if d.v.fresh[c] {
		k = fresh
	}
	return place{d.v.at(c) + uint64(i%per/perSector), i % perSector * entrySize}, k
}

// raw reads an entry.
func (d *directory) raw(i int) ([]byte, error) {
	p, _ := d.place(i)
	b, err := d.v.sector(p.sector)
	if err != nil {
		return nil, err
	}
	return b[p.off:][:entrySize], nil
}

// set writes an entry.
func (d *directory) set(i int, e []byte) error {
	p, k := d.place(i)
	b, err := d.v.change(p.sector, k)
	if err == nil {
		copy(b[p.off:][:entrySize], e)
	}
	return err
}

// each calls f for each name until it returns false.
func (d *directory) each(f func(e *entry) bool) error {
	var l long
	l.next = 0xff
	from := 0
	for i := range d.entries() {
		b, err := d.raw(i)
		switch {
		case err != nil:
			return err
		case b[0] == last:
			return nil
		case b[0] == deleted:
			l.next, from = 0xff, i+1
			continue
		case b[11]&0x3f == attrLong:
			l.take(b)
			continue
		}
		e := &entry{index: i, from: from}
		copy(e.raw[:], b)
		e.at, _ = d.place(i)
		name, whole := l.name(b)
		if !whole {
			name = shortName(b)
			e.from = i
		}
		l.next, from = 0xff, i+1
		e.name = name
		if b[11]&attrVolume != 0 || name == "" || name == "." || name == ".." {
			continue
		}
		if !f(e) {
			return nil
		}
	}
	return nil
}

// find returns what a name stands for: ENOENT if nothing.
func (d *directory) find(name string) (found *entry, err error) {
	err = d.each(func(e *entry) bool {
		if sameName(e.name, name) {
			found = e
		}
		return found == nil
	})
	if err == nil && found == nil {
		err = syscall.ENOENT
	}
	return found, err
}

// empty reports whether a directory has no names.
func (d *directory) empty() (yes bool, err error) {
	yes = true
	err = d.each(func(*entry) bool { yes = false; return false })
	return yes, err
}

// walk returns the entry of a path, nil for the root.
func (v *volume) walk(path string) (*entry, error) {
	var at *entry
	for path != "" {
		name, rest, _ := strings.Cut(path, "/")
		d, err := v.in(at)
		if err != nil {
			return nil, err
		}
		if at, err = d.find(name); err != nil {
			return nil, err
		}
		path = rest
	}
	return at, nil
}

// in returns the directory of an entry, of none the root.
func (v *volume) in(e *entry) (*directory, error) {
	switch {
	case e == nil:
		return v.directory(v.root)
	case !e.isDir():
		return nil, syscall.ENOTDIR
	}
	return v.directory(e.first())
}

// store writes an entry that has changed where it is.
func (v *volume) store(e *entry) error {
	k := dirs
	if c := firstEntry + uint32((e.at.sector-v.data)/uint64(v.perCluster)); v.fresh[c] {
		k = fresh
	}
	b, err := v.change(e.at.sector, k)
	if err == nil {
		copy(b[e.at.off:], e.raw[:])
	}
	return err
}

// load reads an entry anew.
func (v *volume) load(p place) (*entry, error) {
	b, err := v.sector(p.sector)
	if err != nil {
		return nil, err
	}
	e := &entry{at: p}
	copy(e.raw[:], b[p.off:])
	return e, nil
}
