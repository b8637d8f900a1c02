package capability

import "atoll/arch/layout"

// Ref is the physical address of a slot, a multiple of SlotSize; 0 is none.
type Ref uint64

// SlotSize is the size of a slot in bytes, a cache line.
const SlotSize = 64

// Slot is a place for a capability. The first three words are the capability, the
// others belong to the mapping database and to the place itself. It holds no Go
// pointer: it lies in memory that the collector does not know.
type Slot struct {
	typ    Type
	rights Rights
	mapped Rights // of a frame that is mapped: how; dying of what is none
	rank   uint8  // in the tree
	extra  uint32 // of an endpoint: the badge; of what is mapped: how many entries it fills
	base   uint64 // first address, or number
	size   uint64 // bytes; 1 for what does not lie in memory

	reach           uint64 // of a node of the tree: the greatest end in its subtree
	up, left, right link   // in the tree, all 0 outside it and in a tree of one
	after, behind   link   // the next copy, and the one before: itself if there is no other

	other   uint32 // of a frame that is mapped: its first page there; of a range that is being cleared: how many of its pages are; of what is on a list: a link to the next one
	mapping uint64 // of what is mapped: the table, and in the low bits the first entry
}

// dying as what is mapped is an object without capabilities that holds some, in its own first
// slot.
const dying Rights = 1 << 7

// Cap is a capability apart from its place.
type Cap struct {
	Type   Type
	Rights Rights
	Badge  uint32 // of an endpoint: tells the receiver who sends
	Base   uint64 // physical address, or the number of an interrupt or core
	Size   uint64 // bytes, 1 where the base is a number
}

// end returns the first address behind the range.
func (s *Slot) end() uint64 { return s.base + s.size }

// cap returns the capability in the slot.
func (s *Slot) cap() (c Cap) {
	c.Type, c.Rights, c.Base, c.Size = s.typ, s.rights, s.base, s.size
	if s.typ == Endpoint {
		c.Badge = s.extra
	}
	return c
}

// Object returns the first address, or number, of the object of a type that the slot has a
// capability to, and the badge of an endpoint. It fails if that is of another type, or does
// not permit what is needed.
func (s *Slot) Object(t Type, need Rights) (base uint64, badge uint32, e Error) {
	switch {
	case s.typ == Null:
		return 0, 0, ErrNoSuchCap
	case s.typ != t:
		return 0, 0, ErrWrongType
	case s.rights&need != need:
		return 0, 0, ErrRights
	}
	return s.base, s.extra, OK
}

// put fills an empty slot, all of which is 0 unless it is in a FreeSlots.
func (s *Slot) put(c Cap) {
	s.typ, s.rights, s.extra, s.base, s.size = c.Type, c.Rights, c.Badge, c.Base, c.Size
}

// ends returns how far the capability itself reaches. What is no memory reaches nothing.
func (s *Slot) ends() uint64 {
	if s.typ.inMemory() {
		return s.base + s.size
	}
	return 0
}

// alone reports whether it is the only capability to its object: l is the slot's own link.
func (s *Slot) alone(l link) bool { return s.after == l }

// slots returns how many slots the object has in which it holds capabilities: those of a
// CNode, and hidden ones. The first one is the database's.
func (s *Slot) slots() uint64 {
	if s.typ == CNode {
		return s.size / SlotSize
	}
	return types[s.typ].hidden.slots
}

// at returns the slot of the object with the index.
func (s *Slot) at(index uint64) Ref { return s.typ.Hidden(s.base, index) }

// SlotsPerPage is how many slots a page of a CNode has.
const SlotsPerPage = layout.PageSize / SlotSize
