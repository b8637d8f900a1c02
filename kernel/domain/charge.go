package domain

import (
	"atoll/arch/layout"
	"atoll/kernel/abi"
	"atoll/kernel/capability"
)

// Objects are charged to the RAM that they are made of. What the kernel holds for a domain
// beside that, a page for each end of a channel, is charged to whom the memory server would
// charge: to who is named by the capability to it in the caller's table. What is held ends
// with who is charged, whoever has got the capabilities.

// endSize is what an end of a channel is charged: the frame, or the page that can take its
// place. Two ends on one core share a page.
const endSize = layout.PageSize

// payer returns who is charged for what a caller asks for. It fails with ErrNoMemory if the
// caller's table names nobody.
func (c *Core) payer(p *Caller) (who uint32, e abi.Error) {
	base, who, err := c.db.FindObject(p.root, uint64(abi.SlotMemory), capability.Endpoint, capability.Write)
	if err != capability.OK || c.endpoint(base).service != memoryService {
		return 0, abi.ErrNoMemory
	}
	return who, abi.OK
}

// EndChannels ends what is charged to who ends himself.
func (c *Core) EndChannels(who uint32) {
	for _, b := range c.channels.bindings {
		if b != nil && b.who == who {
			b.close()
		}
	}
}
