package capability

import "atoll/arch/layout"

// MaxRetype is how many objects one call may make.
const MaxRetype = 64

// Made says what Retype makes, and where.
type Made struct {
	Offset uint64 // of the first object in the source, bytes
	Type   Type
	Size   uint64 // of one object, bytes
	Count  uint64
	CNode  Ref    // slot of the CNode that gets the capabilities
	First  uint64 // index of the first of them
}

// Retype makes objects in a range of RAM, or smaller pieces of device registers, and
// puts the capabilities into empty slots. The range must not be in use: no capability but
// copies of the source and what the source was made from may meet it.
func (d *Database) Retype(src Ref, m Made) Error {
	for {
		if done, e := d.RetypeStep(src, m); done || e != OK {
			return e
		}
	}
}

// RetypeStep is Retype in steps that each take no longer than a call may: it returns whether
// that was the last one. What is between two steps is said in unclear.go.
func (d *Database) RetypeStep(src Ref, m Made) (done bool, e Error) {
	begun := d.begun(src, &m)
	if e := d.mayMake(src, m, begun); e != OK {
		return false, e
	}
	for i := range m.Count {
		if e := d.mayPut(m.CNode, m.First+i, begun); e != OK {
			return false, e
		}
	}
	c := d.slot(m.CNode)
	if types[m.Type].clear && !d.clear(c.at(m.First), begun, d.slot(src).base+m.Offset, m.Size*m.Count) {
		return false, OK
	}
	d.create(src, m, func(i uint64) Ref { return c.at(m.First + i) })
	return true, OK
}

// Carve is Retype for the kernel: of one object, not a long one, whose capability may go into
// any empty slot. The CNode and the index of m do not count.
func (d *Database) Carve(src, dst Ref, m Made) Error {
	m.Count = 1
	if e := d.mayMake(src, m, 0); e != OK {
		return e
	}
	if d.slot(dst).typ != Null {
		return ErrNotEmpty
	}
	if types[m.Type].clear {
		d.o.Clear(d.slot(src).base+m.Offset, m.Size)
	}
	d.create(src, m, func(uint64) Ref { return dst })
	return OK
}

// create makes the objects, in memory that has been cleared; to returns the slots of their
// capabilities.
func (d *Database) create(src Ref, m Made, to func(i uint64) Ref) {
	s := d.slot(src)
	made := Cap{Type: m.Type, Rights: types[m.Type].rights, Base: s.base + m.Offset, Size: m.Size}
	if types[m.Type].inherits {
		made.Rights &= s.rights
	}
	for i := range m.Count {
		r := to(i)
		d.slot(r).put(made)
		d.add(r)
		d.o.Create(made)
		made.Base += m.Size
	}
}

// mayMake looks at everything that can be wrong with the objects, mayPut at a slot for one.
// What has been begun for them in a slot, 0 = nothing, is not in the way.
func (d *Database) mayMake(src Ref, m Made, begun Ref) Error {
	s := d.slot(src)
	switch {
	case s.typ == Null:
		return ErrNoSuchCap
	case m.Type >= NumTypes || types[m.Type].from == Null || types[m.Type].from != s.typ:
		return ErrWrongType
	case s.typ == RAM && s.rights&Write == 0:
		return ErrRights
	case d.frozen != nil && d.isFrozen(s):
		return ErrRevoked
	case !m.Type.fits(m.Size) || m.Type == s.typ && m.Size == s.size: // that would be a copy
		return ErrSize
	case m.Count == 0 || m.Count > MaxRetype:
		return ErrTooMany
	case m.Offset%layout.PageSize != 0 || m.Size > s.size || m.Offset > s.size || m.Count > (s.size-m.Offset)/m.Size:
		return ErrRange
	}
	lo := s.base + m.Offset
	if first := d.descendant(src, lo, lo+m.Count*m.Size); first != begun || begun != 0 && d.copies(begun) != 0 {
		return ErrInUse
	}
	return OK
}

func (d *Database) mayPut(cnode Ref, index uint64, begun Ref) Error {
	r, e := d.enter(cnode, index, Write)
	if e == OK && r != begun && d.slot(r).typ != Null {
		e = ErrNotEmpty
	}
	return e
}

// Using returns a capability that was made from RAM or device registers, whose own is in a
// slot, and meets the addresses from lo to hi; 0 if there is none. Copies do not count.
func (d *Database) Using(r Ref, lo, hi uint64) Ref {
	if d.slot(r).typ == Null {
		return 0
	}
	return d.descendant(r, lo, hi)
}
