package vspace

import (
	"atoll/arch/layout"
	"atoll/arch/sv39"
	"atoll/kernel/capability"
)

// Fork makes a copy of an address space, of the same store. Pages are shared, each by one
// capability a space, and mapped to be read only; the first of the two that writes to one
// gets a page of its own (copy-on-write), but for pages in common, of which all are made now.
// What is somebody else's to fill is not copied. It fails with ErrNoMemory or ErrTooMany.
func (s *Space) Fork() (*Space, error) {
	if s.Store.areas+len(s.areas) > MaxAreas-2 {
		return nil, ErrTooMany
	}
	f, err := New(s.Store)
	if err != nil {
		return nil, err
	}
	f.change(func(as *areas) {
		*as = append(*as, s.areas...)
		as.clear(s.other.lo, s.other.hi)
	})
	err = s.makeCommon()
	s.each(layout.PageSize, layout.UserEnd, func(va uint64, r capability.Ref) {
		if err == nil && !(va >= s.other.lo && va < s.other.hi) {
			err = f.share(s, va, r)
		}
	})
	if err != nil {
		for f.End(1 << 20) {
		}
		return nil, err
	}
	return f, nil
}

// makeCommon makes what is missing of the pages in common: later each space would make its own.
// It makes none if there is not the memory for all.
func (s *Space) makeCommon() error {
	missing := uint64(0)
	for _, a := range s.areas {
		if a.common && a.sharedOf() == nil {
			missing += (a.hi - a.lo) / layout.PageSize
			s.each(a.lo, a.hi, func(uint64, capability.Ref) { missing-- })
		}
	}
	if used, all := s.Pages(); missing > all-used {
		return ErrNoMemory
	}
	for i := range s.areas {
		a := &s.areas[i]
		for va := a.lo; a.common && a.sharedOf() == nil && va < a.hi; va += layout.PageSize {
			table, err := s.table(va)
			if err == nil && s.db.Mapped(table, sv39.Index(va, 0)) == 0 {
				_, err = s.fill(table, va, a)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// share maps a page of another space.
func (s *Space) share(from *Space, va uint64, r capability.Ref) error {
	table, err := s.table(va)
	if err != nil {
		return err
	}
	perm := layout.Perm(s.db.MappedAs(r))
	if !s.isCommon(va) {
		perm &^= layout.W
	}
	twin, err := s.slot()
	if err != nil {
		return err
	}
	s.db.Copy(twin, r)
	if err := s.mapAt(table, va, twin, perm); err != nil {
		s.drop(twin)
		return err
	}
	if layout.Perm(s.db.MappedAs(r)) != perm {
		from.withdraw(va)
		s.db.Unmap(r)
		from.remap(va, r, perm)
	}
	return nil
}

// shared reports whether another space has the page whose capability is in a slot.
func (s *Space) shared(r capability.Ref) bool { return s.db.Copied(r) }

// Own returns how many pages would be free if the space ended: those that no other shares, and
// its tables.
func (s *Space) Own() int {
	if s.root == 0 {
		return 0
	}
	return s.ownIn(s.root, 2)
}

// ownIn is Own for a table of a level, and what is mapped in it.
func (s *Space) ownIn(table capability.Ref, level int) (n int) {
	n = mostPages
	entries := s.entries(level)
	for i, r := s.db.Next(table, 0, entries); r != 0; i, r = s.db.Next(table, i+1, entries) {
		switch {
		case level == 2 && s.others(i):
		case level > 0:
			n += s.ownIn(r, level-1)
		case !s.shared(r):
			n++
		}
	}
	return n
}

// entries returns how many entries of a table of a level are the space's to fill, others whether one
// of the root's is somebody else's.
func (s *Space) entries(level int) uint64 {
	if level == 2 {
		return capability.UserEntries
	}
	return sv39.Entries
}

func (s *Space) others(i uint64) bool {
	return i*layout.GigaPage >= s.other.lo && i*layout.GigaPage < s.other.hi
}

// own makes a page that is mapped to be read one that may be written, of this space alone.
func (s *Space) own(table capability.Ref, va uint64, r capability.Ref, perm layout.Perm) (capability.Ref, error) {
	if !s.shared(r) {
		s.db.Unmap(r)
		return r, s.mapAt(table, va, r, perm)
	}
	n, err := s.frame()
	if err != nil {
		return 0, err
	}
	copy(s.mem.Bytes(s.db.Base(n), layout.PageSize), s.mem.Bytes(s.db.Base(r), layout.PageSize))
	s.lose(va, r)
	return n, s.mapAt(table, va, n, perm)
}

// End gives back all that the space has, at most budget pages at once, and returns whether
// there is more. Nobody runs in it any more.
func (s *Space) End(budget int) (more bool) {
	if s.root == 0 {
		return false
	}
	s.change(func(as *areas) { *as = nil })
	s.endPulls()
	if !s.prune(s.root, 2, &budget) {
		return true
	}
	s.drop(s.root)
	s.root = 0
	return false
}

// prune drops what is mapped in a table, and reports whether that is all.
func (s *Space) prune(table capability.Ref, level int, budget *int) bool {
	entries := s.entries(level)
	for i, r := s.db.Next(table, 0, entries); r != 0; i, r = s.db.Next(table, i+1, entries) {
		if level == 2 && s.others(i) {
			continue
		}
		if *budget <= 0 || level > 0 && !s.prune(r, level-1, budget) {
			return false
		}
		s.drop(r)
		*budget--
	}
	return true
}
