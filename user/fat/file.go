package fat

import "syscall"

// mostSize bounds a file, and mostGap what is cleared at once behind its end.
const (
	mostSize = 1<<32 - 1
	mostGap  = 64 << 20
)

// hint is a cluster of a file that was come to before.
type hint struct {
	first, index, cluster uint32
}

// seek returns the cluster of a file by its index.
func (v *volume) seek(e *entry, h *hint, index uint32) (c uint32, err error) {
	c = e.first()
	from := uint32(0)
	if h.first == c && h.index <= index && h.cluster != 0 {
		from, c = h.index, h.cluster
	}
	for ; ; from++ {
		if !v.is(c) {
			return 0, errCorrupt
		}
		if from == index {
			*h = hint{e.first(), index, c}
			return c, nil
		}
		if c, err = v.follow(c); err != nil {
			return 0, err
		}
	}
}

// clusters returns how many clusters some bytes take.
func (v *volume) clusters(size int64) int { return int((size + v.bytes() - 1) / v.bytes()) }

// read reads of a file, which has that much.
func (v *volume) read(e *entry, h *hint, b []byte, off int64) (done int, err error) {
	if off >= e.size() {
		return 0, nil
	}
	b = b[:min(int64(len(b)), e.size()-off)]
	for done < len(b) {
		at := off + int64(done)
		c, err := v.seek(e, h, uint32(at/v.bytes()))
		if err != nil {
			return done, err
		}
		s, err := v.sector(v.at(c) + uint64(at%v.bytes()/sectorSize))
		if err != nil {
			return done, err
		}
		done += copy(b[done:], s[at%sectorSize:])
	}
	return done, nil
}

// lengthen sees to it that a file has clusters for some bytes.
func (v *volume) lengthen(e *entry, h *hint, size int64) error {
	have, want := v.clusters(e.size()), v.clusters(size)
	if want <= have {
		return nil
	}
	var end uint32
	if have > 0 {
		var err error
		if end, err = v.seek(e, h, uint32(have-1)); err != nil {
			return err
		}
		if v.cut[end] { // its old end is to be on the disk before the new one
			if err := v.commit(); err != nil {
				return err
			}
		}
	}
	list, err := v.take(want - have)
	if err != nil {
		return err
	}
	if end == 0 {
		e.setFirst(list[0])
		return nil
	}
	return v.link(end, list[0])
}

// write writes to a file, which has room for it, and whose end so far was at old.
func (v *volume) write(e *entry, h *hint, b []byte, off, old int64) (done int, err error) {
	for done < len(b) {
		at := off + int64(done)
		c, err := v.seek(e, h, uint32(at/v.bytes()))
		if err != nil {
			return done, err
		}
		s := v.at(c) + uint64(at%v.bytes()/sectorSize)
		get := v.change
		if at-at%sectorSize >= old {
			get = v.replace // nothing of it is the file's
		}
		sector, err := get(s, fresh)
		if err != nil {
			return done, err
		}
		n := copy(sector[at%sectorSize:], b[done:])
		done += n
		old = max(old, at+int64(n))
	}
	return done, nil
}

// extend makes a file longer, with zeros.
func (v *volume) extend(e *entry, h *hint, size int64) error {
	old := e.size()
	if size-old > mostGap {
		return syscall.EFBIG
	}
	if err := v.lengthen(e, h, size); err != nil {
		return err
	}
	var zeros [sectorSize]byte
	for at := old; at < size; {
		n := min(sectorSize-at%sectorSize, size-at)
		if _, err := v.write(e, h, zeros[:n], at, at); err != nil {
			return err
		}
		if at += n; v.changed > mostChanged {
			if err := v.commit(); err != nil {
				return err
			}
		}
	}
	le.PutUint32(e.raw[28:], uint32(size))
	return nil
}

// shorten makes a file shorter: what it has behind its end is given up.
func (v *volume) shorten(e *entry, size int64) error {
	list, err := v.chain(e.first())
	if err != nil {
		return err
	}
	keep := v.clusters(size)
	switch {
	case keep > len(list):
		return errCorrupt
	case keep == 0:
		e.setFirst(0)
	case keep < len(list):
		v.cut[list[keep-1]] = true
	}
	v.give(list[keep:])
	le.PutUint32(e.raw[28:], uint32(size))
	return nil
}
