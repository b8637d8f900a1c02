package memory

import (
	"errors"
	"sync"

	"atoll/arch/layout"
	"atoll/arch/sv39"
	"atoll/kernel/abi"
	"atoll/kernel/capability"
	"atoll/user/runs"
	"atoll/user/sys"
)

// Errors.
var (
	ErrNoAddress = errors.New("no addresses are left for so many pages side by side")
	ErrNotThere  = errors.New("nothing is mapped at that address")
)

// Space is the gigapage of a program's address space that the program builds.
type Space struct {
	arena *Arena // of its tables
	mu    sync.Mutex
	pages *runs.Set
	table [sv39.Entries]struct {
		vnode Object // of level 0
		maps  int    // pages; 0: there is no table
	}
	mapped map[uint64]mapping // by address
}

type mapping struct {
	frame sys.Cap
	pages int
}

// NewSpace returns the gigapage, whose page tables are made in an arena. A program needs one:
// two would map over each other's pages, which the kernel refuses.
func NewSpace(a *Arena) *Space {
	return &Space{arena: a, pages: runs.New(layout.GigaPage / layout.PageSize), mapped: map[uint64]mapping{}}
}

// Map maps all of a frame, at most 2 MiB, and returns its address. The frame must not be
// mapped yet.
func (s *Space) Map(frame sys.Cap, size uint64, rights capability.Rights) (va uint64, err error) {
	n := int(size / layout.PageSize)
	s.mu.Lock()
	defer s.mu.Unlock()
	first, ok := s.pages.Take(n, sv39.Entries)
	if !ok {
		return 0, ErrNoAddress
	}
	if err := s.mapAt(frame, first, n, rights); err != nil {
		s.pages.Give(first, n)
		return 0, err
	}
	va = abi.OwnBase + uint64(first)*layout.PageSize
	s.mapped[va] = mapping{frame, n}
	return va, nil
}

// mapAt maps a frame from a page of the space on, which may take a table.
func (s *Space) mapAt(frame sys.Cap, first, n int, rights capability.Rights) error {
	t := &s.table[first/sv39.Entries]
	if t.maps == 0 {
		o, err := s.arena.Make(capability.VNodeL0, 2*layout.PageSize)
		if err != nil {
			return err
		}
		if err := sys.Map(o.Cap, sys.Place{Table: abi.SlotTable, Index: uint64(first / sv39.Entries), Count: 1}); err != nil {
			return s.undo(o, err)
		}
		t.vnode = o
	}
	err := sys.Map(frame, sys.Place{
		Table: t.vnode.Cap, Index: uint64(first % sv39.Entries), Count: uint64(n), Rights: rights,
	})
	if err == nil {
		t.maps += n
		return nil
	}
	if t.maps == 0 {
		return s.undo(t.vnode, err)
	}
	return err
}

// undo drops a new table that maps nothing because of an error, which it returns.
func (s *Space) undo(table Object, err error) error {
	if e := s.arena.Drop(table); e != nil {
		return errors.Join(err, e)
	}
	return err
}

// Unmap takes the frame that Map has put at an address out of the space. A frame that is gone
// already has taken its mapping with it.
func (s *Space) Unmap(va uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, ok := s.mapped[va]
	if !ok {
		return ErrNotThere
	}
	err := sys.Unmap(m.frame)
	if err != nil && err != abi.Error(capability.ErrNoSuchCap) && err != abi.Error(capability.ErrNotMapped) {
		return err
	}
	delete(s.mapped, va)
	first := int((va - abi.OwnBase) / layout.PageSize)
	s.pages.Give(first, m.pages)
	t := &s.table[first/sv39.Entries]
	if t.maps -= m.pages; t.maps == 0 {
		return s.arena.Drop(t.vnode)
	}
	return nil
}
