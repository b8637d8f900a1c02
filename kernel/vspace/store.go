package vspace

import (
	"errors"

	"atoll/arch/layout"
	"atoll/kernel/capability"
)

// ErrNoMemory says that a domain's RAM is used up.
var ErrNoMemory = errors.New("the domain's memory is used up")

// Memory is physical memory as the kernel reaches it.
type Memory interface {
	// Word returns the 64-bit word at a physical address.
	Word(pa uint64) *uint64
	// Bytes returns n bytes at a physical address, all in one page.
	Bytes(pa, n uint64) []byte
	// SyncCode has the hart fetch code that has been written.
	SyncCode()
}

// Store is the RAM of a domain: pages that have not been used, or are free again, and
// slots for the capabilities to the others.
type Store struct {
	db    *capability.Database
	mem   Memory
	ram   capability.Ref // slot of the capability to all of it
	base  uint64
	size  uint64
	next  uint64                // bytes that have been used once
	freed [mostPages + 1]uint64 // by their number, runs below next that are free: each begins with the address of the next one
	used  uint64                // pages in use
	areas int                   // of all spaces
	slots capability.FreeSlots
}

// mostPages is the size of the largest object that a store makes, a table.
const mostPages = 2

// ownSlot is where a CNode of a store has the capability to itself, which makes it the
// place to put others.
const ownSlot = 1

// NewStore makes a store of the RAM whose capability is in a slot, of which nothing must
// be in use. The slot stays the caller's; who ends the domain revokes it. For a
// moment a slot of a CNode is needed, which must be empty.
func NewStore(db *capability.Database, mem Memory, ram, cnode capability.Ref, index uint64) (*Store, error) {
	c, e := db.Identify(ram)
	switch {
	case e != capability.OK:
		return nil, e
	case c.Type != capability.RAM:
		return nil, capability.ErrWrongType
	}
	s := &Store{db: db, mem: mem, ram: ram, base: c.Base, size: c.Size}
	if err := s.addCNode(cnode, index); err != nil {
		return nil, err
	}
	return s, nil
}

// Pages returns how many pages are in use, and how many there are.
func (s *Store) Pages() (used, all uint64) { return s.used, s.size / layout.PageSize }

// addCNode makes a page of slots. Its capability passes through a slot of another CNode.
func (s *Store) addCNode(cnode capability.Ref, index uint64) error {
	base, err := s.object(capability.CNode, 1, cnode, index)
	if err != nil {
		return err
	}
	own := slotAt(base, ownSlot)
	passing, e := s.db.Slot(cnode, index)
	if e == capability.OK {
		e = s.db.Move(own, passing)
	}
	if e != capability.OK {
		return e
	}
	for i := uint64(capability.SlotsPerPage - 1); i > ownSlot; i-- {
		s.slots.Put(s.db, slotAt(base, i))
	}
	return nil
}

func slotAt(base, index uint64) capability.Ref {
	return capability.Ref(base + index*capability.SlotSize)
}

// place returns the CNode's capability and the index there of a slot of the store.
func place(r capability.Ref) (cnode capability.Ref, index uint64) {
	base := uint64(r) &^ (layout.PageSize - 1)
	return slotAt(base, ownSlot), (uint64(r) - base) / capability.SlotSize
}

// slot takes an empty slot. It fails with ErrNoMemory.
func (s *Store) slot() (capability.Ref, error) {
	if s.slots.Len() == 1 { // the last one is needed to get more
		last := s.slots.Take(s.db)
		cnode, index := place(last)
		err := s.addCNode(cnode, index)
		s.slots.Put(s.db, last)
		if err != nil {
			return 0, err
		}
	}
	return s.slots.Take(s.db), nil
}

// make makes an object of so many pages. It fails with ErrNoMemory.
func (s *Store) make(t capability.Type, pages uint64) (capability.Ref, error) {
	r, err := s.slot()
	if err != nil {
		return 0, err
	}
	cnode, index := place(r)
	if _, err := s.object(t, pages, cnode, index); err != nil {
		s.slots.Put(s.db, r)
		return 0, err
	}
	return r, nil
}

// object makes an object in pages that are free and returns its address. Pages to which
// somebody still has a capability are left to him.
func (s *Store) object(t capability.Type, pages uint64, cnode capability.Ref, index uint64) (uint64, error) {
	for {
		offset, ok := s.take(pages)
		if !ok {
			return 0, ErrNoMemory
		}
		e := s.db.Retype(s.ram, capability.Made{
			Offset: offset, Type: t, Size: pages * layout.PageSize, Count: 1, CNode: cnode, First: index,
		})
		switch e {
		case capability.OK:
			s.used += pages
			return s.base + offset, nil
		case capability.ErrInUse:
		default:
			s.give(offset, pages)
			return 0, e
		}
	}
}

// take takes a run of pages, by its offset in the RAM.
func (s *Store) take(pages uint64) (offset uint64, ok bool) {
	if pa := s.freed[pages]; pa != 0 {
		s.freed[pages] = *s.mem.Word(pa)
		return pa - s.base, true
	}
	if n := pages * layout.PageSize; s.next+n <= s.size {
		offset = s.next
		s.next += n
		return offset, true
	}
	if pages == 1 { // a table's will do
		if offset, ok = s.take(mostPages); ok {
			s.give(offset+layout.PageSize, 1)
		}
		return offset, ok
	}
	return 0, false
}

// give gives a run of pages back. They are cleared when they become something again.
func (s *Store) give(offset, pages uint64) {
	pa := s.base + offset
	*s.mem.Word(pa) = s.freed[pages]
	s.freed[pages] = pa
}

// drop gives up an object of the store, which ends if no other space has it.
func (s *Store) drop(r capability.Ref) {
	c, e := s.db.Identify(r)
	if e != capability.OK {
		return
	}
	shared := s.db.Copied(r)
	s.db.Delete(r)
	s.slots.Put(s.db, r)
	if shared {
		return
	}
	pages := c.Size / layout.PageSize
	s.used -= pages
	s.give(c.Base-s.base, pages)
}
