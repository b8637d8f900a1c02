package domain

import (
	"slices"
	"testing"

	"atoll/arch/layout"
	"atoll/kernel/abi"
	"atoll/kernel/capability"
)

// bank gives out one piece of RAM after the other, and writes down who asked for what.
type bank struct {
	w     *world
	next  uint64
	asked []uint64
}

func (b *bank) Take(who uint32, bytes, align uint64, to capability.Ref) abi.Error {
	b.asked = append(b.asked, abi.MemoryTake, uint64(who), bytes, align)
	e := b.w.db.Retype(slot(abi.SlotRAM), capability.Made{
		Offset: b.next, Type: capability.RAM, Size: bytes, Count: 1, CNode: slot(abi.SlotRoot), First: (uint64(to) - rootBase) / capability.SlotSize,
	})
	b.next += bytes
	return abi.Error(e)
}

func (b *bank) Give(who uint32, from capability.Ref) abi.Error {
	c, _ := b.w.db.Identify(from)
	b.asked = append(b.asked, abi.MemoryGive, uint64(who), c.Base, c.Size)
	return abi.ErrBusy
}

func (b *bank) Charge(uint32, uint64) abi.Error { return abi.OK }
func (b *bank) Return(uint32, uint64)           {}

func (b *bank) Left(who uint32) (free, all uint64) {
	b.asked = append(b.asked, abi.MemoryLeft, uint64(who))
	return 11, 22
}

// The memory server answers at once, by the badge of who asks, and whatever is asked it gives
// no capability to a slot that is not empty, and takes none that is not there.
// Sabotages: in askMemory, use m.src without a look; in empty, do not ask whether the slot is.
func TestMemoryServer(t *testing.T) {
	w := newWorld(t)
	b := &bank{w: w}
	const server, badge = 9, 77
	w.want(abi.OK, abi.CallRetype, uint64(abi.SlotRAM), (ramPages-1)*layout.PageSize, uint64(capability.Endpoint), layout.PageSize, 1, uint64(abi.SlotRoot), at(server)>>16)
	if e := w.Serve(slot(abi.SlotMemory), b); e != capability.ErrNoSuchCap {
		t.Errorf("an empty slot served: %v", e)
	}
	if e := w.Serve(slot(capability.Address(at(server))), b); e != capability.OK {
		t.Fatal(e)
	}
	w.want(abi.OK, abi.CallMint, at(server), uint64(abi.SlotMemory), uint64(capability.Write), badge)
	// ask exchanges a message with it and returns the answer.
	ask := func(gives, to uint64, words ...uint64) []uint64 {
		t.Helper()
		p := w.p
		p.X = [32]uint64{}
		p.X[regA7], p.X[regA0], p.X[regGives], p.X[regSlot] = abi.CallExchange, uint64(abi.SlotMemory), gives, to
		copy(p.X[regWords:], words)
		if next := w.Call(p); next != &p.Dispatcher || abi.Error(p.X[regA0]) != abi.OK {
			t.Fatalf("the call ended with %v", abi.Error(p.X[regA0]))
		}
		return slices.Clone(p.X[regA0+1 : regWords+3])
	}
	none := uint64(capability.ErrNoSuchCap)
	for _, c := range []struct{ got, want []uint64 }{
		{ask(0, at(0), abi.MemoryTake, 3*layout.PageSize, 4096), []uint64{abi.Came, 0, 0, 0}},
		{ask(0, at(0), abi.MemoryTake, layout.PageSize, 0), []uint64{0, uint64(abi.ErrNeedSlot), 0, 0}},
		{ask(0, 0, abi.MemoryTake, layout.PageSize, 0), []uint64{0, uint64(abi.ErrNeedSlot), 0, 0}},
		{ask(0, 1<<40, abi.MemoryTake, layout.PageSize, 0), []uint64{0, uint64(abi.ErrNeedSlot), 0, 0}},
		{ask(0, 0, abi.MemoryGive), []uint64{0, none, 0, 0}},
		{ask(at(0), 0, abi.MemoryGive), []uint64{0, uint64(abi.ErrBusy), 0, 0}},
		{ask(0, 0, abi.MemoryLeft), []uint64{0, 0, 11, 22}},
		{ask(0, 0, 99), []uint64{0, uint64(abi.ErrNoCall), 0, 0}},
	} {
		if !slices.Equal(c.got, c.want) {
			t.Errorf("the answer is %#x, want %#x", c.got, c.want)
		}
	}
	if want := []uint64{
		abi.MemoryTake, badge, 3 * layout.PageSize, 4096, abi.MemoryGive, badge, ramBase, 3 * layout.PageSize, abi.MemoryLeft, badge,
	}; !slices.Equal(b.asked, want) {
		t.Errorf("it was asked for %#x, want %#x", b.asked, want)
	}
	for number, want := range map[uint64]capability.Error{abi.CallSend: capability.ErrWrongType, abi.CallReceive: capability.ErrRights} {
		w.p.X = [32]uint64{regA7: number, regA0: uint64(abi.SlotMemory)}
		if w.Call(w.p); abi.Error(w.p.X[regA0]) != abi.Error(want) {
			t.Errorf("%s to the server: %v, want %v", Name(number), abi.Error(w.p.X[regA0]), want)
		}
	}
}
