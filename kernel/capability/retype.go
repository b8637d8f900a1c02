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
	head, e := d.mayMake(src, m, begun)
	if e != OK {
		return false, e
	}
	first, e := d.mayPut(m, begun)
	if e != OK {
		return false, e
	}
	if types[m.Type].clear && !d.clear(first, begun, d.slot(src).base+m.Offset, m.Size*m.Count) {
		return false, OK
	}
	d.create(src, head, m, first, nil)
	return true, OK
}

// Carve is Retype for the kernel: of one object, not a long one, whose capability may go into
// any empty slot. The CNode and the index of m do not count.
func (d *Database) Carve(src, dst Ref, m Made) Error { return d.CarveAll(src, []Ref{dst}, m) }

// CarveAll is Carve of several objects, whose capabilities go into different slots.
func (d *Database) CarveAll(src Ref, to []Ref, m Made) Error {
	m.Count = uint64(len(to))
	head, e := d.mayMake(src, m, 0)
	if e != OK {
		return e
	}
	for _, r := range to {
		if d.slot(r).typ != Null {
			return ErrNotEmpty
		}
	}
	if types[m.Type].clear {
		d.o.Clear(d.slot(src).base+m.Offset, m.Size*m.Count)
	}
	d.create(src, head, m, 0, to)
	return OK
}

// create makes the objects, in memory that has been cleared. Their capabilities go into the slots
// from first on, or into those of a list. The source's object has a node, head. The last object
// comes first, so that it is the only one that makes what is above it reach further.
func (d *Database) create(src Ref, head link, m Made, first Ref, to []Ref) {
	s, t := d.slot(src), &types[m.Type]
	made := Cap{Type: m.Type, Rights: t.rights, Base: s.base + m.Offset, Size: m.Size}
	if t.inherits {
		made.Rights &= s.rights
	}
	made.Base += m.Size * m.Count
	var next link
	for i := m.Count; i > 0; i-- {
		made.Base -= m.Size
		r := first + Ref((i-1)*SlotSize)
		if to != nil {
			r = to[i-1]
		}
		s := d.slot(r)
		s.put(made)
		if next == 0 {
			next = d.addBehind(r, s, head)
		} else {
			next = d.addBefore(r, s, next)
		}
		if m.Type.object() {
			d.o.Create(made)
		}
	}
}

// mayMake looks at everything that can be wrong with the objects, mayPut at the slots for them.
// They return the node of the source's object and the first slot. What has been begun for them
// in a slot, 0 = nothing, is not in the way.
func (d *Database) mayMake(src Ref, m Made, begun Ref) (head link, e Error) {
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
	lo := s.base + m.Offset
	if n := d.meets(head, lo, lo+m.Count*m.Size); n != 0 && (d.ref(n) != begun || d.copies(begun) != 0) {
		return 0, ErrInUse
	}
	return head, OK
}

func (d *Database) mayPut(m Made, begun Ref) (first Ref, e Error) {
	c := d.slot(m.CNode)
	n := c.size / SlotSize
	switch {
	case c.typ != CNode || m.First == 0 || m.First >= n:
		return 0, ErrNoSuchCap
	case c.rights&Write == 0:
		return 0, ErrRights
	}
	first = Ref(c.base + m.First*SlotSize)
	for i := range m.Count {
		switch r := first + Ref(i*SlotSize); {
		case m.First+i >= n:
			return 0, ErrNoSuchCap
		case r != begun && d.slot(r).typ != Null:
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
