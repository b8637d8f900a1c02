package domain

import (
	"atoll/arch/layout"
	"atoll/kernel/abi"
	"atoll/kernel/capability"
	"atoll/kernel/dispatch"
)

// MaxWeight bounds the shares of the hart that a dispatcher can be given.
const MaxWeight = 16

// configure gives a dispatcher what it runs with. What its code stands on, table and frame,
// is changed only while it does not run.
func configure(c *Core, p *Caller) *dispatch.Dispatcher {
	n, e := c.dispatcher(p, 0, capability.Write)
	if e != abi.OK {
		return p.answer(e)
	}
	root, e := c.part(p, 1, capability.CNode, 0)
	if e != abi.OK {
		return p.answer(e)
	}
	table := p.space
	if p.arg(2) != abi.OwnSpace {
		if table, e = c.part(p, 2, capability.VNodeL2, 0); e != abi.OK {
			return p.answer(e)
		}
	} else if !c.db.Holds(table, capability.VNodeL2) {
		return p.answer(abi.Error(capability.ErrNoSuchCap))
	}
	frame, e := c.part(p, 3, capability.Frame, capability.Read|capability.Write)
	if e != abi.OK {
		return p.answer(e)
	}
	if n.state == abi.StateRuns && (table != 0 || frame != 0) {
		return p.answer(abi.ErrState)
	}
	if frame != 0 {
		is, _ := c.db.Identify(frame)
		if !c.Reaches(is.Base, is.Size) {
			return p.answer(abi.ErrAddress)
		}
		n.frame, n.frameSize, n.frameVA = is.Base, is.Size, p.arg(4)
		n.shares = n.hidden(hiddenFrame)
	}
	c.mayEnd(p)
	n.equip(hiddenRoot, root)
	n.equip(hiddenTable, table)
	n.equip(hiddenFrame, frame)
	return c.finish(p, abi.OK)
}

// part finds what a dispatcher is to be given: 0 is nothing.
func (c *Core) part(p *Caller, arg int, t capability.Type, need capability.Rights) (capability.Ref, abi.Error) {
	if p.arg(arg) == 0 {
		return 0, abi.OK
	}
	r, e := c.find(p, p.arg(arg), capability.Read)
	if e == abi.OK {
		_, e = c.is(r, t, need)
	}
	if e == abi.OK && c.db.Frozen(r) {
		e = abi.Error(capability.ErrRevoked)
	}
	return r, e
}

// equip puts a copy of a capability into a hidden slot, instead of what is there.
func (n *native) equip(i uint64, r capability.Ref) {
	if r == 0 || r == n.hidden(i) {
		return
	}
	n.core.db.Delete(n.hidden(i))
	n.core.db.Copy(n.hidden(i), r)
}

// start lets a dispatcher run from an address on, with all other registers cleared. It has
// the hart together with who starts it.
func start(c *Core, p *Caller) *dispatch.Dispatcher {
	n, e := c.dispatcher(p, 0, capability.Write)
	if e != abi.OK {
		return p.answer(e)
	}
	table, err := c.db.Identify(n.hidden(hiddenTable))
	if n.state == abi.StateRuns || err != capability.OK || n.frame != 0 && n.shared() == nil {
		return p.answer(abi.ErrState)
	}
	if n.callers != 0 {
		return p.answer(abi.ErrAgain) // those who have depended on it are being told
	}
	c.anew(n.name)
	n.Reset()
	n.Root = table.Base
	n.PC, n.X[regSP], n.X[regA0] = p.arg(1), p.arg(2), p.arg(3)
	n.state, n.due = abi.StateRuns, 0
	if g := p.Group(); g != nil {
		c.loop.Join(&n.Dispatcher, g)
	}
	c.loop.Wake(&n.Dispatcher)
	return p.answer(abi.OK)
}

// stopCall stops a dispatcher, the caller too.
func stopCall(c *Core, p *Caller) *dispatch.Dispatcher {
	n, e := c.dispatcher(p, 0, capability.Write)
	if e != abi.OK {
		return p.answer(e)
	}
	if n.state != abi.StateRuns {
		return p.answer(abi.ErrState)
	}
	n.stop(abi.StateStopped)
	if p == &n.Caller {
		return nil
	}
	return p.answer(abi.OK)
}

func weight(c *Core, p *Caller) *dispatch.Dispatcher {
	n, e := c.dispatcher(p, 0, capability.Write)
	if e != abi.OK {
		return p.answer(e)
	}
	if p.arg(1) == 0 || p.arg(1) > MaxWeight {
		return p.answer(abi.Error(capability.ErrRange))
	}
	n.SetWeight(p.arg(1))
	return p.answer(abi.OK)
}

func inspect(c *Core, p *Caller) *dispatch.Dispatcher {
	n, e := c.dispatcher(p, 0, capability.Read)
	if e != abi.OK {
		return p.answer(e)
	}
	x := p.X[regA0+1:]
	x[0], x[1], x[2], x[3] = uint64(n.state), n.cause, n.value, n.PC
	return p.answer(abi.OK)
}

// yield ends the caller's turn, or gives the rest of it to another that is ready.
func yield(c *Core, p *Caller) *dispatch.Dispatcher {
	if p.arg(0) == 0 {
		c.loop.Yield()
		return p.answer(abi.OK)
	}
	n, e := c.dispatcher(p, 0, capability.Write)
	if e != abi.OK {
		return p.answer(e)
	}
	if &n.Caller == p {
		return p.answer(abi.OK)
	}
	if n.state != abi.StateRuns || n.Waits() || !n.valid() {
		return p.answer(abi.ErrState)
	}
	p.answer(abi.OK)
	n.tell(true)
	return &n.Dispatcher
}

// The frame that is shared has room for what the kernel writes there.
var _ [layout.PageSize - frameBytes]byte
