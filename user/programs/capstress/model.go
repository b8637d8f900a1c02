package main

import (
	"atoll/arch/layout"
	"atoll/arch/sv39"
	"atoll/kernel/capability"
)

// entry is a slot as the model has it. The type of an empty one is capability.Null.
type entry struct {
	capability.Cap
	at, count uint64 // entries of the table that it fills, count 0: none
}

// model is what is in a thread's slots: 0 is the RAM from which all is made, the others are
// those of a CNode. It is as simple as can be: no order, every question looks at every slot.
type model struct {
	slots [capability.SlotsPerPage]entry
	table [sv39.Entries]bool // entries of the page table in use
}

const ok = capability.OK

// valid reports whether a slot has this index.
func (m *model) valid(i int) bool { return i >= 0 && i < len(m.slots) }

// from returns the error for who takes from a slot.
func (m *model) from(i int) capability.Error {
	if !m.valid(i) || m.slots[i].Type == capability.Null {
		return capability.ErrNoSuchCap
	}
	return ok
}

// pair returns the error for who takes from a slot to put into another.
func (m *model) pair(src, dst int) capability.Error {
	switch {
	case !m.valid(src) || !m.valid(dst) || m.slots[src].Type == capability.Null:
		return capability.ErrNoSuchCap
	case m.slots[dst].Type != capability.Null:
		return capability.ErrNotEmpty
	}
	return ok
}

func (m *model) mint(src, dst int, rights capability.Rights, badge uint32) capability.Error {
	e := m.pair(src, dst)
	switch {
	case e != ok:
		return e
	case badge != 0 && m.slots[src].Type != capability.Endpoint:
		return capability.ErrWrongType
	case badge != 0 && m.slots[src].Badge != 0:
		return capability.ErrRights
	}
	c := m.slots[src].Cap
	c.Rights &= rights
	if badge != 0 {
		c.Badge = badge
	}
	m.slots[dst] = entry{Cap: c}
	return ok
}

func (m *model) move(src, dst int) capability.Error {
	e := m.pair(src, dst)
	if e == ok {
		m.slots[dst], m.slots[src] = m.slots[src], entry{}
	}
	return e
}

func (m *model) delete(i int) capability.Error {
	e := m.from(i)
	if e == ok {
		m.unmap(i)
		m.slots[i] = entry{}
	}
	return e
}

// copies reports whether two capabilities are to the same object, inside whether one is to
// something in the range of the other.
func copies(a, b entry) bool {
	return a.Type == b.Type && a.Base == b.Base && a.Size == b.Size
}

func inside(a, b entry) bool {
	return a.Type != capability.Null && a.Base >= b.Base && a.Base+a.Size <= b.Base+b.Size
}

func (m *model) revoke(i int) capability.Error {
	e := m.from(i)
	if e != ok {
		return e
	}
	s := m.slots[i]
	if s.Rights != s.Type.Rights() {
		return capability.ErrRights
	}
	for j := range m.slots {
		if j != i && (copies(m.slots[j], s) || s.Type == capability.RAM && inside(m.slots[j], s)) {
			m.delete(j)
		}
	}
	return ok
}

// made says what retype makes.
type made struct {
	offset uint64
	typ    capability.Type
	size   uint64
	count  uint64
	first  int
}

// sizes are those that objects have; RAM and frames can have any number of pages.
var sizes = map[capability.Type]uint64{
	capability.VNodeL2: 2 * page, capability.VNodeL1: 2 * page, capability.VNodeL0: 2 * page,
	capability.Dispatcher: 2 * page, capability.Endpoint: page,
}

const page = layout.PageSize

func (m *model) retype(src int, r made) capability.Error {
	if e := m.mayRetype(src, r); e != ok {
		return e
	}
	s := m.slots[src]
	for i := range r.count {
		c := capability.Cap{Type: r.typ, Rights: r.typ.Rights(), Base: s.Base + r.offset + i*r.size, Size: r.size}
		if r.typ == capability.RAM || r.typ == capability.Frame {
			c.Rights &= s.Rights
		}
		m.slots[r.first+int(i)] = entry{Cap: c}
	}
	return ok
}

func (m *model) mayRetype(src int, r made) capability.Error {
	if e := m.from(src); e != ok {
		return e
	}
	s := m.slots[src]
	fixed, isFixed := sizes[r.typ]
	anySize := r.typ == capability.RAM || r.typ == capability.Frame
	switch {
	case s.Type != capability.RAM || !isFixed && !anySize:
		return capability.ErrWrongType
	case s.Rights&capability.Write == 0:
		return capability.ErrRights
	case isFixed && r.size != fixed, anySize && (r.size == 0 || r.size%page != 0), r.typ == s.Type && r.size == s.Size:
		return capability.ErrSize
	case r.count == 0 || r.count > capability.MaxRetype:
		return capability.ErrTooMany
	case r.offset%page != 0 || r.offset > s.Size || r.count*r.size > s.Size-r.offset:
		return capability.ErrRange
	}
	lo := s.Base + r.offset
	for _, e := range m.slots {
		meets := e.Type != capability.Null && e.Base < lo+r.count*r.size && lo < e.Base+e.Size
		if meets && !(e.Type == capability.RAM && inside(s, e)) {
			return capability.ErrInUse
		}
	}
	for i := r.first; i < r.first+int(r.count); i++ {
		switch {
		case !m.valid(i) || i == 0: // of the CNode, not the RAM
			return capability.ErrNoSuchCap
		case m.slots[i].Type != capability.Null:
			return capability.ErrNotEmpty
		}
	}
	return ok
}

const writeExecute = capability.Write | capability.Execute

// place says where in the table something is mapped.
type place struct {
	index, count, offset uint64
	rights               capability.Rights
}

func (m *model) mapAt(i int, p place) capability.Error {
	if m.valid(i) && p.rights > capability.AllRights {
		return capability.ErrRights // looked at before the slot
	}
	if e := m.from(i); e != ok {
		return e
	}
	s := &m.slots[i]
	switch {
	case p.count == 0 || p.index+p.count > sv39.Entries:
		return capability.ErrRange
	case s.count != 0:
		return capability.ErrMapped
	}
	for j := range p.count {
		if m.table[p.index+j] {
			return capability.ErrMapped
		}
	}
	switch {
	case s.Type != capability.Frame:
		return capability.ErrWrongType
	case p.rights&^s.Rights != 0 || p.rights&writeExecute == writeExecute: // never both
		return capability.ErrRights
	case p.offset%page != 0 || p.offset > s.Size || p.count*page > s.Size-p.offset:
		return capability.ErrRange
	case p.rights == 0 || p.rights&(capability.Read|capability.Write) == capability.Write: // Sv39 has none
		return capability.ErrRights
	}
	s.at, s.count = p.index, p.count
	m.fill(s, true)
	return ok
}

func (m *model) unmap(i int) capability.Error {
	if e := m.from(i); e != ok {
		return e
	}
	s := &m.slots[i]
	if s.count == 0 {
		return capability.ErrNotMapped
	}
	m.fill(s, false)
	s.at, s.count = 0, 0
	return ok
}

func (m *model) fill(s *entry, used bool) {
	for j := range s.count {
		m.table[s.at+j] = used
	}
}
