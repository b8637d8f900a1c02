//go:build !riscv64

package memory_test

import (
	"math/rand"
	"testing"

	"atoll/arch/ecall"
	"atoll/arch/layout"
	"atoll/kernel/abi"
	"atoll/kernel/capability"
	"atoll/user/hosted"
	"atoll/user/memory"
	"atoll/user/slots"
)

const page = layout.PageSize

// state is what must be the same again when all is given back.
type state struct {
	slots int
	caps  uint64
	left  uint64
}

func look(t *testing.T, k *hosted.Kernel) state {
	t.Helper()
	left, _, err := memory.Left()
	if err != nil {
		t.Fatal(err)
	}
	return state{slots.Own.Free(), k.Count(), left}
}

// TestArena makes and drops objects of random types: each lies in RAM that no other has, and
// all of it comes back.
// Sabotage: let Drop forget to free the pages; give the RAM back without deleting its slot.
func TestArena(t *testing.T) {
	k := hosted.Boot(t, 512)
	before := look(t, k)
	a, err := memory.NewArena(64 * page)
	if err != nil {
		t.Fatal(err)
	}
	sizes := map[capability.Type]uint64{
		capability.Frame: 3 * page, capability.VNodeL2: 2 * page, capability.VNodeL1: 2 * page, capability.VNodeL0: 2 * page,
		capability.CNode: page, capability.Dispatcher: 2 * page, capability.Endpoint: page, capability.RAM: 4 * page,
	}
	r := rand.New(rand.NewSource(1))
	var made []memory.Object
	full := 0
	for range 2000 {
		if r.Intn(5) < 3 {
			typ := capability.RAM + capability.Type(r.Intn(int(capability.NumTypes-capability.RAM)))
			size, can := sizes[typ]
			o, err := a.Make(typ, max(size, page))
			switch {
			case !can:
				if err != abi.Error(capability.ErrWrongType) && err != abi.ErrNoMemory {
					t.Fatalf("%v was made from RAM: %v", typ, err)
				}
			case err == abi.ErrNoMemory:
				full++
			case err != nil:
				t.Fatalf("%v: %v", typ, err)
			default:
				made = append(made, o)
			}
		} else if len(made) > 0 {
			i := r.Intn(len(made))
			if err := a.Drop(made[i]); err != nil {
				t.Fatal(err)
			}
			made[i] = made[len(made)-1]
			made = made[:len(made)-1]
		}
	}
	if full == 0 {
		t.Error("the arena was never full")
	}
	for _, o := range made {
		if err := a.Drop(o); err != nil {
			t.Fatal(err)
		}
	}
	if a.Free() != 64 {
		t.Errorf("%d pages of 64 are free", a.Free())
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if now := look(t, k); now != before {
		t.Errorf("at the end %+v, before %+v", now, before)
	}
}

// TestSpace maps frames over more than one table, writes where a hart would, and unmaps: the
// tables go, too. Sabotages: no border for Take in Map; keep the table in Unmap.
func TestSpace(t *testing.T) {
	k := hosted.Boot(t, 2048)
	before := look(t, k)
	a, err := memory.NewArena(1100 * page)
	if err != nil {
		t.Fatal(err)
	}
	s := memory.NewSpace(a)
	rw := capability.Read | capability.Write
	type mapped struct {
		va uint64
		o  memory.Object
	}
	var all []mapped
	for _, pages := range []uint64{1, 300, 300, 5, 200} { // the second 300 do not fit in one table with the first
		o, err := a.Make(capability.Frame, pages*page)
		if err != nil {
			t.Fatal(err)
		}
		va, err := s.Map(o.Cap, o.Size, rw)
		if err != nil {
			t.Fatal(err)
		}
		if words := k.Words(va, o.Size, layout.R|layout.W); words == nil {
			t.Errorf("%d pages at %#x are not mapped", pages, va)
		}
		if k.Words(va, o.Size, layout.X) != nil {
			t.Errorf("%d pages at %#x can be executed", pages, va)
		}
		all = append(all, mapped{va, o})
	}
	if free := a.Free(); free != 1100-806-2*2 {
		t.Errorf("%d pages are free with two tables", free)
	}
	if err := s.Unmap(all[1].va + page); err != memory.ErrNotThere {
		t.Errorf("in the middle: %v", err)
	}
	for _, m := range all {
		if err := s.Unmap(m.va); err != nil {
			t.Fatal(err)
		}
		if k.Words(m.va, page, layout.R) != nil {
			t.Errorf("%#x is still mapped", m.va)
		}
		if err := a.Drop(m.o); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if now := look(t, k); now != before {
		t.Errorf("at the end %+v, before %+v", now, before)
	}
}

// TestRefused sees that what fails takes nothing.
// Sabotages: keep the slot in Make, or the addresses in Map, when it fails.
func TestRefused(t *testing.T) {
	k := hosted.Boot(t, 128)
	before := look(t, k)
	a, err := memory.NewArena(8 * page)
	if err != nil {
		t.Fatal(err)
	}
	s := memory.NewSpace(a)
	o, err := a.Make(capability.Frame, 7*page)
	if err != nil {
		t.Fatal(err)
	}
	with := look(t, k)
	for i := range 600 {
		if _, err := a.Make(capability.Frame, 2*page); err != abi.ErrNoMemory {
			t.Fatalf("two pages of one: %v", err)
		}
		if _, err := a.Make(capability.Kernel, page); err != abi.Error(capability.ErrWrongType) {
			t.Fatalf("a kernel: %v", err)
		}
		if _, err := s.Map(o.Cap, o.Size, capability.Read); err != abi.ErrNoMemory { // for the table
			t.Fatalf("map: %v", err)
		}
		if _, err := memory.Take(1<<30, 0); err != abi.ErrNoMemory {
			t.Fatalf("a gigabyte: %v", err)
		}
		if err := memory.Give(a.RAM()); err != abi.Error(capability.ErrInUse) {
			t.Fatalf("give what is in use: %v", err)
		}
		if i > 0 {
			continue
		}
		if _, err := s.Map(o.Cap, 4<<20, capability.Read); err != memory.ErrNoAddress {
			t.Errorf("more than a table maps: %v", err)
		}
		if err := s.Unmap(abi.OwnBase); err != memory.ErrNotThere {
			t.Errorf("unmap nothing: %v", err)
		}
	}
	if now := look(t, k); now != with {
		t.Errorf("after refusals %+v, before %+v", now, with)
	}
	a.Drop(o)
	o, _ = a.Make(capability.Frame, page)
	if _, err := s.Map(o.Cap, o.Size, capability.Write|capability.Execute); err != abi.Error(capability.ErrRights) {
		t.Errorf("write without read: %v", err)
	}
	if a.Free() != 7 {
		t.Errorf("%d pages are free after a refused map, want 7", a.Free())
	}
	if va, err := s.Map(o.Cap, o.Size, capability.Read); va != abi.OwnBase || err != nil {
		t.Errorf("mapped at %#x, %v: not the first address", va, err)
	}
	s.Unmap(abi.OwnBase)
	a.Drop(o)
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if now := look(t, k); now != before {
		t.Errorf("at the end %+v, before %+v", now, before)
	}
}

// TestGiveEnds gives back what is in use while others delete CNodes without end, so that the server
// cannot say that it is: the program is told, and has what it had.
// Sabotage: in Give, do not count.
func TestGiveEnds(t *testing.T) {
	k := hosted.Boot(t, 128)
	r, err := memory.Take(4*page, 0)
	if err != nil {
		t.Fatal(err)
	}
	others := true
	k.Lie = func(number uint64, regs *ecall.Registers, serve func()) {
		give := number == abi.CallExchange && regs[2] == abi.MemoryGive
		if serve(); give && others {
			regs[2] = uint64(abi.ErrAgain)
		}
	}
	a := memory.Over(r)
	frame, err := a.Make(capability.Frame, page)
	if err != nil {
		t.Fatal(err)
	}
	if err := memory.Give(r); err != abi.ErrAgain {
		t.Errorf("give what is in use: %v", err)
	}
	others = false
	if err := memory.Give(r); err != abi.Error(capability.ErrInUse) {
		t.Errorf("give what is in use: %v", err)
	}
	if err := a.Drop(frame); err != nil {
		t.Error(err)
	}
	if err := memory.Give(r); err != nil {
		t.Error(err)
	}
}

// TestNobody sees an error without a kernel.
func TestNobody(t *testing.T) {
	if _, err := memory.Take(page, 0); err != abi.ErrNoCall {
		t.Error(err)
	}
}
