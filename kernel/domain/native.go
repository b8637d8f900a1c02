package domain

import (
	"atoll/arch/layout"
	"atoll/arch/shim"
	"atoll/kernel/abi"
	"atoll/kernel/capability"
	"atoll/kernel/dispatch"
)

// native is a dispatcher that lies in the RAM which a domain has made it from. The pointers
// in it lead to other natives, and to what is held elsewhere too: the collector does not
// see them.
//
// What it runs with are copies of capabilities in its hidden slots, so whatever ends those
// is seen there: valid looks before it runs.
type native struct {
	Caller
	core  *Core
	state abi.State

	cause, value uint64 // why it is StateFaulted

	frame     uint64 // physical address of the frame it shares, 0: none
	frameSize uint64
	frameVA   uint64 // where it sees it
	heard     uint64 // the first of the endpoints to which it listens
	hears     uint64 // how many there are
}

// Hidden slots of a dispatcher.
const (
	hiddenRoot  = 1 + iota // its root CNode
	hiddenTable            // its root table
	hiddenFrame
)

// hidden returns one of its hidden slots.
func (n *native) hidden(i uint64) capability.Ref { return capability.Dispatcher.Hidden(n.name, i) }

// create makes a native of an object that has been cleared.
func (c *Core) create(pa uint64) {
	n := c.native(pa)
	n.core, n.name = c, pa
	n.root, n.space = n.hidden(hiddenRoot), n.hidden(hiddenTable)
	n.Handler, n.Picks = n, true
}

// destroy ends a native to which no capability is left. Its memory is nobody's from then on,
// but for the list of those who depend on it (Settle).
func (c *Core) destroy(pa uint64) {
	n := c.native(pa)
	n.stop(abi.StateStopped)
	c.unhearAll(n)
	c.loop.End(&n.Dispatcher)
	n.Reset()
	c.anew(pa)
	if n.callers != 0 { // the rest is told before its memory is used again
		c.loop.Chore(func() bool { return c.db.Clean(desertBudget) })
	}
	if c.current == n.name {
		c.current = 0
	}
}

// stop takes it from the hart, and out of whatever it waits for.
func (n *native) stop(s abi.State) {
	if n.state != abi.StateRuns {
		return
	}
	n.core.leave(&n.Caller)
	n.core.quit(&n.Caller)
	n.core.loop.Sleep(&n.Dispatcher, dispatch.Forever)
	n.state = s
}

// valid reports whether there still is all that it runs with. If not it is stopped.
func (n *native) valid() bool {
	if n.core.whole(&n.Caller) {
		return true
	}
	n.stop(abi.StateStopped)
	return false
}

// Trap serves what ended a run. Whom it calls looks whether the stack suffices: to look here too
// would be two of the 157 instructions of a call that does nothing.
//
//go:nosplit
func (n *native) Trap(*dispatch.Loop) *dispatch.Dispatcher {
	if n.Cause != shim.CauseUserCall {
		return n.fault()
	}
	n.PC += callSize
	if number := n.X[regA7] - abi.Base; number < uint64(len(calls)) {
		return calls[number].handle(n.core, &n.Caller)
	}
	return n.strange()
}

// callSize is the size of the ECALL instruction.
const callSize = 4

// strange serves a call that is none of the native ones.
func (n *native) strange() *dispatch.Dispatcher {
	if f := n.shared(); f != nil && !n.disabled(f) {
		return n.upcall(f, &f.Trap, abi.UpcallCall, n.X[regA7], 0)
	}
	return noCall(n.core, &n.Caller)
}

// fault is for a page that is not there yet, and for what it may not do: its own code is
// told of that, or it is stopped.
func (n *native) fault() *dispatch.Dispatcher {
	if n.page() {
		return &n.Dispatcher
	}
	if f := n.shared(); f != nil && !n.disabled(f) {
		return n.upcall(f, &f.Trap, abi.UpcallFault, n.Cause, n.Value)
	}
	n.cause, n.value = n.Cause, n.Value
	n.stop(abi.StateFaulted)
	return nil
}

// Needs returns what an access needs that has ended in a fault, 0 if that is no page's.
func Needs(cause uint64) layout.Perm {
	switch cause {
	case shim.CauseFetchFault:
		return layout.X
	case shim.CauseLoadFault:
		return layout.R
	case shim.CauseStoreFault:
		return layout.W
	}
	return 0
}

// page has the page made at which a fault was, if it runs in an address space of pages that
// come into being as they are used: that of a process.
func (n *native) page() bool {
	perm, db := Needs(n.Cause), n.core.db
	if perm == 0 || db.Empty(n.space) {
		return false
	}
	for _, p := range n.core.callers {
		if p != nil && p.Page != nil && !db.Empty(p.space) && db.Base(p.space) == db.Base(n.space) {
			return p.Page(n.Value, perm)
		}
	}
	return false
}

// Alarm ends the call in which it waits.
func (n *native) Alarm(*dispatch.Loop) {
	if n.waits == forTime {
		if f := n.shared(); f != nil && !n.disabled(f) {
			n.due |= 1 << abi.UpcallTime
		}
	}
	n.core.Expire(&n.Caller)
}

// Picked begins a turn of it. It answers false if there is not all that it runs with.
func (n *native) Picked(*dispatch.Loop) bool {
	if !n.valid() {
		return false
	}
	n.tell(true)
	return true
}

// dispatcher finds the native that an argument names.
func (c *Core) dispatcher(p *Caller, arg int, need capability.Rights) (*native, abi.Error) {
	base, e := c.object(p, arg, capability.Dispatcher, need)
	if e != abi.OK {
		return nil, e
	}
	return c.native(base), abi.OK
}

// is returns the capability in a slot, if it is of a type and permits what is needed.
func (c *Core) is(r capability.Ref, t capability.Type, need capability.Rights) (capability.Cap, abi.Error) {
	is, err := c.db.Identify(r)
	switch {
	case err != capability.OK:
	case is.Type != t:
		err = capability.ErrWrongType
	case is.Rights&need != need:
		err = capability.ErrRights
	}
	return is, abi.Error(err)
}
