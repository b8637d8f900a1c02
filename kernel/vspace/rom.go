package vspace

import (
	"atoll/arch/layout"
	"atoll/arch/sv39"
	"atoll/kernel/capability"
)

// ROM is memory that nobody ever writes, as an archive that came with the kernel: contents that lie in it and
// cannot be written are mapped from where they lie, in all spaces, and cost no page. Where they can be written each
// space has a copy from the first access on: most pages of data are written soon, and to make a page another one
// takes a second fault, and a shootdown if replicas have it.
//
// What is mapped so is never all that there is of it: it is taken out at any time, with what was mapped
// together with it, and comes again when it is used.

// rom is the ROM of a store.
type rom struct {
	frame      capability.Ref // slot of a capability to all of it; 0: there is none
	base, size uint64
}

// has reports whether so many bytes from a physical address on, that of a page, lie in it.
func (m *rom) has(pa, size uint64) bool {
	return pa%layout.PageSize == 0 && pa-m.base < m.size && size <= m.size-(pa-m.base)
}

// SetROM gives the store a ROM: a frame whose capability, which stays as long as the store does and does not
// permit to write, is in a slot.
func (s *Store) SetROM(frame capability.Ref) {
	c, _ := s.db.Identify(frame)
	s.rom = rom{frame, c.Base, c.Size}
}

// inROM reports whether what a slot has is of the ROM.
func (s *Store) inROM(r capability.Ref) bool { return s.rom.has(s.db.Base(r), layout.PageSize) }

// romAtOnce is how many pages a fault maps around one of the ROM: they are likely to be used, too, and all take
// one capability.
const romAtOnce = 16

// fillInPlace maps the page of an area at an address, if it lies in the ROM, and returns its slot; else 0.
func (s *Space) fillInPlace(table capability.Ref, va uint64, a *area) capability.Ref {
	if a.of == nil || a.of.InPlace == nil || a.common || a.perm&layout.W != 0 {
		return 0
	}
	lo, hi := s.beside(table, va, a)
	for {
		pa, ok := a.of.InPlace(a.off+lo-a.lo, hi-lo)
		if whole := a.off+hi-a.lo <= a.of.Size; ok && whole && s.rom.has(pa, hi-lo) {
			r, _ := s.mapROM(table, lo, pa, (hi-lo)/layout.PageSize, a.perm)
			return r
		}
		if hi-lo == layout.PageSize {
			return 0
		}
		lo, hi = va, va+layout.PageSize
	}
}

// beside returns the addresses around one that a fault there may map at once: they are of the area, of
// whole pages of its contents, and empty.
func (s *Space) beside(table capability.Ref, va uint64, a *area) (lo, hi uint64) {
	const size = romAtOnce * layout.PageSize
	first := va &^ (size - 1)
	end := min(first+size, a.hi)
	if whole := a.of.Size &^ (layout.PageSize - 1); whole > a.off {
		end = min(end, a.lo+whole-a.off)
	}
	for lo = va; lo > max(first, a.lo) && s.db.Mapped(table, sv39.Index(lo-layout.PageSize, 0)) == 0; {
		lo -= layout.PageSize
	}
	for hi = va + layout.PageSize; hi < end && s.db.Mapped(table, sv39.Index(hi, 0)) == 0; {
		hi += layout.PageSize
	}
	return lo, hi
}

// mapROM maps pages of the ROM. It fails with ErrNoMemory, or if they must not be mapped so.
func (s *Space) mapROM(table capability.Ref, va, pa, pages uint64, perm layout.Perm) (capability.Ref, error) {
	r, err := s.slot()
	if err != nil {
		return 0, err
	}
	s.db.Copy(r, s.rom.frame)
	place := capability.Place{VNode: table, Index: sv39.Index(va, 0), Count: pages, Offset: pa - s.rom.base, Rights: capability.Rights(perm)}
	if e := s.db.Map(r, place); e != capability.OK {
		s.drop(r)
		return 0, e
	}
	return r, nil
}

// withdrawROM tells of pages that were mapped together with the one at an address.
func (s *Space) withdrawROM(va uint64, r capability.Ref) {
	if len(s.by) == 0 {
		return
	}
	first, count := s.db.MappedFrom(r)
	for i := first; i < first+count; i++ {
		s.withdraw(va&^(spanSize-1) + i*layout.PageSize)
	}
}
