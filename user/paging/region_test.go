package paging

import (
	"math/rand"
	"testing"

	"atoll/arch/ecall"
	"atoll/kernel/abi"
	"atoll/kernel/capability"
)

// kernel is as much of the CPU driver as a region asks for.
type kernel struct {
	t      *testing.T
	frames map[uint64]uint64 // offset in the RAM, by slot
	mapped map[uint64]uint64 // slot, by entry of the table
	refuse uint64            // call that fails once
}

const (
	ram, table, cnode = 7 << 16, 8 << 16, 9 << 16
	base              = abi.OwnBase + 6*(2<<20)
)

// call does what the kernel would, and refuses what it would.
func (k *kernel) call(number uint64, r *ecall.Registers) {
	if k.refuse == number {
		k.refuse, r[0] = 0, uint64(abi.ErrNoMemory)
		return
	}
	r[0] = uint64(k.serve(number, *r))
}

func (k *kernel) serve(number uint64, r ecall.Registers) capability.Error {
	switch number {
	case abi.CallRetype:
		if r[0] != ram || capability.Type(r[2]) != capability.Frame || r[3] != page || r[4] != 1 || r[5] != cnode || r[6] == 0 {
			k.t.Fatalf("retype with %v", r)
		}
		for _, offset := range k.frames {
			if offset == r[1] {
				return capability.ErrInUse
			}
		}
		if _, ok := k.frames[r[6]]; ok {
			return capability.ErrNotEmpty
		}
		k.frames[r[6]] = r[1]
	case abi.CallMap:
		slot := r[0] - cnode
		if _, ok := k.frames[slot]; !ok || r[1] != table || r[3] != 1 || r[4] != 0 {
			k.t.Fatalf("map with %v", r)
		}
		if _, ok := k.mapped[r[2]]; ok {
			return capability.ErrMapped
		}
		k.mapped[r[2]] = slot
	case abi.CallDelete:
		delete(k.frames, r[0]-cnode)
	default:
		k.t.Fatalf("call %#x", number)
	}
	return capability.OK
}

// start gives a test a kernel and a region of its own.
func start(t *testing.T, r Range) (*kernel, *Region) {
	k := &kernel{t: t, frames: map[uint64]uint64{}, mapped: map[uint64]uint64{}}
	call = k.call
	number.Store(0)
	t.Cleanup(func() { call = ecall.Call })
	reg, err := New(r)
	if err != nil {
		t.Fatal(err)
	}
	return k, reg
}

var whole = Range{
	Lo: base + 4*page, Hi: base + 100*page, Table: table, RAM: ram, Bytes: 50 * page,
	CNode: cnode, Slots: 64, Rights: capability.Read | capability.Write,
}

// TestFaults faults at random addresses. Each page of the range gets one frame, which no
// other has, until the RAM is used up.
// Sabotage: no r.made++ in page.
func TestFaults(t *testing.T) {
	k, r := start(t, whole)
	rnd := rand.New(rand.NewSource(1))
	for range 1000 {
		addr := base + uint64(rnd.Intn(110*page))
		inside := addr >= r.Lo && addr < r.Hi
		entry := addr / page % 512
		_, there := k.mapped[entry]
		room := len(k.mapped) < int(r.Bytes/page)
		if got, want := Fault(r.Word(), causeStore, addr), inside && room; got != want && !(inside && there) {
			t.Fatalf("fault at %#x: %v, want %v, with %d pages", addr, got, want, len(k.mapped))
		}
		if _, now := k.mapped[entry]; now != (there || inside && room) {
			t.Fatalf("after a fault at %#x there is a page: %v", addr, now)
		}
		if r.Made() != uint64(len(k.mapped)) || len(k.frames) != len(k.mapped) {
			t.Fatalf("%d pages made, %d mapped, %d frames", r.Made(), len(k.mapped), len(k.frames))
		}
	}
	if r.Made() != 50 {
		t.Errorf("%d pages made, want 50", r.Made())
	}
}

// TestRefused faults where the region has nothing to give, and where the kernel refuses: that
// changes nothing, and the next fault is served.
// Sabotage: no CallDelete in page.
func TestRefused(t *testing.T) {
	k, r := start(t, whole)
	for _, c := range []struct{ word, cause, addr uint64 }{
		{MaxRegions, causeLoad, r.Lo}, {^uint64(0), causeLoad, r.Lo}, {r.Word() + 1, causeLoad, r.Lo},
		{r.Word(), causeLoad, r.Lo - 1}, {r.Word(), causeLoad, r.Hi}, {r.Word(), causeFetch, r.Lo},
	} {
		if Fault(c.word, c.cause, c.addr) || len(k.frames) != 0 {
			t.Errorf("region %d, cause %d, address %#x: served", c.word, c.cause, c.addr)
		}
	}
	for _, c := range []uint64{abi.CallRetype, abi.CallMap} {
		k.refuse = c
		if Fault(r.Word(), causeLoad, r.Lo) || len(k.frames) != 0 {
			t.Errorf("call %#x is refused: served, %d frames", c, len(k.frames))
		}
	}
	if !r.Make(r.Lo, r.Lo+3*page) || !r.Make(r.Lo, r.Lo+3*page) || r.Made() != 3 {
		t.Errorf("%d pages made, want 3", r.Made())
	}
	for _, bad := range []Range{
		{}, {Lo: base, Hi: base}, {Lo: base + 1, Hi: base + page}, {Lo: base, Hi: base + 513*page},
		{Lo: base, Hi: base + page, Rights: capability.Write},
	} {
		if _, err := New(bad); err != ErrRange {
			t.Errorf("a region over %+v: %v", bad, err)
		}
	}
}
