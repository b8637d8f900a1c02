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

// add gives a name to what raw says beside its names, in entries that follow each other: of one sector, if they fit.
func (d *directory) add(name string, raw [entrySize]byte) (*entry, error) {
	taken := map[[11]byte]bool{}
	err := d.each(func(e *entry) bool { taken[[11]byte(e.raw[:11])] = true; return true })
	if err != nil {
		return nil, err
	}
	short, err := shortOf(name, taken)
	if err != nil {
		return nil, err
	}
	copy(raw[:11], short[:])
	list := append(longEntries(name, checksum(short[:])), raw)
	at, err := d.room(len(list))
	if err != nil {
		return nil, err
	}
	for i := range list {
		if err := d.set(at+i, list[i][:]); err != nil {
			return nil, err
		}
	}
	e := &entry{name: name, raw: raw, index: at + len(list) - 1, from: at}
	e.at, _ = d.place(e.index)
	return e, nil
}

// room finds n free entries, and makes the directory longer if there are none. What is skipped behind the
// last name is marked: nobody looks behind the first that has never been used.
func (d *directory) room(n int) (int, error) {
	run, unused := 0, -1
	for i := 0; ; i++ {
		if i == d.entries() {
			if err := d.grow(); err != nil {
				return 0, err
			}
		}
		b, err := d.raw(i)
		if err != nil {
			return 0, err
		}
		if b[0] == last && unused < 0 {
			unused = i
		}
		if n <= perSector && i%perSector == 0 {
			run = 0
		}
		if run++; unused < 0 && b[0] != deleted {
			run = 0
		}
		if run < n {
			continue
		}
		at := i + 1 - n
		for k := unused; k >= 0 && k < at; k++ {
			if err := d.set(k, []byte{deleted}); err != nil {
				return 0, err
			}
		}
		return at, nil
	}
}

// grow makes the directory longer by a cluster, which is clear, and commits that: entries in it come later.
func (d *directory) grow() error {
	if len(d.clusters)*int(d.v.bytes()) >= mostEntries*entrySize {
		return syscall.ENOSPC
	}
	list, err := d.v.clear()
	if err != nil {
		return err
	}
	if err := d.v.link(d.clusters[len(d.clusters)-1], list[0]); err != nil {
		return err
	}
	d.clusters = append(d.clusters, list[0])
	return d.v.commit()
}

// clear takes a cluster for a directory.
func (v *volume) clear() ([]uint32, error) {
	list, err := v.take(1)
	for i := uint64(0); err == nil && i < uint64(v.perCluster); i++ {
		_, err = v.replace(v.at(list[0])+i, fresh)
	}
	return list, err
}

// remove takes a name away, and nothing else.
func (d *directory) remove(e *entry) error {
	for i := e.from; i <= e.index; i++ {
		if err := d.set(i, []byte{deleted}); err != nil {
			return err
		}
	}
	return nil
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
