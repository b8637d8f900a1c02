package vspace

import (
	"bytes"
	"io"
	"math/rand/v2"
	"testing"

	"atoll/arch/layout"
	"atoll/arch/sv39"
	"atoll/kernel/capability"
)

// romPages are the pages of the tests' ROM, each of which is filled with its number, from 1 on.
const romPages = 48

// plantROM gives a store a ROM, with a capability in a slot that is empty.
func plantROM(s *Store, at capability.Ref, base uint64) {
	s.db.Plant(at, capability.Cap{Type: capability.Frame, Rights: capability.Read | capability.Execute, Base: base, Size: romPages * page})
	for i := range uint64(romPages) {
		copy(s.mem.Bytes(base+i*page, page), bytes.Repeat([]byte{byte(i + 1)}, page))
	}
	s.SetROM(at)
}

// romContents are what stands in the ROM, less half of the last page.
func romContents(m *machine, base uint64) *Contents {
	return &Contents{From: romFile{m, base}, Size: (romPages-1)*page + page/2, InPlace: func(off, _ uint64) (uint64, bool) { return base + off, true }}
}

type romFile struct {
	m    *machine
	base uint64
}

func (f romFile) ReadAt(b []byte, off int64) (int, error) {
	n := copy(b, f.m.Bytes(f.base+uint64(off), page))
	return n, io.EOF
}

// romAt is where the ROM of newROM lies: others' memory behind the domain's RAM.
const romAt = ramEnd

// newROM is newSpace with a ROM.
func newROM(t *testing.T) (*Space, *machine) {
	t.Helper()
	s, m, _ := newSpace(t)
	plantROM(s.Store, slot(4), romAt)
	return s, m
}

// Whatever is done to spaces with contents in the ROM, each address has what stands in the file or was
// written there last; nothing of the ROM can be written, and it takes no pages.
// Sabotages: in fillInPlace, do not look at the size; in beside, do not look at what is mapped, or at the area; in Move,
// leave out inROM; in mapROM, leave out Offset.
func TestROM(t *testing.T) {
	const first, pages = 0x1f_0000, 2 * romPages // over two tables
	type state struct {
		there bool
		perm  layout.Perm
		value byte // at a quarter of the page
		rest  byte
	}
	perms := []layout.Perm{layout.R, layout.R | layout.W, layout.R | layout.X}
	for seed := range uint64(40) {
		s, m := newROM(t)
		c := romContents(m, romAt)
		rnd := rand.New(rand.NewPCG(seed, 4))
		var model [pages]state
		inPlace := 0
		for step := range 600 {
			at := uint64(rnd.IntN(pages))
			n := min(1+uint64(rnd.IntN(20)), pages-at)
			va, size := first+at*page, n*page
			switch rnd.IntN(8) {
			case 0: // part of the file there, and behind its end
				off, perm := uint64(rnd.IntN(romPages)), perms[rnd.IntN(len(perms))]
				s.Clear(va, size)
				if err := s.SetContents(va, size, perm, c, off*page); err != nil {
					t.Fatal(err)
				}
				for i := range n {
					model[at+i] = state{true, perm, 0, 0}
					if off+i < romPages {
						model[at+i].value, model[at+i].rest = byte(off+i+1), byte(off+i+1)
					}
				}
			case 1:
				s.Clear(va, size)
				clear(model[at : at+n])
			case 2:
				perm := perms[rnd.IntN(len(perms))]
				if protect(s, va, size, perm) == nil {
					for i := range n {
						model[at+i].perm = perm
					}
				}
			case 3:
				to := uint64(rnd.IntN(pages))
				if to+n > pages || to < at+n && at < to+n {
					break
				}
				s.Clear(first+to*page, size)
				clear(model[to : to+n])
				if move(s, va, first+to*page, size) == nil {
					copy(model[to:to+n], model[at:at+n])
					clear(model[at : at+n])
				}
			case 4:
				child, err := fork(s)
				if err != nil {
					t.Fatal(err)
				}
				s, child = child, s
				for child.End(3) {
				}
			case 5:
				value := byte(100 + step%100)
				if _, err := s.Write(va+page/4, []byte{value}); (err == nil) != (model[at].perm&layout.W != 0) {
					t.Fatalf("seed %d, step %d: written: %v, where %v is permitted", seed, step, err, model[at].perm)
				} else if err == nil {
					model[at].value = value
				}
			default:
				s.Fault(va, model[at].perm&^layout.W)
			}
			for i, is := range model {
				va := first + uint64(i)*page
				pa, perm := m.translate(s.Root(), va)
				switch {
				case perm&^is.perm != 0:
					t.Fatalf("seed %d, step %d: %#x permits %v, want %v", seed, step, va, perm, is.perm)
				case perm != 0 && m.Bytes(pa+page/4, 1)[0] != is.value:
					t.Fatalf("seed %d, step %d: %#x has %d, want %d", seed, step, va, m.Bytes(pa+page/4, 1)[0], is.value)
				case perm != 0 && m.Bytes(pa, 1)[0] != is.rest:
					t.Fatalf("seed %d, step %d: %#x begins with %d, want %d", seed, step, va, m.Bytes(pa, 1)[0], is.rest)
				case pa >= romAt && perm&layout.W != 0:
					t.Fatalf("seed %d, step %d: the ROM can be written at %#x", seed, step, va)
				case pa == romAt+(romPages-1)*page:
					t.Fatalf("seed %d, step %d: %#x has what is behind the end of the file", seed, step, va)
				case pa >= romAt:
					inPlace++
				}
				var b [1]byte
				if rnd.IntN(50) == 0 && is.there {
					if _, err := s.Read(va+page/4, b[:]); err != nil || b[0] != is.value {
						t.Fatalf("seed %d, step %d: read %d at %#x: %v, want %d", seed, step, b[0], va, err, is.value)
					}
				}
			}
		}
		if inPlace == 0 {
			t.Error("nothing was in place")
		}
		s.Clear(first, pages*page)
		if used, _ := s.Pages(); used > 8+uint64(m.cnodes) {
			t.Errorf("seed %d: %d pages are used, %d of them CNodes", seed, used, m.cnodes)
		}
		for s.End(3) {
		}
		checkROMSlots(t, s, m)
	}
}

// checkROMSlots checks that all slots of a store, whose spaces have ended, are free.
func checkROMSlots(t *testing.T, s *Space, m *machine) {
	t.Helper()
	frames := int(s.db.Count()) - 3 - m.cnodes // that are kept
	if all := m.cnodes * (capability.SlotsPerPage - 1 - ownSlot); frames+s.slots.Len() != all {
		t.Errorf("of %d slots %d are full and %d are free", all, frames, s.slots.Len())
	}
}

// A fault maps pages around it where none can be written, and takes no memory but a slot; where they can, none.
// Sabotage: in fillInPlace, do not look at the permissions.
func TestROMAround(t *testing.T) {
	s, m := newROM(t)
	c := romContents(m, romAt)
	const at = 0x40_0000
	s.SetContents(at, romPages*page, layout.R|layout.X, c, 0)
	s.SetContents(at+layout.MegaPage, romPages*page, layout.R|layout.W, c, 0)
	s.Fault(at, layout.R)
	s.Fault(at+layout.MegaPage+romAtOnce*page, layout.R)
	used, _ := s.Pages()
	protect(s, at+4*page, page, layout.R|layout.W)
	s.Write(at+4*page, []byte("own"))
	used++
	protect(s, at+4*page, page, layout.R|layout.X)
	for _, f := range []struct{ page, mapped uint64 }{{20, romAtOnce}, {romPages - 2, romAtOnce - 1}, {2, 4}, {6, romAtOnce - 1}, {romAtOnce + layout.MegaPage/page, 0}} {
		s.Fault(at+f.page*page, layout.R)
		first := f.page / romAtOnce * romAtOnce
		n := uint64(0)
		for i := first; i < first+romAtOnce; i++ {
			if pa, _ := m.translate(s.Root(), at+i*page); pa >= romAt {
				n++
			}
		}
		if n != f.mapped {
			t.Errorf("the fault at page %d maps %d pages, want %d", f.page, n, f.mapped)
		}
	}
	if now, _ := s.Pages(); now != used {
		t.Errorf("%d pages are used, %d were", now, used)
	}
	table, _ := s.table(at)
	if r := s.db.Mapped(table, sv39.Index(at, 0)); !s.inROM(r) {
		t.Error("the first page is not of the ROM")
	}
}
