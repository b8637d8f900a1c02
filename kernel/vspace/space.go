package vspace

import (
	"slices"

	"atoll/arch/layout"
	"atoll/arch/sv39"
	"atoll/kernel/capability"
)

// Space is the address space of a domain.
type Space struct {
	*Store
	root  capability.Ref
	areas areas
	near  int  // index of the area of the last page, or some other
	other area // addresses that are somebody else's to fill

	span uint64         // addresses that a table of level 0 maps, by their number: those of the last page
	last capability.Ref // slot of that table's capability

	pulls // by replicas
}

// spanSize is what a table of level 0 maps, noSpan the number of none.
const (
	spanSize = layout.MegaPage
	noSpan   = layout.UserEnd / spanSize
)

// Work is a part of what is to be done with a range: so many pages, and tables on the way to them,
// and areas where these change. It takes time in them, and somebody may be waiting.
type Work int

// LeastWork is enough for one page, All for any range.
const LeastWork, All Work = 3, 1 << 62

// New makes an empty address space of a store's RAM.
func New(s *Store) (*Space, error) {
	root, err := s.make(capability.VNodeL2, 2)
	if err != nil {
		return nil, err
	}
	return &Space{Store: s, root: root, span: noSpan}, nil
}

// Root returns the physical address of the root table.
func (s *Space) Root() uint64 {
	c, _ := s.db.Identify(s.root)
	return c.Base
}

// Table returns the slot of the root table's capability.
func (s *Space) Table() capability.Ref { return s.root }

// Areas calls f for each run of addresses that something may be at, in their order, with what
// is permitted there.
func (s *Space) Areas(f func(lo, hi uint64, perm layout.Perm)) {
	for _, a := range s.areas {
		f(a.lo, a.hi, a.perm)
	}
}

// Set says what may be at a range of addresses: cleared pages, made as they are used,
// with these permissions; 0 keeps the addresses for later. What is there stays, with these
// permissions too, but for what is of the ROM. It fails if the range is not of user space, or with ErrTooMany.
func (s *Space) Set(va, size uint64, perm layout.Perm) error {
	return s.set(area{lo: va, hi: va + size, perm: perm})
}

// SetContents is Set for pages that begin with the contents at an offset.
func (s *Space) SetContents(va, size uint64, perm layout.Perm, of *Contents, off uint64) error {
	return s.set(area{lo: va, hi: va + size, perm: perm, of: of, off: off, common: of != nil && of.Shared != nil})
}

// SetCommon is Set for clear pages that forks of the space do not copy but have in common with it.
// They are made when it is forked, at the latest.
func (s *Space) SetCommon(va, size uint64, perm layout.Perm) error {
	return s.set(area{lo: va, hi: va + size, perm: perm, common: true})
}

// Common returns the physical address of what is at an address if it is such a page.
func (s *Space) Common(va uint64) (pa uint64, ok bool) {
	if !s.isCommon(va) {
		return 0, false
	}
	table, err := s.table(va)
	if err != nil {
		return 0, false
	}
	r := s.db.Mapped(table, sv39.Index(va, 0))
	return s.db.Base(r) + va%layout.PageSize, r != 0
}

// isCommon reports whether an address is in such pages.
func (s *Space) isCommon(va uint64) bool {
	a := s.area(va)
	return a != nil && a.common
}

func (s *Space) set(a area) error {
	if err := s.check(a.lo, a.hi-a.lo); err != nil {
		return err
	}
	empty := s.areas.free(a.lo, a.hi)
	s.change(func(as *areas) { as.set(a) })
	if !empty {
		s.Refit(a.lo, a.hi-a.lo, All)
	}
	return nil
}

// Protect changes what is permitted in a range, all of which lies in areas; the pages there are to
// be mapped so by Refit, before anybody runs in the space. It fails with ErrNoArea if it does not,
// with ErrAccess if it would make contents that are read only writable, else as Set does.
func (s *Space) Protect(va, size uint64, perm layout.Perm) error {
	if err := s.check(va, size); err != nil {
		return err
	}
	list := s.areas.within(va, va+size)
	switch {
	case !s.areas.covered(va, va+size):
		return ErrNoArea
	case s.Store.areas+len(list) > MaxAreas-2:
		return ErrTooMany
	case perm&layout.W != 0 && slices.ContainsFunc(list, func(a area) bool { return a.of != nil && a.of.ReadOnly }):
		return ErrAccess
	}
	for i := range list {
		list[i].perm = perm
	}
	s.change(func(as *areas) {
		as.replace(va, va+size, list...)
		as.join(va, va+size)
	})
	return nil
}

// Refit maps the pages that are in a range with the permissions of their areas: a part of them. It
// returns the address below which all is done.
func (s *Space) Refit(va, size uint64, most Work) (end uint64) {
	return s.some(va, va+size, most, func(at uint64, r capability.Ref) {
		if s.inROM(r) {
			s.lose(at, r)
			return
		}
		a := s.area(at)
		now := a.perm
		if s.shared(r) && !a.common {
			now &^= layout.W // the first write copies it
		}
		now = s.storable(at, now)
		if layout.Perm(s.db.MappedAs(r))&^now != 0 {
			s.withdraw(at)
		}
		s.db.Unmap(r)
		s.remap(at, r, now)
	})
}

// change changes the areas and counts them.
func (s *Space) change(f func(*areas)) {
	before := len(s.areas)
	f(&s.areas)
	s.Store.areas += len(s.areas) - before
}

// MayMove reports what is in the way of a Move: it fails as Set does. Prepare makes the tables for
// what is moved to a range; it fails with ErrNoMemory.
func (s *Space) MayMove(from, to, size uint64) error {
	if !s.Mine(from, size) || from < to+size && to < from+size {
		return ErrRange
	}
	if err := s.check(to, size); err != nil {
		return err
	}
	if s.Store.areas+len(s.areas.within(from, from+size)) > MaxAreas-2 {
		return ErrTooMany
	}
	return nil
}

func (s *Space) Prepare(va, size uint64) error {
	for at := va; at < va+size; at = (at + layout.MegaPage) &^ (layout.MegaPage - 1) {
		if _, err := s.table(at); err != nil {
			return err
		}
	}
	return nil
}

// Move takes what is in a range to another one, in which nothing is, which it must not meet, and for
// which there are tables: a part of it. The permissions go with it. It returns the address below
// which all is done.
func (s *Space) Move(from, to, size uint64, most Work) (end uint64) {
	hi := from + size
	if i := s.areas.find(from); int64(most) < int64(len(s.areas)-i) {
		hi = min(hi, s.areas[i+int(most)].lo)
	}
	end = s.some(from, hi, most, func(at uint64, r capability.Ref) {
		if s.inROM(r) {
			s.lose(at, r)
			return
		}
		perm := layout.Perm(s.db.MappedAs(r))
		s.withdraw(at)
		s.db.Unmap(r)
		s.remap(at-from+to, r, perm)
	})
	list := s.areas.within(from, end)
	for i := range list {
		list[i].lo, list[i].hi = list[i].lo-from+to, list[i].hi-from+to
	}
	s.change(func(as *areas) {
		as.clear(from, end)
		as.replace(to, to+end-from, list...)
		as.join(to, to+end-from)
	})
	return end
}

// Exclude leaves a range of addresses, in which nothing is, to somebody else: nothing here
// puts anything there, finds addresses there, or takes anything out of it.
func (s *Space) Exclude(va, size uint64) {
	s.other = area{lo: va, hi: va + size}
	s.change(func(as *areas) { as.set(s.other) })
}

// Clear takes everything out of a range. It fails as Vacate does.
func (s *Space) Clear(va, size uint64) error {
	if err := s.Vacate(va, size); err != nil {
		return err
	}
	s.Discard(va, size, All)
	return nil
}

// Vacate says that nothing may be in a range; what is there is to be taken out by Discard, before
// anybody runs in the space. It fails if the range is not of user space, or with ErrTooMany where
// it would make two areas of one: who has all there are can give some back.
func (s *Space) Vacate(va, size uint64) error {
	switch {
	case !s.Mine(va, size):
		return ErrRange
	case s.Store.areas >= MaxAreas && s.areas.splits(va, va+size):
		return ErrTooMany
	}
	s.change(func(as *areas) { as.clear(va, va+size) })
	return nil
}

// Discard forgets what is in the pages of a range, a part of them: they come cleared when they are
// used again, but for those in common, which stay. It returns the address below which all is done.
func (s *Space) Discard(va, size uint64, most Work) (end uint64) {
	return s.some(va, va+size, most, func(at uint64, r capability.Ref) {
		if !s.isCommon(at) {
			s.lose(at, r)
		}
	})
}

// Refresh forgets the pages that have contents from an offset on, for so many bytes: they come with
// what these are then when they are used again.
func (s *Space) Refresh(of *Contents, off, size uint64) {
	for _, a := range s.areas {
		if a.of != of || off+size <= a.off || off >= a.off+a.hi-a.lo {
			continue
		}
		lo := a.lo + (max(off, a.off)-a.off)&^(layout.PageSize-1)
		hi := a.lo + min(off+size-a.off, a.hi-a.lo)
		s.each(lo, hi, func(at uint64, r capability.Ref) { s.lose(at, r) })
	}
}

func (s *Space) check(va, size uint64) error {
	switch {
	case !s.Mine(va, size):
		return ErrRange
	case s.Store.areas > MaxAreas-2:
		return ErrTooMany
	}
	return nil
}

// Mine reports whether a range is of user space, and nobody else's.
func (s *Space) Mine(va, size uint64) bool {
	return inUser(va, size) && (va >= s.other.hi || va+size <= s.other.lo)
}

// lose drops the page at an address, and what of the ROM was mapped with it.
func (s *Space) lose(va uint64, r capability.Ref) {
	if s.inROM(r) {
		s.withdrawROM(va, r)
	} else {
		s.withdraw(va)
	}
	s.drop(r)
}

// Find returns the lowest addresses, from a hint on, at which nothing may be.
func (s *Space) Find(hint, size uint64) (uint64, error) {
	if va, ok := s.areas.gap(max(hint, layout.PageSize), layout.UserEnd, size); ok {
		return va, nil
	}
	return 0, ErrNoMemory
}

// Free reports whether nothing may be at a range. Covered reports whether something may be
// at every address of it.
func (s *Space) Free(va, size uint64) bool    { return s.areas.free(va, va+size) }
func (s *Space) Covered(va, size uint64) bool { return s.areas.covered(va, va+size) }

// Size returns how many bytes of addresses are taken.
func (s *Space) Size() (size uint64) {
	for _, a := range s.areas {
		size += a.hi - a.lo
	}
	return size
}

// Extend has what a page's area is go on behind it, for so many bytes in which nothing is.
func (s *Space) Extend(page, size uint64) error {
	a := s.area(page)
	if a == nil {
		return ErrNoArea
	}
	end := page + layout.PageSize
	return s.set(a.part(end, end+size))
}

// Fault makes the page at an address, for an access that needs perm, if there may be one
// and is none. It fails with ErrNoArea, ErrAccess, ErrNoMemory or ErrBeyond.
func (s *Space) Fault(va uint64, perm layout.Perm) error {
	_, err := s.page(va, perm)
	return err
}

// page returns the slot of the frame at an address, made if it has to be.
func (s *Space) page(va uint64, perm layout.Perm) (capability.Ref, error) {
	a := s.area(va)
	switch {
	case a == nil || va >= layout.UserEnd:
		return 0, ErrNoArea
	case a.perm&perm != perm:
		return 0, ErrAccess
	}
	va &^= layout.PageSize - 1
	table, err := s.table(va)
	if err != nil {
		return 0, err
	}
	r := s.db.Mapped(table, sv39.Index(va, 0))
	switch {
	case r == 0 && a.sharedOf() != nil:
		r, err = s.fillShared(table, va, a, perm&layout.W != 0)
	case r == 0:
		r, err = s.fill(table, va, a)
	case perm&layout.W != 0 && a.sharedOf() != nil && s.db.MappedAs(r)&capability.Write == 0:
		r, err = s.storeTo(table, va, r, a)
	case perm&layout.W != 0 && s.db.MappedAs(r)&capability.Write == 0:
		r, err = s.own(table, va, r, a.perm)
	}
	return r, err
}

// area returns the area that holds an address, nil if there is none: mostly that of the last
// page.
func (s *Space) area(va uint64) *area {
	if s.near < len(s.areas) && s.areas[s.near].has(va) {
		return &s.areas[s.near]
	}
	i := s.areas.find(va)
	if i == len(s.areas) || s.areas[i].lo > va {
		return nil
	}
	s.near = i
	return &s.areas[i]
}

// fill makes a page of an area.
func (s *Space) fill(table capability.Ref, va uint64, a *area) (capability.Ref, error) {
	if r := s.fillInPlace(table, va, a); r != 0 {
		return r, nil
	}
	r, err := s.frame()
	if err != nil {
		return 0, err
	}
	if a.of != nil {
		a.of.read(s.mem.Bytes(s.db.Base(r), layout.PageSize), a.off+(va-a.lo))
	}
	if err := s.mapAt(table, va, r, a.perm); err != nil {
		s.drop(r)
		return 0, err
	}
	return r, nil
}

// mapAt maps a page. One without permissions keeps its place: it is there when it has some again.
func (s *Space) mapAt(table capability.Ref, va uint64, r capability.Ref, perm layout.Perm) error {
	if perm&layout.X != 0 {
		s.mem.SyncCode()
	}
	e, index := capability.OK, sv39.Index(va, 0)
	if perm != 0 {
		e = s.db.MapPage(r, table, index, capability.Rights(perm))
	} else {
		e = s.db.KeepPage(r, table, index)
	}
	if e != capability.OK {
		return e
	}
	return nil
}

// remap maps a page that was mapped there with other permissions.
func (s *Space) remap(va uint64, r capability.Ref, perm layout.Perm) {
	table, err := s.table(va)
	if err != nil || s.mapAt(table, va, r, perm) != nil {
		s.lose(va, r)
	}
}

// table returns the table of level 0 for an address, made if it has to be.
func (s *Space) table(va uint64) (r capability.Ref, err error) {
	if r = s.last; va/spanSize != s.span {
		r, err = s.makeTable(va)
	}
	return r, err
}

// makeTable is table if it is not that of the last page.
func (s *Space) makeTable(va uint64) (capability.Ref, error) {
	r := s.root
	for level := 2; level > 0; level-- {
		below := s.db.Mapped(r, sv39.Index(va, level))
		if below == 0 {
			var err error
			if below, err = s.make(capability.VNodeL2+capability.Type(3-level), 2); err != nil {
				return 0, err
			}
			if e := s.db.Map(below, capability.Place{VNode: r, Index: sv39.Index(va, level), Count: 1}); e != capability.OK {
				s.drop(below)
				return 0, e
			}
		}
		r = below
	}
	s.span, s.last = va/spanSize, r
	return r, nil
}

// each calls f for each page in a range that has been made; f takes no table away.
func (s *Space) each(lo, hi uint64, f func(va uint64, r capability.Ref)) {
	s.some(lo, hi, All, f)
}

// some is each for as many pages as there may be in a part of a work (Work). It returns the address
// below which all is done.
func (s *Space) some(lo, hi uint64, most Work, f func(va uint64, r capability.Ref)) (end uint64) {
	return s.someIn(s.root, 2, 0, lo, hi, &most, f)
}

// someIn is some for a table of a level, whose first entry maps an address.
func (s *Space) someIn(table capability.Ref, level int, va, lo, hi uint64, left *Work, f func(va uint64, r capability.Ref)) (end uint64) {
	size := sv39.Size(level)
	first, last := uint64(0), (hi-va+size-1)/size
	if lo > va {
		first = (lo - va) / size
	}
	for i, r := s.db.Next(table, first, last); r != 0; i, r = s.db.Next(table, i+1, last) {
		at := va + i*size
		if *left <= 0 {
			return at
		}
		*left--
		if level == 0 {
			f(at, r)
		} else if end := s.someIn(r, level-1, at, lo, hi, left, f); end < min(hi, at+size) {
			return end
		}
	}
	return min(hi, va+size*sv39.Entries)
}

// Read copies from user memory, Write to it, as far as it may be read or written: they
// return how many bytes they have copied, and why there were no more.
func (s *Space) Read(va uint64, b []byte) (int, error) {
	return s.copy(va, b, layout.R, func(mem, b []byte) { copy(b, mem) })
}

func (s *Space) Write(va uint64, b []byte) (int, error) {
	return s.copy(va, b, layout.W, func(mem, b []byte) { copy(mem, b) })
}

func (s *Space) copy(va uint64, b []byte, perm layout.Perm, move func(mem, b []byte)) (int, error) {
	done := 0
	for done < len(b) {
		mem, err := s.Window(va+uint64(done), uint64(len(b)-done), perm)
		if err != nil {
			return done, err
		}
		move(mem, b[done:])
		done += len(mem)
	}
	return done, nil
}

// Window returns user memory as the kernel reaches it, from an address to the end of its page, but at most so many
// bytes. It is that as long as nothing of the space changes. It fails as Fault does.
func (s *Space) Window(va, most uint64, perm layout.Perm) ([]byte, error) {
	r, err := s.page(va, perm)
	if err != nil {
		return nil, err
	}
	pa, in := s.db.PageAt(r, sv39.Index(va, 0)), va%layout.PageSize
	return s.mem.Bytes(pa+in, min(most, layout.PageSize-in)), nil
}
