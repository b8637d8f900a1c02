package domain

import (
	"testing"

	"atoll/arch/layout"
	"atoll/kernel/abi"
	"atoll/kernel/capability"
)

// left is a bank that only says how much there is.
type left struct{ Bank }

func (left) Left(uint32) (free, all uint64) { return 30 * layout.PageSize, 50 * layout.PageSize }

// The core's state is for who has the capability to the core.
// Sabotage: in coreState, look for an endpoint.
func TestCore(t *testing.T) {
	w := newWorld(t)
	w.bank = left{}
	w.want(refused(capability.ErrNoSuchCap), abi.CallCore, uint64(abi.SlotKernel))
	w.want(refused(capability.ErrWrongType), abi.CallCore, uint64(abi.SlotRAM))
	w.plant(slot(abi.SlotKernel), capability.Cap{Type: capability.Kernel, Rights: capability.AllRights, Base: 3, Size: 1})
	w.want(abi.OK, abi.CallMint, uint64(abi.SlotKernel), at(0), 0, 0)
	w.want(refused(capability.ErrRights), abi.CallCore, at(0))
	w.want(abi.OK, abi.CallCore, uint64(abi.SlotKernel))
	if x := w.p.X[regA0+1:]; x[0] != 3 || x[1] != w.db.Count() || x[2] != 30 || x[3] != 50 {
		t.Errorf("core %d, %d capabilities, %d pages of %d", x[0], x[1], x[2], x[3])
	}
}
