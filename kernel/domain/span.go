package domain

import (
	"slices"

	"atoll/kernel/abi"
	"atoll/kernel/capability"
)

// RAM of another core's program, of which the kernel here maps pages for threads of that. It comes as
// RAM does that is borrowed, but to the kernel.

// forSpan as an end of a channel, with a core and the number of a program of it, is the kernel that runs
// threads of that. No end has such a number: they are physical addresses.
const forSpan = 1 << 62

// SetSpans says who takes such RAM: the capability is in a slot of the kernel's, which is empty again
// when the RAM is taken back.
func (c *Core) SetSpans(take func(is capability.Cap, slot capability.Ref, home int, program uint32)) {
	c.remote.spans = take
}

// LendSpan gives RAM to the kernel of another core, and calls done with what has come of it.
func (c *Core) LendSpan(is capability.Cap, core int, program uint32, done func(abi.Error)) {
	c.remote.monitor.Pass(c.demand(&request{done: done}), is, core, forSpan|uint64(c.remote.monitor.Core())<<32|uint64(program))
}

// deliverSpan takes RAM of another core's program.
func (c *Core) deliverSpan(is capability.Cap, home int, program uint32) abi.Error {
	switch {
	case c.remote.spans == nil:
		return abi.ErrPeerDead
	case is.Type != capability.RAM || !c.isForeign(is) || c.db.Has(is):
		return abi.Error(capability.ErrRange)
	}
	r, err := c.remote.slots.Slot()
	if err != nil {
		return abi.ErrNoMemory
	}
	if e := c.db.PlantCopy(r, is); e != capability.OK {
		c.remote.slots.Return(r)
		return abi.Error(e)
	}
	c.remote.hosted = append(slices.DeleteFunc(c.remote.hosted, c.db.Empty), r)
	c.remote.spans(is, r, home, program)
	return abi.OK
}

// isHosted reports whether a frame is a page of such RAM, to which the kernel has a capability: with the
// page nothing ends.
func (c *Core) isHosted(is capability.Cap) bool {
	for _, r := range c.remote.hosted {
		if of, e := c.db.Identify(r); e == capability.OK && is.Type == capability.Frame && is.Base-of.Base < of.Size {
			return true
		}
	}
	return false
}
