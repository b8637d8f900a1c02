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
	if e := d.mayRetype(src, m); e != OK {
		return e
	}
	s, c := d.o.Slot(src), d.o.Slot(m.CNode)
	made := Cap{Type: m.Type, Rights: types[m.Type].rights, Base: s.base + m.Offset, Size: m.Size}
	if types[m.Type].inherits {
		made.Rights &= s.rights
	}
	if types[m.Type].clear {
		d.o.Clear(made.Base, m.Size*m.Count)
	}
	for i := range m.Count {
		r := c.at(m.First + i)
		d.o.Slot(r).put(made)
		d.add(r)
		d.o.Create(made)
		made.Base += m.Size
	}
	return OK
}

// mayRetype looks at everything that can be wrong.
func (d *Database) mayRetype(src Ref, m Made) Error {
	s := d.o.Slot(src)
	switch {
	case s.typ == Null:
		return ErrNoSuchCap
	case m.Type >= NumTypes || types[m.Type].from == Null || types[m.Type].from != s.typ:
		return ErrWrongType
	case s.typ == RAM && s.rights&Write == 0:
		return ErrRights
	case !m.Type.fits(m.Size) || m.Type == s.typ && m.Size == s.size: // that would be a copy
		return ErrSize
	case m.Count == 0 || m.Count > MaxRetype:
		return ErrTooMany
	case m.Offset%layout.PageSize != 0 || m.Size > s.size || m.Offset > s.size || m.Count > (s.size-m.Offset)/m.Size:
		return ErrRange
	}
	lo := s.base + m.Offset
	if d.descendant(src, lo, lo+m.Count*m.Size) != 0 {
		return ErrInUse
	}
	for i := range m.Count {
		r, e := d.enter(m.CNode, m.First+i, Write)
		if e != OK {
			return e
		}
		if d.o.Slot(r).typ != Null {
			return ErrNotEmpty
		}
	}
	return OK
}
