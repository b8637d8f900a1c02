package domain

import (
	"atoll/arch/layout"
	"atoll/kernel/abi"
	"atoll/kernel/capability"
	"atoll/kernel/dispatch"
)

// coreState says what there is on the core to who has the capability to it, whose base is the
// core's number. Without a memory server there is no RAM to give out.
func coreState(c *Core, p *Caller) *dispatch.Dispatcher {
	core, _, e := c.db.FindObject(p.root, p.arg(0), capability.Kernel, capability.Write)
	if e != capability.OK {
		return p.answer(abi.Error(e))
	}
	var free, all uint64
	if c.bank != nil {
		free, all = c.bank.Left(0)
	}
	x := p.X[regA0+1:]
	x[0], x[1], x[2], x[3] = core, c.db.Count(), free/layout.PageSize, all/layout.PageSize
	return p.answer(abi.OK)
}
