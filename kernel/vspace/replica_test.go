package vspace

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"

	"atoll/arch/layout"
	"atoll/kernel/capability"
	"atoll/kernel/capability/memtest"
)

// Pages of a memory that two cores have: a CNode and RAM of each.
const (
	twinPages = 256
	hostNode  = memtest.Base + (1+twinPages)*page
	hostBase  = hostNode + page
	twinROM   = memtest.Base + 2*(1+twinPages)*page
	twinAll   = 2*(1+twinPages) + romPages
)

// twins makes an address space and a replica of it, with databases of their own: two cores.
func twins(t testing.TB) (*Space, *Replica, *machine) {
	t.Helper()
	m := &machine{Memory: memtest.New(twinAll)}
	store := func(node, ram uint64) *Store {
		db := capability.New(m, m, 77)
		slot := func(i uint64) capability.Ref { return capability.Ref(node + i*capability.SlotSize) }
		db.Plant(slot(1), capability.Cap{Type: capability.CNode, Rights: capability.AllRights, Base: node, Size: page})
		db.Plant(slot(2), capability.Cap{Type: capability.RAM, Rights: capability.AllRights, Base: ram, Size: twinPages * page})
		s, err := NewStore(db, m, slot(2), slot(1), 3)
		if err != nil {
			t.Fatal(err)
		}
		plantROM(s, slot(4), twinROM)
		return s
	}
	s, err := New(store(memtest.Base, ramBase))
	if err != nil {
		t.Fatal(err)
	}
	r, err := NewReplica(store(hostNode, hostBase), ramBase, twinPages*page)
	if err != nil {
		t.Fatal(err)
	}
	return s, r, m
}

// pullTo has a replica pull a page, if it can.
func pullTo(t *testing.T, s *Space, r *Replica, va uint64, perm layout.Perm) {
	t.Helper()
	pa, as, err := s.Pull(va, perm, 5)
	if err == nil {
		err = r.Put(va, pa, as)
	}
	if err != nil && !errors.Is(err, ErrNoArea) && !errors.Is(err, ErrAccess) && !errors.Is(err, ErrRange) {
		t.Fatal(err)
	}
}

// Whatever is done to an address space, what a replica has of it, which drops what it is told to, is a page
// that is there, with no more permissions than that has; and what may be written is the page itself.
// Sabotages: leave out withdraw in permit, Move, lose or share; in own, drop without lose; in Pull,
// do not note who; in Replica.Put, leave out Drop; in bring, bring what is to be executed as it is.
func TestReplica(t *testing.T) {
	const first, pages = 0x10000, 40
	perms := []layout.Perm{0, layout.R, layout.R | layout.W, layout.R | layout.X}
	for seed := range uint64(30) {
		s, r, m := twins(t)
		told := 0
		s.Withdrawn = func(va, by uint64) {
			if told++; by != 1<<5 {
				t.Fatalf("%#x is told to %#x", va, by)
			}
			r.Drop(va, va+page)
		}
		rnd := rand.New(rand.NewPCG(seed, 9))
		var children []*Space
		for step := range 1500 {
			n := 1 + uint64(rnd.IntN(8))
			va, size := first+uint64(rnd.IntN(pages-8))*page, n*page
			switch rnd.IntN(11) {
			case 0:
				s.Set(va, size, perms[rnd.IntN(len(perms))])
			case 1:
				s.Clear(va, size)
			case 2:
				protect(s, va, size, perms[rnd.IntN(len(perms))])
			case 3:
				s.Discard(va, size, All)
			case 4:
				other := va + pages*page
				if rnd.IntN(2) == 0 {
					va, other = other, va
				}
				move(s, va, other, size)
			case 5:
				s.Write(va, []byte{byte(step)})
			case 6:
				if c, err := fork(s); err == nil {
					children = append(children, c)
				}
			case 7:
				for _, c := range children {
					for c.End(1 << 20) {
					}
				}
				children = nil
			case 8:
				if s.Clear(va, size) == nil {
					s.SetContents(va, size, perms[rnd.IntN(len(perms))], romContents(m, twinROM), uint64(rnd.IntN(3))*page)
				}
			default:
				pullTo(t, s, r, va, perms[1+rnd.IntN(3)])
			}
			for va := uint64(first); va < first+2*pages*page; va += page {
				pa, perm := m.translate(r.Root(), va)
				home, may := m.translate(s.Root(), va)
				switch {
				case perm == 0:
				case perm&^may != 0:
					t.Fatalf("seed %d, step %d: %#x permits %v, and %v at home", seed, step, va, perm, may)
				case pa != home && (perm&layout.X == 0 || home >= twinROM):
					t.Fatalf("seed %d, step %d: %#x is the page at %#x, and at home that at %#x", seed, step, va, pa, home)
				case pa == home && perm&layout.X != 0 && pa < twinROM:
					t.Fatalf("seed %d, step %d: the home's page at %#x is to be executed", seed, step, va)
				case !bytes.Equal(m.Bytes(pa, page), m.Bytes(home, page)):
					t.Fatalf("seed %d, step %d: the copy of %#x differs", seed, step, va)
				}
			}
		}
		if told == 0 {
			t.Error("nothing was told")
		}
		for r.End(3) {
		}
		for _, s := range append(children, s) {
			for s.End(1 << 20) {
			}
		}
		here, _ := r.tables.Pages()
		home, _ := s.Pages()
		if int(here+home) != m.cnodes {
			t.Errorf("%d and %d pages are used yet, and there are %d CNodes", here, home, m.cnodes)
		}
	}
}

// A replica takes no page but of the RAM that it is for.
// Sabotages: in Put, leave out each condition.
func TestReplicaBounds(t *testing.T) {
	_, r, m := twins(t)
	const last = ramBase + (twinPages-1)*page
	for _, c := range []struct {
		va, pa uint64
		perm   layout.Perm
		ok     bool
	}{
		{0x10000, last, layout.R | layout.W, true}, {0x10fff, ramBase, layout.R, true},
		{0x10000, last + page, layout.R, false}, {0x10000, ramBase - page, layout.R, false},
		{0x10000, twinROM, layout.R | layout.X, true}, {0x10000, twinROM + (romPages-1)*page, layout.R, true},
		{0x10000, twinROM, layout.R | layout.W, false}, {0x10000, twinROM + romPages*page, layout.R, false}, {0x10000, twinROM + 8, layout.R, false},
		{0x10000, ramBase + 8, layout.R, false}, {0x10000, ramBase, 0, false}, {0x10000, ramBase, layout.R | layout.W | layout.X, false},
		{0, ramBase, layout.R, false}, {layout.UserEnd, ramBase, layout.R, false}, {1 << 63, ramBase, layout.R, false},
	} {
		r.Drop(page, layout.UserEnd)
		if err := r.Put(c.va, c.pa, c.perm); (err == nil) != c.ok {
			t.Errorf("%#x at %#x with %v: %v", c.pa, c.va, c.perm, err)
		}
		if _, perm := m.translate(r.Root(), c.va&^(page-1)); c.ok != (perm != 0) {
			t.Errorf("%#x at %#x permits %v then", c.pa, c.va, perm)
		}
	}
}

// Frames that are held are not used again, and are used until then.
// Sabotages: in drop, do not look at holding; in Reuse, do nothing.
func TestHold(t *testing.T) {
	s, _, m := twins(t)
	s.Set(0x10000, 8*page, layout.R|layout.W)
	s.Write(0x10000, bytes.Repeat([]byte{1}, 8*page))
	before, _ := s.Pages()
	pa, _ := m.translate(s.Root(), 0x10000)
	s.Hold(true)
	s.Discard(0x10000, 8*page, All)
	if now, _ := s.Pages(); now != before {
		t.Errorf("%d pages are used, %d were", now, before)
	}
	for range twinPages {
		if s.Fault(0x10000, layout.W) != nil {
			break
		}
		if now, _ := m.translate(s.Root(), 0x10000); now == pa {
			t.Fatal("a page is used that is held")
		}
		s.Discard(0x10000, page, All)
	}
	if s.Fault(0x10000, layout.W) == nil {
		t.Error("there are more pages than there are")
	}
	s.Hold(false)
	s.Reuse(s.TakeHeld())
	if err := s.Fault(0x10000, layout.W); err != nil {
		t.Error(err)
	}
}
