package vspace

import (
	"errors"
	"io"
	"maps"
	"slices"

	"atoll/arch/layout"
	"atoll/kernel/capability"
)

// ErrBeyond says that the file of a page ends before it, or has no room for what would be stored.
var ErrBeyond = errors.New("the file has no such page")

// Shared are the pages of a file that spaces of a store have in common: what one stores all see, and
// those who ask for Bytes. Each is made when it is first used, and stays until Trim or End.
type Shared struct {
	store *Store
	file  SharedFile
	pages map[uint64]*sharedPage // by their numbers in the file
}

// SharedFile is such a file. Its methods must not block.
type SharedFile interface {
	io.ReaderAt
	Size() int64
	// Own sees to it that Store has room for a page. It is called before somebody may store to it.
	Own(page uint64) bool
	// Store takes what a page contains.
	Store(page uint64, b []byte)
}

// sharedPage is a page: a frame of which spaces map copies.
type sharedPage struct {
	frame capability.Ref
	owned bool // the file has room for it
}

// NewShared returns the pages of a file, none yet.
func (s *Store) NewShared(f SharedFile) *Shared {
	return &Shared{store: s, file: f, pages: map[uint64]*sharedPage{}}
}

// page returns a page, which is made if it has to be, and may be stored to if store is true.
func (sh *Shared) page(n uint64, store bool) (*sharedPage, error) {
	if int64(n*layout.PageSize) >= sh.file.Size() {
		return nil, ErrBeyond
	}
	p := sh.pages[n]
	if p == nil {
		r, err := sh.store.frame()
		if err != nil {
			return nil, err
		}
		sh.file.ReadAt(sh.bytes(r), int64(n*layout.PageSize))
		p = &sharedPage{frame: r}
		sh.pages[n] = p
	}
	if store && !p.owned {
		if !sh.file.Own(n) {
			return nil, ErrBeyond
		}
		p.owned = true
	}
	return p, nil
}

func (sh *Shared) bytes(r capability.Ref) []byte {
	return sh.store.mem.Bytes(sh.store.db.Base(r), layout.PageSize)
}

// Bytes returns what is in a page, nil if it is not there.
func (sh *Shared) Bytes(n uint64) []byte {
	if p := sh.pages[n]; p != nil {
		return sh.bytes(p.frame)
	}
	return nil
}

// Cut forgets the pages from a number on, which no space maps any more: what was stored is gone.
func (sh *Shared) Cut(from uint64) {
	for n, p := range sh.pages {
		if n >= from {
			sh.store.drop(p.frame)
			delete(sh.pages, n)
		}
	}
}

// Trim brings the pages that no space maps to the file, and forgets them. End does so with all.
func (sh *Shared) Trim() { sh.end(func(p *sharedPage) bool { return !sh.store.db.Copied(p.frame) }) }
func (sh *Shared) End()  { sh.end(func(*sharedPage) bool { return true }) }

// Sync brings the pages to the file. They stay.
func (sh *Shared) Sync() {
	for _, n := range sh.numbers() {
		if p := sh.pages[n]; p.owned {
			sh.file.Store(n, sh.bytes(p.frame))
		}
	}
}

// numbers are those of the pages, in their order.
func (sh *Shared) numbers() []uint64 { return slices.Sorted(maps.Keys(sh.pages)) }

func (sh *Shared) end(which func(*sharedPage) bool) {
	for _, n := range sh.numbers() {
		p := sh.pages[n]
		if !which(p) {
			continue
		}
		if p.owned {
			sh.file.Store(n, sh.bytes(p.frame))
		}
		sh.store.drop(p.frame)
		delete(sh.pages, n)
	}
}

// CutShared takes the pages of a file from a number on out of the space.
func (s *Space) CutShared(sh *Shared, from uint64) {
	off := from * layout.PageSize
	for _, a := range s.areas {
		if a.sharedOf() == sh && off < a.off+a.hi-a.lo {
			s.each(a.lo+max(off, a.off)-a.off, a.hi, func(at uint64, r capability.Ref) { s.lose(at, r) })
		}
	}
}

// SharedIn calls f for the shared files that have pages in a range.
func (s *Space) SharedIn(va, size uint64, f func(*Shared)) {
	for _, a := range s.areas.within(va, va+size) {
		if sh := a.sharedOf(); sh != nil {
			f(sh)
		}
	}
}

// sharedOf returns the shared pages that are in an area, nil if there are none.
func (a *area) sharedOf() *Shared {
	if a.of == nil {
		return nil
	}
	return a.of.Shared
}

// number is that of the page at an address, in its file.
func (a *area) number(va uint64) uint64 { return (a.off + va - a.lo) / layout.PageSize }

// fillShared maps a shared page.
func (s *Space) fillShared(table capability.Ref, va uint64, a *area, store bool) (capability.Ref, error) {
	p, err := a.of.Shared.page(a.number(va), store)
	if err != nil {
		return 0, err
	}
	twin, err := s.slot()
	if err != nil {
		return 0, err
	}
	s.db.Copy(twin, p.frame)
	if err := s.mapAt(table, va, twin, s.storable(va, a.perm)); err != nil {
		s.drop(twin)
		return 0, err
	}
	return twin, nil
}

// storeTo has a shared page that is mapped to be read be one that may be stored to.
func (s *Space) storeTo(table capability.Ref, va uint64, r capability.Ref, a *area) (capability.Ref, error) {
	if _, err := a.of.Shared.page(a.number(va), true); err != nil {
		return 0, err
	}
	s.db.Unmap(r)
	return r, s.mapAt(table, va, r, a.perm)
}

// storable leaves out that a page may be written if it is a shared one that the file has no room for
// yet: the first store finds some.
func (s *Space) storable(va uint64, perm layout.Perm) layout.Perm {
	a := s.area(va)
	if a == nil || a.sharedOf() == nil {
		return perm
	}
	if p := a.of.Shared.pages[a.number(va)]; p == nil || !p.owned {
		perm &^= layout.W
	}
	return perm
}
