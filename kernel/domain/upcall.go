package domain

import (
	"math/bits"

	"atoll/kernel/abi"
	"atoll/kernel/dispatch"
)

// disabled reports whether it must not be upcalled: by what it says itself, or by where it is.
func (n *native) disabled(f *abi.Frame) bool {
	return f.Disabled != 0 || n.PC >= f.CriticalFrom && n.PC < f.CriticalTo
}

// tell makes the upcall that is due, at the beginning of a turn also that for a turn; to who
// is disabled it says in the frame what has come.
func (n *native) tell(turn bool) {
	due := n.due
	n.due = 0
	f := n.shared()
	switch {
	case f == nil:
		return
	case n.disabled(f):
		f.Pending |= due
		return
	case turn:
		due |= f.Pending & allUpcalls
	}
	if due == 0 {
		if turn {
			n.upcall(f, &f.Enabled, abi.UpcallRun, 0, 0)
		}
		return
	}
	why := bits.TrailingZeros64(due)
	f.Pending |= due &^ (1 << why)
	n.upcall(f, &f.Enabled, abi.Upcall(why), 0, 0)
}

// allUpcalls are the bits of Frame.Pending that mean something.
const allUpcalls = 1<<abi.UpcallRun | 1<<abi.UpcallMessage | 1<<abi.UpcallTime

// upcall keeps its registers and lets it go on at its entry, disabled.
func (n *native) upcall(f *abi.Frame, s *abi.Save, why abi.Upcall, a, b uint64) *dispatch.Dispatcher {
	s.X = n.X
	s.X[0] = n.PC
	s.F, s.FCSR = n.FP()
	f.Disabled = 1
	f.Upcalls++
	n.PC = f.Entry
	n.X[regSP] = f.Stack
	n.X[regA0], n.X[regA0+1], n.X[regA0+2], n.X[regA0+3] = n.frameVA, uint64(why), a, b
	return &n.Dispatcher
}

// post lets a native know of something: at once if it waits for that, else when it is
// enabled, or in its frame.
func (c *Core) post(n *native, why abi.Upcall) {
	if n.state != abi.StateRuns {
		return
	}
	n.due |= 1 << why
	c.loop.Anew(&n.Dispatcher)
	if n.waits == forTime {
		c.wake(&n.Caller, abi.OK)
	}
}

// resume enables the caller, with the registers of a Save. What is pending is told at once.
func resume(c *Core, p *Caller) *dispatch.Dispatcher {
	n := c.ofCaller(p)
	if n == nil {
		return p.answer(abi.ErrState)
	}
	s := n.save(p.arg(0))
	if s == nil {
		return p.answer(abi.ErrAddress)
	}
	f := n.shared()
	n.X, n.PC = s.X, s.X[0]
	n.SetFP(&s.F, s.FCSR)
	f.Disabled = 0
	if n.due |= f.Pending & allUpcalls; n.due != 0 {
		n.tell(false)
	}
	return &n.Dispatcher
}

// wait waits for what an upcall would tell, or for a time.
func wait(c *Core, p *Caller) *dispatch.Dispatcher {
	if n := c.ofCaller(p); n != nil {
		if f := n.shared(); n.due != 0 || f != nil && f.Pending != 0 {
			return p.answer(abi.OK)
		}
	}
	until := p.arg(0)
	if until <= c.loop.Now() {
		return p.answer(abi.ErrTime)
	}
	return c.block(p, forTime, until)
}

// ofCaller returns the native that makes a call, nil if it is a thread of a Linux process.
func (c *Core) ofCaller(p *Caller) *native {
	if p.name&1 != 0 || p.name == 0 {
		return nil
	}
	return c.native(p.name)
}
