package vspace

import (
	"atoll/arch/layout"
	"atoll/arch/sv39"
	"atoll/kernel/capability"
)

// Replica is a page table of this core for an address space whose home is another one: a cache of
// the translations there. Its tables and slots are of its own store. The pages are the home's, of a
// range of RAM, or of the ROM that both cores have, which is all that can be put into it; but those of
// the home's RAM that are to be executed are copies, for nobody executes what another core may write.
type Replica struct {
	tables     *Space
	base, size uint64 // of the RAM of the home
}

// NewReplica makes an empty one, for pages of a range of another core's RAM.
func NewReplica(s *Store, base, size uint64) (*Replica, error) {
	t, err := New(s)
	if err != nil {
		return nil, err
	}
	return &Replica{tables: t, base: base, size: size}, nil
}

// Root returns the physical address of the root table.
func (r *Replica) Root() uint64 { return r.tables.Root() }

// Has reports whether there is a page at an address that permits an access.
func (r *Replica) Has(va uint64, perm layout.Perm) bool {
	p := r.page(va)
	return p != 0 && layout.Perm(r.tables.db.MappedAs(p))&perm == perm
}

// page returns the slot of the page at an address, 0 if there is none.
func (r *Replica) page(va uint64) capability.Ref {
	at := r.tables.root
	for level := 2; level >= 0 && at != 0; level-- {
		at = r.tables.db.Mapped(at, sv39.Index(va, level))
	}
	return at
}

// Put puts a page of the home at an address, whatever was there. It fails with ErrRange if that is not
// of user space, or the page is none that there can be, with ErrNoMemory, or because the home is taking
// its RAM back.
func (r *Replica) Put(va, pa uint64, perm layout.Perm) error {
	va &^= layout.PageSize - 1
	switch {
	case !inUser(va, layout.PageSize), pa%layout.PageSize != 0, pa-r.base >= r.size && !r.tables.rom.has(pa, layout.PageSize):
		return ErrRange
	}
	r.Drop(va, va+layout.PageSize)
	table, err := r.tables.table(va)
	if err != nil {
		return err
	}
	if r.tables.rom.has(pa, layout.PageSize) {
		_, err := r.tables.mapROM(table, va, pa, 1, perm)
		return err
	}
	page, err := r.bring(pa, perm)
	if err != nil {
		return err
	}
	if err := r.tables.mapAt(table, va, page, perm); err != nil {
		r.drop(page)
		return err
	}
	return nil
}

// bring returns the slot of a capability to a page of the home, or to a copy of it.
func (r *Replica) bring(pa uint64, perm layout.Perm) (capability.Ref, error) {
	s := r.tables.Store
	if perm&layout.X != 0 {
		page, err := s.frame()
		if err == nil {
			s.mem.Import(s.db.Base(page), pa)
		}
		return page, err
	}
	page, err := s.slot()
	if err != nil {
		return 0, err
	}
	if e := s.db.PlantCopy(page, capability.Cap{Type: capability.Frame, Rights: capability.Rights(perm), Base: pa, Size: layout.PageSize}); e != capability.OK {
		s.slots.Put(s.db, page)
		return 0, e
	}
	return page, nil
}

// Drop takes out all that is in a range. When it returns this hart has forgotten it.
func (r *Replica) Drop(lo, hi uint64) {
	r.tables.each(lo, hi, func(_ uint64, page capability.Ref) { r.drop(page) })
}

// drop gives up a page.
func (r *Replica) drop(page capability.Ref) {
	s := r.tables.Store
	if s.db.Base(page)-r.base >= r.size {
		s.drop(page)
		return
	}
	s.db.Delete(page)
	s.slots.Put(s.db, page)
}

// End gives back all that the replica has, at most budget tables and pages at once, and returns
// whether there is more. Nobody runs in it any more.
func (r *Replica) End(budget int) (more bool) {
	r.Drop(layout.PageSize, layout.UserEnd)
	return r.tables.End(budget)
}
