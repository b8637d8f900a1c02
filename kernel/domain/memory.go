package domain

import (
	"atoll/kernel/abi"
	"atoll/kernel/capability"
	"atoll/kernel/dispatch"
)

// Bank is whose RAM the memory server gives out. Who asks is told apart by the badge of the
// capability to the server. The methods are called in the loop and must not block.
type Bank interface {
	// Take puts a capability to so many bytes of RAM, at a multiple of align, 0 for a page,
	// into an empty slot.
	Take(who uint32, bytes, align uint64, to capability.Ref) abi.Error
	// Give takes back the RAM whose capability is in a slot.
	Give(who uint32, from capability.Ref) abi.Error
	// Charge counts bytes that the kernel holds for who asks against what he may have, Return
	// gives them back, when he may have ended.
	Charge(who uint32, bytes uint64) abi.Error
	Return(who uint32, bytes uint64)
	// Left returns how many bytes are free, and how many there are.
	Left(who uint32) (free, all uint64)
}

// Serve makes an endpoint, to which a slot has a capability, that of the core's memory
// server: a message to it is answered by the CPU driver itself. It fails if there is no
// endpoint.
func (c *Core) Serve(r capability.Ref, b Bank) capability.Error {
	is, e := c.is(r, capability.Endpoint, 0)
	if e == abi.OK {
		c.bank = b
		c.endpoint(is.Base).service = memoryService
	}
	return capability.Error(e)
}

// memoryService as an endpoint's service is the memory server.
const memoryService = 1

// askMemory answers a message to the memory server.
func (c *Core) askMemory(p *Caller, m *parcel) *dispatch.Dispatcher {
	c.mayEnd(p)
	asked := *m.words
	var answer [abi.MessageWords]uint64
	p.X[regA0+1] = 0
	switch asked[0] {
	case abi.MemoryTake, abi.MemoryTakeAny:
		e := abi.ErrNeedSlot
		if to := c.empty(p, p.X[regSlot]); to != 0 {
			e = c.bank.Take(m.badge, asked[1], asked[2], to)
		}
		if e == abi.ErrNoMemory && asked[0] == abi.MemoryTakeAny && c.remote.books != nil && !c.past(p.X[regUntil]) {
			c.current = 0
			return c.borrow(p, m)
		}
		if answer[0] = uint64(e); e == abi.OK {
			p.X[regA0+1] = abi.Came
		}
	case abi.MemoryGive:
		e := abi.Error(capability.ErrNoSuchCap)
		if m.src != 0 {
			e = c.bank.Give(m.badge, m.src)
		}
		answer[0] = uint64(e)
	case abi.MemoryLeft:
		answer[1], answer[2] = c.bank.Left(m.badge)
	default:
		answer[0] = uint64(abi.ErrNoCall)
	}
	*p.words() = answer
	return c.finish(p, abi.OK)
}
