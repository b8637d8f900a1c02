package capability

import "atoll/arch/layout"

// What Retype makes is cleared before, and a long range takes longer than one call may. So
// the range is taken first: the slot that is to get the first capability gets one to a frame
// of all of the range that permits nothing, until the last step has made the objects of it.
// Nobody can use the memory meanwhile, nor can anything else be made of it; to delete that
// capability, or to revoke what the range is part of, ends the work.

// clearedAtOnce is how much one call clears, in bytes.
const clearedAtOnce = 64 * layout.PageSize

// begun returns the slot in which the work on m has been begun, 0 if it has not.
func (d *Database) begun(src Ref, m *Made) Ref {
	r, e := d.enter(m.CNode, m.First, Write)
	if e != OK || m.Type >= NumTypes || !types[m.Type].clear {
		return 0
	}
	s := d.slot(r)
	if !s.unclear() || s.base != d.slot(src).base+m.Offset || s.size != m.Size*m.Count {
		return 0
	}
	return r
}

// Begun reports whether a Retype has taken its range, and has more to clear.
func (d *Database) Begun(src Ref, m Made) bool { return d.begun(src, &m) != 0 }

// unclear reports whether the slot has a range that is being cleared.
func (s *Slot) unclear() bool {
	return s.typ == Frame && s.rights == 0 && s.mapping == 0 && s.other != 0
}

// clear clears a range, or a part of a long one, from where it has got to if it has been
// begun, and reports whether that was all. The first slot is empty then; it has the range
// otherwise.
func (d *Database) clear(first, begun Ref, base, size uint64) (done bool) {
	s, cleared := d.slot(first), uint64(0)
	if begun != 0 {
		cleared = s.offset()
	}
	n := min(size-cleared, d.atOnce)
	d.o.Clear(base+cleared, n)
	cleared += n
	switch {
	case cleared == size && begun != 0:
		d.drop(first)
	case cleared < size && begun == 0:
		s.put(Cap{Type: Frame, Base: base, Size: size})
		d.add(first)
	}
	if cleared < size {
		s.other = uint32(cleared / layout.PageSize)
	}
	return cleared == size
}
