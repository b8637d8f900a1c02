package domain

import (
	"slices"
	"testing"

	"atoll/arch/layout"
	"atoll/kernel/abi"
	"atoll/kernel/capability"
)

func refused(e capability.Error) abi.Error { return abi.Error(e) }

// Each call on capabilities does what the operation does, with its arguments in their
// registers. Sabotages: in mint, swap arg(2) and arg(3); in retype, leave out First.
func TestCalls(t *testing.T) {
	w := newWorld(t)
	ram, root := uint64(abi.SlotRAM), uint64(abi.SlotRoot)
	const page = layout.PageSize
	w.want(abi.OK, abi.CallNull)
	w.want(abi.OK, abi.CallRetype, ram, 0, uint64(capability.Frame), 2*page, 1, root, at(0)>>16)
	w.want(abi.OK, abi.CallRetype, ram, 4*page, uint64(capability.VNodeL0), 2*page, 2, root, at(1)>>16)
	w.want(abi.OK, abi.CallRetype, ram, 8*page, uint64(capability.Endpoint), page, 1, root, at(3)>>16)
	w.want(abi.OK, abi.CallMint, at(3), at(4), uint64(capability.Write), 77)
	w.want(abi.OK, abi.CallIdentify, at(4))
	if x := w.p.X[regA0:]; x[1] != uint64(capability.Endpoint)|uint64(capability.Write)<<8|77<<32 || x[2] != ramBase+8*page || x[3] != page {
		t.Errorf("a minted endpoint is %#x", x[1:4])
	}
	w.want(abi.OK, abi.CallMap, at(0), at(1), 5, 1, page, uint64(capability.Read))
	if r := w.db.Mapped(slot(capability.Address(at(1))), 5); r != slot(capability.Address(at(0))) {
		t.Errorf("entry 5 is filled by %#x", r)
	}
	w.want(refused(capability.ErrMapped), abi.CallMap, at(0), at(1), 6, 1, 0, uint64(capability.Read))
	w.want(abi.OK, abi.CallMove, at(0), at(5))
	w.want(refused(capability.ErrNoSuchCap), abi.CallUnmap, at(0))
	w.want(abi.OK, abi.CallUnmap, at(5))
	w.want(abi.OK, abi.CallCopy, at(5), at(0))
	w.want(abi.OK, abi.CallDelete, at(5))
	w.want(refused(capability.ErrInUse), abi.CallRetype, ram, page, uint64(capability.Frame), page, 1, root, at(9)>>16)
	w.want(abi.OK, abi.CallRevoke, ram)
	if n := w.db.Count(); n != 3 {
		t.Errorf("%d capabilities are left, want 3", n)
	}
}

// Who has not all rights revokes nothing: what he was lent is not his.
// Sabotage: in revoke, leave out the look at the rights.
func TestRevokeNeedsAllRights(t *testing.T) {
	w := newWorld(t)
	w.want(abi.OK, abi.CallRetype, uint64(abi.SlotRAM), 0, uint64(capability.Endpoint), layout.PageSize, 1, uint64(abi.SlotRoot), at(0)>>16)
	w.want(abi.OK, abi.CallMint, at(0), at(1), uint64(capability.Write), 5)
	w.want(refused(capability.ErrRights), abi.CallRevoke, at(1))
	w.want(abi.OK, abi.CallIdentify, at(0))
	w.want(abi.OK, abi.CallRevoke, at(0))
	w.want(refused(capability.ErrNoSuchCap), abi.CallIdentify, at(1))
}

// A revoke of much is done in several calls. Sabotage: in revoke, answer OK when it is not done.
func TestRevokeInSteps(t *testing.T) {
	w := newWorld(t)
	for i := range uint64(3) {
		w.want(abi.OK, abi.CallRetype, uint64(abi.SlotRAM), i*32*layout.PageSize, uint64(capability.Frame), layout.PageSize, 32, uint64(abi.SlotRoot), at(i*32)>>16)
	}
	w.want(abi.ErrAgain, abi.CallRevoke, uint64(abi.SlotRAM))
	w.want(abi.OK, abi.CallRevoke, uint64(abi.SlotRAM))
	if n := w.db.Count(); n != 3 {
		t.Errorf("%d capabilities are left, want 3", n)
	}
}

// A call that is refused has changed nothing but the result. Sabotage: in copyCap, delete
// what is in the destination first.
func TestRefusedChangesNothing(t *testing.T) {
	w := newWorld(t)
	ram, root := uint64(abi.SlotRAM), uint64(abi.SlotRoot)
	w.want(abi.OK, abi.CallRetype, ram, 0, uint64(capability.Frame), layout.PageSize, 3, root, at(0)>>16)
	before := w.mem.Copy()
	none := refused(capability.ErrNoSuchCap)
	for _, c := range []struct {
		e    abi.Error
		call []uint64
	}{
		{abi.ErrNoCall, []uint64{abi.End}},
		{abi.ErrNoCall, []uint64{^uint64(0)}},
		{none, []uint64{abi.CallIdentify, 0}},
		{none, []uint64{abi.CallIdentify, 1<<32 | ram}},
		{none, []uint64{abi.CallIdentify, ram | 1}},
		{refused(capability.ErrNotEmpty), []uint64{abi.CallCopy, at(0), at(1)}},
		{none, []uint64{abi.CallCopy, at(9), at(8)}},
		{refused(capability.ErrRights), []uint64{abi.CallMint, at(0), at(9), 1 << 8, 0}},
		{refused(capability.ErrRange), []uint64{abi.CallMint, at(0), at(9), 7, 1 << 32}},
		{refused(capability.ErrWrongType), []uint64{abi.CallMint, at(0), at(9), 7, 1}},
		{none, []uint64{abi.CallDelete, at(9)}},
		{none, []uint64{abi.CallRevoke, at(9)}},
		{refused(capability.ErrWrongType), []uint64{abi.CallRetype, ram, 0, 256 + uint64(capability.Frame), layout.PageSize, 1, root, 30}},
		{refused(capability.ErrRights), []uint64{abi.CallMap, at(0), at(1), 0, 1, 0, 256}},
		{refused(capability.ErrWrongType), []uint64{abi.CallMap, at(0), at(1), 0, 1, 0, 1}},
		{refused(capability.ErrNotMapped), []uint64{abi.CallUnmap, at(0)}},
	} {
		w.want(c.e, c.call[0], c.call[1:]...)
		if !slices.Equal(w.mem.Copy(), before) {
			t.Fatalf("%s%#x was refused and has changed something", Name(c.call[0]), c.call[1:])
		}
	}
	if w.Unknown() != 2 {
		t.Errorf("%d calls were none, want 2", w.Unknown())
	}
}

// Memory of a CNode that has been deleted, with what it held, can be used again, in as many
// calls as it takes to clean it. Sabotages: in retype, answer ErrInUse at once; clean without a
// bound (the loop then has one step).
func TestRetypeOfDeletedCNode(t *testing.T) {
	w := newWorld(t)
	ram, root := uint64(abi.SlotRAM), uint64(abi.SlotRoot)
	const size = 8 * layout.PageSize
	w.want(abi.OK, abi.CallRetype, ram, 0, uint64(capability.CNode), size, 1, root, at(0)>>16)
	w.want(abi.OK, abi.CallRetype, ram, size, uint64(capability.Frame), layout.PageSize, 64, at(0), 1)
	w.want(abi.OK, abi.CallDelete, at(0))
	steps := 1
	for w.call(abi.CallRetype, ram, 0, uint64(capability.Frame), 2*size, 1, root, at(0)>>16) == abi.ErrAgain {
		if steps++; steps > 100 {
			t.Fatal("it does not end")
		}
	}
	w.want(abi.OK, abi.CallIdentify, at(0))
	if steps < 4 {
		t.Errorf("512 slots were cleaned in %d calls", steps)
	}
}
