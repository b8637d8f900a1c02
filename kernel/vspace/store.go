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
	// Import copies a page of another core's memory to one of this core's.
	Import(to, from uint64)
	// Clear zeroes memory.
	Clear(base, size uint64)
	// SyncCode has the hart fetch code that has been written.
	SyncCode()
}

// Store is the RAM of a domain: pages that have not been used, or are free again, and
// slots for the capabilities to the others. Frames are made some at a time, ahead, and stay
// frames when they are dropped, so that a page that comes and goes costs no more than to clear
// and to map it.
type Store struct {
	db      *capability.Database
	mem     Memory
	ram     capability.Ref // slot of the capability to all of it
	base    uint64
	size    uint64
	next    uint64   // bytes that have been used once
	free    freeRuns // below next
	used    uint64   // pages in use
	areas   int      // of all spaces
	slots   capability.FreeSlots
	ahead   [framesAhead]capability.Ref
	holding bool             // frames that are dropped are held, not used again
	held    []capability.Ref // those, until Reuse
	fresh   int              // how many of them are frames that are cleared, and in no space yet
	dropped capability.Ref   // frames that are to be cleared: each begins with the slot of the next one
	rom     rom
}

// framesAhead is how many frames are made at a time.
const framesAhead = 32

// mostPages is the size of the largest object that a store makes, a table.
const mostPages = 2

// ownSlot is where a CNode of a store has the capability to itself, which makes it the
// place to put others.
const ownSlot = 1

// NewStore makes a store of the RAM whose capability is in a slot, of which nothing must
// be in use. The slot stays the caller's; who ends the domain revokes it. For a
// moment a slot of a CNode is needed, which must be empty.
func NewStore(db *capability.Database, mem Memory, ram, cnode capability.Ref, index uint64) (*Store, error) {
	passing, e := db.Slot(cnode, index)
	if e != capability.OK {
		return nil, e
	}
	return newStore(db, mem, ram, passing)
}

// NewStoreOfKernel is NewStore with an empty slot of the kernel's own.
func NewStoreOfKernel(db *capability.Database, mem Memory, ram, passing capability.Ref) (*Store, error) {
	return newStore(db, mem, ram, passing)
}

func newStore(db *capability.Database, mem Memory, ram, passing capability.Ref) (*Store, error) {
	c, e := db.Identify(ram)
	switch {
	case e != capability.OK:
		return nil, e
	case c.Type != capability.RAM:
		return nil, capability.ErrWrongType
	}
	s := &Store{db: db, mem: mem, ram: ram, base: c.Base, size: c.Size}
	s.free.single = make([]uint64, (c.Size/layout.PageSize+63)/64)
	if err := s.addCNode(passing); err != nil {
		return nil, err
	}
	return s, nil
}

// Pages returns how many pages are in use, and how many there are.
func (s *Store) Pages() (used, all uint64) { return s.used, s.size / layout.PageSize }

// addCNode makes a page of slots. Its capability passes through another empty slot.
func (s *Store) addCNode(passing capability.Ref) error {
	base, err := s.object(capability.CNode, 1, passing)
	if err != nil {
		return err
	}
	if e := s.db.Move(slotAt(base, ownSlot), passing); e != capability.OK {
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

// room sees to it that there are so many slots, and one more, which is needed to get others.
func (s *Store) room(slots int) error {
	for s.slots.Len() <= slots {
		last := s.slots.Take(s.db)
		err := s.addCNode(last)
		s.slots.Put(s.db, last)
		if err != nil {
			return err
		}
	}
	return nil
}

// slot takes an empty slot. It fails with ErrNoMemory.
func (s *Store) slot() (capability.Ref, error) {
	if err := s.room(1); err != nil {
		return 0, err
	}
	return s.slots.Take(s.db), nil
}

// make makes an object of so many pages. It fails with ErrNoMemory.
func (s *Store) make(t capability.Type, pages uint64) (capability.Ref, error) {
	r, err := s.slot()
	if err != nil {
		return 0, err
	}
	if _, err := s.object(t, pages, r); err != nil {
		s.slots.Put(s.db, r)
		return 0, err
	}
	return r, nil
}

// object makes an object in pages that are free and returns its address.
func (s *Store) object(t capability.Type, pages uint64, slot capability.Ref) (uint64, error) {
	offset, ok := s.take(pages)
	for !ok {
		if !s.unmake() {
			return 0, ErrNoMemory
		}
		offset, ok = s.take(pages)
	}
	if e := s.db.Carve(s.ram, slot, capability.Made{Offset: offset, Type: t, Size: pages * layout.PageSize}); e != capability.OK {
		s.give(offset, pages)
		return 0, e
	}
	s.used += pages
	return s.base + offset, nil
}

// frame returns the slot of a frame of one page, cleared. It fails with ErrNoMemory.
func (s *Store) frame() (capability.Ref, error) {
	r := s.dropped
	if r != 0 {
		pa := s.db.Base(r)
		s.dropped = capability.Ref(*s.mem.Word(pa))
		s.mem.Clear(pa, layout.PageSize)
	} else {
		if s.fresh == 0 {
			if err := s.makeFrames(); err != nil {
				return 0, err
			}
		}
		s.fresh--
		r = s.ahead[s.fresh]
	}
	s.used++
	return r, nil
}

// makeFrames makes frames that have addresses behind each other, at least one.
func (s *Store) makeFrames() error {
	n := min(framesAhead, max(s.fromNext(), 1))
	if s.room(int(n)) != nil {
		n = 1
		if err := s.room(1); err != nil {
			return err
		}
	}
	offset := s.next
	if n = min(n, s.fromNext()); n > 0 {
		s.next += n * layout.PageSize
	} else {
		n = 1
		var ok bool
		if offset, ok = s.take(1); !ok {
			return ErrNoMemory
		}
	}
	for i := range n {
		s.ahead[i] = s.slots.Take(s.db)
	}
	frames := s.ahead[:n]
	if e := s.db.CarveAll(s.ram, frames, capability.Made{Offset: offset, Type: capability.Frame, Size: layout.PageSize}); e != capability.OK {
		for i, r := range frames {
			s.slots.Put(s.db, r)
			s.give(offset+uint64(i)*layout.PageSize, 1)
		}
		return e
	}
	s.fresh = len(frames)
	return nil
}

// fromNext returns how many pages have never been used.
func (s *Store) fromNext() uint64 { return (s.size - s.next) / layout.PageSize }

// unmake makes a frame that nobody uses a free page, and reports whether there was one.
func (s *Store) unmake() bool {
	r := s.dropped
	switch {
	case s.fresh > 0:
		s.fresh--
		r = s.ahead[s.fresh]
	case r != 0:
		s.dropped = capability.Ref(*s.mem.Word(s.db.Base(r)))
	default:
		return false
	}
	offset := s.db.Base(r) - s.base
	s.db.Delete(r)
	s.slots.Put(s.db, r)
	s.give(offset, 1)
	return true
}

// reuse has a frame, at a physical address, be used again.
func (s *Store) reuse(r capability.Ref, pa uint64) {
	*s.mem.Word(pa) = uint64(s.dropped)
	s.dropped = r
	s.used--
}

// Hold says whether frames that are dropped from now on are held: somebody else may map them
// yet. They count as used.
func (s *Store) Hold(on bool) { s.holding = on }

// TakeHeld returns the frames that are held and forgets them. They are for Reuse.
func (s *Store) TakeHeld() []capability.Ref {
	list := s.held
	s.held = nil
	return list
}

// Reuse has frames that were held be used again: nobody maps them any more.
func (s *Store) Reuse(list []capability.Ref) {
	for _, r := range list {
		s.reuse(r, s.db.Base(r))
	}
}

// drop gives up an object of the store, which ends if no other space has it.
func (s *Store) drop(r capability.Ref) {
	c, e := s.db.Identify(r)
	if e != capability.OK {
		return
	}
	shared, pages := s.db.Copied(r), c.Size/layout.PageSize
	switch {
	case shared:
	case c.Type == capability.Frame:
		s.db.Unmap(r) // if it is mapped
		if s.holding {
			s.held = append(s.held, r)
			return
		}
		s.reuse(r, c.Base)
		return
	}
	s.db.Delete(r)
	s.slots.Put(s.db, r)
	if !shared {
		s.used -= pages
		s.give(c.Base-s.base, pages)
	}
}
