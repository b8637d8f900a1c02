package replica

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"atoll/boot/plan"
	"atoll/monitor/agree"
)

// ascending is the order of all cores of a machine, of any device.
func ascending(n int) func(int) []int {
	return func(int) (order []int) {
		for core := range n {
			order = append(order, core)
		}
		return order
	}
}

// machineOf makes the replica of a machine whose devices core 0 holds.
func machineOf(cores, devices int) *Replica {
	return New(&plan.Plan{NCores: uint32(cores), NDevices: uint32(devices)}, 8, ascending(cores))
}

// viewOf is a view of some cores, all in life 1, founded as number 1.
func viewOf(number uint32, cores ...int) *agree.View {
	v := &agree.View{Number: number}
	for _, c := range cores {
		v.Members |= 1 << c
		v.Life[c], v.Since[c] = 1, 1
	}
	return v
}

func takeOp(core uint8, life, seq uint32, devices uint64) *agree.Op {
	return &agree.Op{Coord: core, Life: life, Seq: seq, Type: Take, TwoPhase: true, Data: TakeData(devices)}
}

// A view makes records and ends them; a later life is a later record, with the cause of
// the last death.
// Sabotage: let install not look at Life; forget Cause in it.
func TestViewsOfCores(t *testing.T) {
	r := machineOf(4, 0)
	expect := func(core int, want Core) {
		t.Helper()
		if got := r.Cores.Get(core); got != want {
			t.Errorf("core %d: %+v, want %+v", core, got, want)
		}
	}
	r.Install(viewOf(1, 0, 1, 2))
	expect(1, Core{Incarnation: 1, State: Member, Since: 1})
	expect(3, Core{})
	r.Install(viewOf(2, 0, 2))
	expect(1, Core{Incarnation: 1, State: Dead, Since: 2})
	r.Do(&agree.Op{Type: Note, Data: NoteData(1, Core{Incarnation: 1, State: Dead, Cause: 4})})
	r.Do(&agree.Op{Type: Note, Data: NoteData(1, Core{Incarnation: 2, State: Starting, Cause: 4})})
	expect(1, Core{Incarnation: 2, State: Starting, Cause: 4, Since: 2})
	v := viewOf(3, 0, 1, 2)
	v.Life[1], v.Since[1] = 2, 3
	r.Install(v)
	expect(1, Core{Incarnation: 2, State: Member, Cause: 4, Since: 3})
	if r.Cores.IsMember(1, 1) || !r.Cores.IsMember(1, 2) {
		t.Error("the life that is over is the member")
	}
	v = viewOf(4, 0, 1, 2) // it died and lives again between two views
	v.Life[1], v.Since[1] = 3, 4
	r.Install(v)
	expect(1, Core{Incarnation: 3, State: Member, Cause: 4, Since: 4})
}

// Notes make the same of a record in any order, and none makes or ends a member.
// Sabotage: let outranks compare states with >= of another life, or ignore Change.
func TestNotesCommute(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 9))
	changed := 0
	for range 20000 {
		a := machineOf(2, 0)
		a.Install(viewOf(1, 0))
		var ops []*agree.Op
		for range 2 + r.IntN(3) {
			ops = append(ops, &agree.Op{Type: Note, Data: NoteData(r.IntN(2), Core{
				Incarnation: uint32(r.IntN(3)), State: State(r.IntN(7)), Cause: uint8(r.IntN(3)), Change: uint16(r.IntN(3)),
			})})
		}
		b := machineOf(2, 0)
		b.Install(viewOf(1, 0))
		for _, op := range ops {
			if a.Check(op) {
				changed++
			}
			a.Do(op)
			if a.Check(op) {
				t.Fatalf("%v would change something twice", op.Data)
			}
		}
		for _, i := range r.Perm(len(ops)) {
			b.Do(ops[i])
		}
		if !a.Equal(b) {
			t.Fatalf("%v: %+v and %+v", ops, a.Cores.records[:2], b.Cores.records[:2])
		}
		if s := a.Cores.Get(1).State; s == Member || s == Zombie || !a.Cores.IsMember(0, 1) {
			t.Fatalf("notes make core 1 %v", s)
		}
	}
	if changed < 10000 {
		t.Errorf("only %d notes changed anything", changed)
	}
}

// A device is taken when its holder is no member, by one core; who held it stays dirty until
// a holder has reset it.
// Sabotage: let prepare not look at taken; or not at Held.
func TestTake(t *testing.T) {
	r := machineOf(4, 3)
	d := r.Devices
	r.Install(viewOf(1, 0, 1, 2, 3))
	if r.Prepare(takeOp(1, 1, 1, 1)) {
		t.Error("a device is taken from a member")
	}
	r.Install(viewOf(2, 1, 2, 3))
	for _, op := range []*agree.Op{takeOp(0, 1, 1, 1), takeOp(1, 2, 1, 1), takeOp(1, 1, 1, 0), takeOp(1, 1, 1, 8)} {
		if r.Prepare(op) {
			t.Errorf("%+v is allowed", op)
		}
	}
	one, two := takeOp(1, 1, 5, 3), takeOp(2, 1, 5, 6)
	if !r.Prepare(one) || r.Prepare(two) {
		t.Error("two take one device")
	}
	r.Commit(two)
	r.Abort(two)
	if d.Get(1).Core != 0 {
		t.Error("a device that is held for another is taken")
	}
	r.Commit(one)
	if d.Get(0).Holder != (Holder{1, 1}) || d.Get(1).Dirty != 1 || d.Get(2).Holder != (Holder{0, 1}) || !d.Held(0) || d.Held(2) {
		t.Errorf("%+v, %+v, %+v", d.Get(0), d.Get(1), d.Get(2))
	}
	if r.Prepare(two) {
		t.Error("a set is taken of which one device has a holder")
	}
	if three := takeOp(2, 1, 6, 4); !r.Prepare(three) {
		t.Error("what nobody has is refused")
	} else if r.Abort(three); !r.Prepare(takeOp(3, 1, 1, 4)) {
		t.Error("a device stays held after an abort")
	}
	clear := func(core uint8, devices uint64) bool {
		op := &agree.Op{Coord: core, Life: 1, Type: Clear, Data: ClearData(devices)}
		ok := r.Check(op)
		r.Do(op)
		return ok
	}
	if clear(2, 1) || clear(1, 5) || d.Get(0).Dirty != 1 {
		t.Error("others say that a device was reset")
	}
	r.Install(viewOf(3, 2, 3))
	if op := takeOp(2, 1, 9, 1); !r.Prepare(op) {
		t.Error("the second heir is refused")
	} else if r.Commit(op); d.Get(0).Dirty != 3 {
		t.Errorf("dirty %#x after two deaths", d.Get(0).Dirty)
	}
	if !clear(2, 1) || d.Get(0).Dirty != 0 {
		t.Error("a holder cannot say that it has reset a device")
	}
}

// What holds for who founds a view in a later life.
// Sabotage: leave the loop out of install.
func TestFoundersAreDirty(t *testing.T) {
	r := machineOf(3, 2)
	v := viewOf(1, 1, 2)
	v.Life[2] = 4
	r.Install(v)
	if d := r.Devices.Get(1); d.Dirty != 1<<2 {
		t.Errorf("dirty %#x", d.Dirty)
	}
	v.Number = 2 // nothing is lost between two views
	r = machineOf(3, 2)
	r.Install(viewOf(1, 1))
	v.Since[2] = 2
	if r.Install(v); r.Devices.Get(1).Dirty != 0 {
		t.Error("who joins is dirty")
	}
}

// Orders come in parts, from the lowest member.
// Sabotage: let mayRank take any coordinator.
func TestHeirs(t *testing.T) {
	const n = 40
	r := machineOf(n, 2)
	r.Install(viewOf(1, 3, 7))
	order := rand.New(rand.NewPCG(1, 10)).Perm(n)
	tell := func(core uint8) {
		for at := 0; at < n; at += HeirsPart {
			r.Do(&agree.Op{Coord: core, Life: 1, Type: Heirs, Data: HeirsData(2, at, order[at:min(at+HeirsPart, n)])})
		}
	}
	if tell(7); r.Devices.Ranked(1) || r.Devices.Heir(1, func(int) bool { return true }) != 0 {
		t.Error("a core that is not the lowest ranks heirs")
	}
	if tell(3); !r.Devices.Ranked(1) || r.Devices.Ranked(0) {
		t.Error("the order was not taken")
	}
	var got []int
	r.Devices.Heir(1, func(core int) bool { got = append(got, core); return false })
	if fmt.Sprint(got) != fmt.Sprint(order) {
		t.Errorf("%v, want %v", got, order)
	}
	if r.Devices.Heir(0, func(core int) bool { return core > 4 }) != 5 || r.Devices.Heir(0, func(int) bool { return false }) != -1 {
		t.Error("the heir is not the first that may")
	}
}

// A snapshot of everything makes an equal replica.
// Sabotage: leave Dirty, or the last cores of an order, out of the items.
func TestSnapshotOfAll(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 11))
	for _, cores := range []int{1, 4, 24, 25, 64} {
		a, b := machineOf(cores, 5), machineOf(cores, 5)
		a.Install(viewOf(1, 0))
		b.Services.insert(Entry{Name: name(t, "old")}, full, 0)
		a.Services.insert(Entry{name(t, "web"), 0, 1, 80}, full, 0)
		for core := range cores {
			a.Do(&agree.Op{Type: Note, Data: NoteData(core, Core{Incarnation: uint32(core), State: Dead, Cause: 3})})
		}
		for i := range 5 {
			d := &a.Devices.list[i]
			d.Holder, d.Dirty, d.agreed = Holder{uint8(r.IntN(cores)), 1 + r.Uint32N(1<<31)}, r.Uint64()>>(64-cores), uint8(cores)
			for at, core := range r.Perm(cores) {
				d.order[at] = uint8(core)
			}
		}
		b.Reset()
		var item [agree.ItemWords]uint64
		count := 0
		for at := a.Next(0, &item); at >= 0; at = a.Next(at, &item) {
			if count++; !b.Add(&item) {
				t.Fatalf("item %x is refused", item)
			}
		}
		if count != a.Len() || !a.Equal(b) || !b.Equal(a) {
			t.Errorf("%d cores: %d items of %d, equal: %v", cores, count, a.Len(), a.Equal(b))
		}
		if b.Reset(); cores > 1 && a.Equal(b) {
			t.Error("a replica equals an empty one")
		}
	}
}

// Nonsense changes nothing, and a snapshot of nonsense ends nothing but itself.
// Sabotage: leave the check of the core out of note, or that of the holder's out of addHolder.
func TestNonsenseOfAll(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 12))
	a, b := machineOf(3, 4), machineOf(3, 4)
	word := func() uint64 { return r.Uint64() >> r.IntN(64) }
	for n := range 200000 {
		if n%100 == 0 {
			a.Reset()
			a.Install(viewOf(1, 0, 1))
		}
		op := &agree.Op{Coord: uint8(r.IntN(4)), Life: uint32(r.IntN(3)), Type: uint8(r.IntN(9)), Data: [agree.Words]uint64{word(), word(), word(), word()}}
		a.Check(op)
		if a.Prepare(op) {
			a.Commit(op)
		}
		a.Do(op)
		item := [agree.ItemWords]uint64{word(), word(), word(), word(), uint64(r.IntN(6))<<56 | uint64(r.IntN(4))}
		if b.Add(&item); n%50 == 0 {
			b.Reset()
		}
		for i := range 4 {
			for _, m := range []*Replica{a, b} {
				if d := m.Devices.Get(i); d.Core > 2 || d.Incarnation == 0 || m.Devices.Heir(i, func(core int) bool { return core > 2 }) >= 0 {
					t.Fatalf("after %+v and %x: %+v", op, item, d)
				}
			}
		}
		if !a.Cores.IsMember(0, 1) || a.Cores.IsMember(2, 1) || a.Devices.Get(0).Holder != (Holder{0, 1}) {
			t.Fatalf("after %+v: %+v", op, a.Cores.records[:3])
		}
	}
}

// Sabotage: let IsMember make a map.
func TestNoAllocationOfAll(t *testing.T) {
	a := machineOf(8, 8)
	first, second := viewOf(1, 0, 1, 2), viewOf(2, 1, 2)
	note := &agree.Op{Type: Note, Data: NoteData(0, Core{Incarnation: 1, State: Dead, Cause: 1})}
	rank := &agree.Op{Coord: 1, Life: 1, Type: Heirs, Data: HeirsData(255, 0, []int{7, 6, 5, 4, 3, 2, 1, 0})}
	clear := &agree.Op{Coord: 1, Life: 1, Type: Clear, Data: ClearData(255)}
	var item [agree.ItemWords]uint64
	if n := testing.AllocsPerRun(100, func() {
		a.Reset()
		a.Install(first)
		a.Install(second)
		a.Do(note)
		op := takeOp(1, 1, 1, 255)
		a.Prepare(op)
		a.Commit(op)
		a.Do(rank)
		a.Do(clear)
		for at := a.Next(0, &item); at >= 0; at = a.Next(at, &item) {
		}
	}); n > 1 { // the test's own Op
		t.Errorf("%v allocations", n)
	}
	if !a.Devices.Ranked(3) || !a.Devices.Held(7) || a.Cores.Get(0).Cause != 1 {
		t.Error("the operations did nothing")
	}
}
