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
	head, e := d.mayMake(src, m)
	if e != OK {
		return e
	}
	first, e := d.mayPut(m)
	if e != OK {
		return e
	}
	d.create(src, head, m, func(i uint64) Ref { return first + Ref(i*SlotSize) })
	return OK
}

// Carve is Retype for the kernel: of one object, whose capability may go into any empty
// slot. The CNode and the index of m do not count.
func (d *Database) Carve(src, dst Ref, m Made) Error { return d.CarveAll(src, []Ref{dst}, m) }

// CarveAll is Carve of several objects, whose capabilities go into different slots.
func (d *Database) CarveAll(src Ref, to []Ref, m Made) Error {
	m.Count = uint64(len(to))
	head, e := d.mayMake(src, m)
	if e != OK {
		return e
	}
	for _, r := range to {
		if d.slot(r).typ != Null {
			return ErrNotEmpty
		}
	}
	d.create(src, head, m, func(i uint64) Ref { return to[i] })
	return OK
}

// create makes the objects; to returns the slots of their capabilities. The source's object
// has a node, head.
func (d *Database) create(src Ref, head link, m Made, to func(i uint64) Ref) {
	s, t := d.slot(src), &types[m.Type]
	made := Cap{Type: m.Type, Rights: t.rights, Base: s.base + m.Offset, Size: m.Size}
	if t.inherits {
		made.Rights &= s.rights
	}
	if t.clear {
		d.o.Clear(made.Base, m.Size*m.Count)
	}
	for i := range m.Count {
		r := to(i)
		d.slot(r).put(made)
		d.addBehind(r, head)
		head = d.link(r)
		if m.Type.object() {
			d.o.Create(made)
		}
		made.Base += m.Size
	}
}

// mayMake looks at everything that can be wrong with the objects, and returns the node of the
// source's object.
func (d *Database) mayMake(src Ref, m Made) (head link, e Error) {
	s := d.slot(src)
	if s.typ == Null {
		return 0, ErrNoSuchCap
	}
	if m.Type >= NumTypes || types[m.Type].from == Null || types[m.Type].from != s.typ {
		return 0, ErrWrongType
	}
	switch {
	case s.typ == RAM && s.rights&Write == 0:
		return 0, ErrRights
	case d.frozen != nil && d.isFrozen(s):
		return 0, ErrRevoked
	case !m.Type.fits(m.Size) || m.Type == s.typ && m.Size == s.size: // that would be a copy
		return 0, ErrSize
	case m.Count == 0 || m.Count > MaxRetype:
		return 0, ErrTooMany
	case m.Offset%layout.PageSize != 0 || m.Size > s.size || m.Offset > s.size || m.Count > (s.size-m.Offset)/m.Size:
		return 0, ErrRange
	}
	head = d.head(d.link(src), s)
	if lo := s.base + m.Offset; d.meets(head, lo, lo+m.Count*m.Size) != 0 {
		return 0, ErrInUse
	}
	return head, OK
}

// mayPut looks at the slots for the objects, and returns the first.
func (d *Database) mayPut(m Made) (first Ref, e Error) {
	c := d.slot(m.CNode)
	switch n := c.size / SlotSize; {
	case c.typ != CNode || m.First == 0 || m.First >= n || m.Count > n-m.First:
		return 0, ErrNoSuchCap
	case c.rights&Write == 0:
		return 0, ErrRights
	}
	first = Ref(c.base + m.First*SlotSize)
	for i := range m.Count {
		if d.slot(first+Ref(i*SlotSize)).typ != Null {
			return 0, ErrNotEmpty
		}
	}
	return first, OK
}

// Using returns a capability that was made from RAM or device registers, whose own is in a
// slot, and meets the addresses from lo to hi; 0 if there is none. Copies do not count.
func (d *Database) Using(r Ref, lo, hi uint64) Ref {
	if d.slot(r).typ == Null {
		return 0
	}
	return d.descendant(r, lo, hi)
}
