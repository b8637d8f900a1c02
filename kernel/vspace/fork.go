package vspace

import (
	"atoll/arch/layout"
	"atoll/arch/sv39"
	"atoll/kernel/capability"
)

// Forking is a fork under way. Nobody changes either space meanwhile.
type Forking struct {
	Space   *Space // the copy: when a part has failed it is to be ended
	from    *Space
	step    func(*Forking, Work) (more bool, err error)
	at      uint64 // the step is done below
	missing uint64 // pages in common that are not made yet
}

// Fork begins a copy of an address space, of the same store. Pages are shared, each by one
// capability a space, and mapped to be read only; the first of the two that writes to one
// gets a page of its own (copy-on-write), but for pages in common, of which all are made now.
// What is somebody else's to fill is not copied. It fails with ErrNoMemory or ErrTooMany.
func (s *Space) Fork() (*Forking, error) {
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
	return &Forking{Space: f, from: s, step: (*Forking).countCommon, at: layout.PageSize}, nil
}

// Part does a part of a fork, and reports whether there is more. It fails with ErrNoMemory.
func (f *Forking) Part(most Work) (more bool, err error) { return f.step(f, most) }

// then goes on with another step.
func (f *Forking) then(step func(*Forking, Work) (bool, error), most Work) (more bool, err error) {
	f.step, f.at = step, layout.PageSize
	return step(f, most)
}

// nextCommon moves on to where pages in common are next, but for those of files, and returns their
// area, nil if there is none.
func (f *Forking) nextCommon() *area {
	as := f.from.areas
	for i := as.find(f.at); i < len(as); i++ {
		if as[i].common && as[i].sharedOf() == nil {
			f.at = max(f.at, as[i].lo)
			return &as[i]
		}
	}
	return nil
}

// countCommon counts what is missing of the pages in common: later each space would make its own.
// None is made if there is not the memory for all.
func (f *Forking) countCommon(most Work) (more bool, err error) {
	a := f.nextCommon()
	if a == nil {
		if used, all := f.from.Pages(); f.missing > all-used {
			return false, ErrNoMemory
		}
		return f.then((*Forking).makeCommon, most)
	}
	end := f.from.some(f.at, a.hi, most, func(uint64, capability.Ref) { f.missing-- })
	f.missing += (end - f.at) / layout.PageSize
	f.at = end
	return true, nil
}

// makeCommon makes them.
func (f *Forking) makeCommon(most Work) (more bool, err error) {
	s := f.from
	for ; most > 0; most-- {
		a := f.nextCommon()
		if a == nil {
			return f.then((*Forking).share, most)
		}
		table, err := s.table(f.at)
		if err == nil && s.db.Mapped(table, sv39.Index(f.at, 0)) == 0 {
			_, err = s.fill(table, f.at, a)
		}
		if err != nil {
			return false, err
		}
		f.at += layout.PageSize
	}
	return true, nil
}

// share shares pages, but for those of the ROM: they come when they are used.
func (f *Forking) share(most Work) (more bool, err error) {
	s := f.from
	f.at = s.some(f.at, layout.UserEnd, most, func(va uint64, r capability.Ref) {
		if err == nil && !(va >= s.other.lo && va < s.other.hi) && !s.inROM(r) {
			err = f.Space.share(s, va, r)
		}
	})
	return f.at < layout.UserEnd && err == nil, err
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
