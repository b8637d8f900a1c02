package domain

import (
	"slices"

	"atoll/kernel/abi"
	"atoll/kernel/capability"
	"atoll/kernel/dispatch"
)

// Capabilities that pass between cores. A program sends one through a channel: its CPU driver
// asks the monitor, the monitors see to it that its owner knows, and the other end's CPU driver
// keeps it until the program there collects it. What another core has of a capability is in
// the way of revoking it: the monitors take it away there.

// Remote is what makes capabilities pass between cores: the monitor. It belongs to the loop.
// Numbers are the core's, not 0; each is answered by one Result, perhaps before the method
// returns.
type Remote interface {
	// Core is the number of this core.
	Core() int
	// Foreign reports whether memory is another core's.
	Foreign(c capability.Cap) bool
	// Pass gives a copy of a capability to the end of a channel on a core.
	Pass(number uint32, c capability.Cap, core int, end uint64)
	// Revoke deletes all copies and all that was made of them, here by Wipe.
	Revoke(number uint32, c capability.Cap)
	// Retype asks for the permission to make something of the addresses from low to high of RAM
	// of which more than one core has copies. With the Result OK it is made, before that returns.
	Retype(number uint32, c capability.Cap, low, high uint64)
	// Borrow asks other cores for RAM, of which one gives as much as is asked for by Pass, before
	// the Result OK, to the end forBorrower with the number.
	Borrow(number uint32, bytes, align uint64)
	// Ended is told that the last copy of another core's capability is gone, or of something
	// made of one.
	Ended(c capability.Cap)
}

// Slots are slots of the kernel's own; ram.Manager has some.
type Slots interface {
	Slot() (capability.Ref, error)
	Return(capability.Ref)
}

// Bounds, of one core.
const (
	maxPassed   = 8  // capabilities that wait at an end to be collected
	maxRequests = 64 // of user code, under way
	wipeBudget  = 64 // what one part of a wipe deletes
)

// remote is what a Core knows of other cores' capabilities.
type remote struct {
	monitor  Remote // nil = there are no other cores
	slots    Slots
	books    Books                                                                  // nil = no RAM is borrowed
	spans    func(is capability.Cap, slot capability.Ref, home int, program uint32) // nil = no threads of others run here
	hosted   []capability.Ref                                                       // slots of the RAM of other cores' programs, some of them empty
	requests []*request
	anchors  map[capability.Cap]capability.Ref
	last     uint32
}

// request is what the monitor has been asked for.
type request struct {
	number uint32
	caller uint64         // name, 0 = it has given up, or the kernel asks
	of     capability.Cap // of a revoke, of a retype
	slot   capability.Ref // of a revoke: stays
	made   capability.Made
	done   func(abi.Error) // of the kernel's
	// of who borrows RAM:
	borrows uint64 // bytes
	who     uint32
	came    bool
}

// SetRemote says what makes capabilities pass between cores. It is called before the first
// domain calls.
func (c *Core) SetRemote(m Remote, s Slots) {
	c.remote = remote{monitor: m, slots: s, anchors: map[capability.Cap]capability.Ref{}}
	c.db.Ended = func(is capability.Cap) {
		if m.Foreign(is) && !c.isHosted(is) {
			m.Ended(is)
			if c.remote.books != nil {
				c.remote.books.Lost(is)
			}
		}
	}
}

// demand numbers a request.
func (c *Core) demand(r *request) uint32 {
	for r.number == 0 {
		c.remote.last++
		n := c.remote.last
		if !slices.ContainsFunc(c.remote.requests, func(o *request) bool { return o.number == n }) {
			r.number = n
		}
	}
	c.remote.requests = append(c.remote.requests, r)
	return r.number
}

// demandFor is demand for a caller, which may be one too many.
func (c *Core) demandFor(p *Caller, r request) uint32 {
	if len(c.remote.requests) >= maxRequests {
		return 0
	}
	r.caller = p.name
	return c.demand(&r)
}

// Result takes the monitor's word on a request. Who waits is told when the step is over in which
// it comes, if he still waits then.
func (c *Core) Result(number uint32, e abi.Error) {
	r := c.requestOf(number)
	if r == nil {
		return
	}
	if r.made.Count > 0 && e == abi.OK {
		e = c.makeShared(r)
	}
	c.loop.Do(func() {
		c.remote.requests = slices.DeleteFunc(c.remote.requests, func(o *request) bool { return o == r })
		switch {
		case r.done != nil:
			r.done(e)
		case r.borrows != 0 && r.caller != 0:
			c.borrowed(r, e)
		case r.caller != 0:
			c.wake(c.caller(r.caller), c.truth(r, e))
		}
	})
}

// truth is the answer to a request. A revoke leaves its caller the capability: if that has gone
// first, by a revoke of somebody else's that was before this one, the answer says so.
func (c *Core) truth(r *request, e abi.Error) abi.Error {
	if r.slot != 0 && e == abi.OK && !c.keeps(r) {
		return abi.Error(capability.ErrNoSuchCap)
	}
	return e
}

// keeps reports whether who has asked for a revoke still waits for it, and has the capability where
// it was: the slot may be another's now.
func (c *Core) keeps(r *request) bool {
	if r.caller == 0 {
		return false
	}
	slot, is, e := c.held(c.caller(r.caller), 0)
	return e == abi.OK && slot == r.slot && is == r.of
}

// Asks reports whether who has asked for a revoke may still: he has the capability. The kernel
// always may.
func (c *Core) Asks(number uint32) bool {
	r := c.requestOf(number)
	return r != nil && (r.done != nil || c.keeps(r))
}

func (c *Core) requestOf(number uint32) *request {
	i := slices.IndexFunc(c.remote.requests, func(r *request) bool { return r.number == number })
	if i < 0 {
		return nil
	}
	return c.remote.requests[i]
}

// leaveRemote is for who gives up. What was asked for is done, or not.
func leaveRemote(c *Core, p *Caller) {
	for _, r := range c.remote.requests {
		if r.caller == p.name {
			r.caller = 0
		}
	}
}

// pass sends a copy of a capability through a channel.
func pass(c *Core, p *Caller) *dispatch.Dispatcher {
	b, e := c.binding(p, capability.Write)
	if e != abi.OK {
		return p.answer(e)
	}
	r, is, e := c.held(p, 1)
	switch {
	case e != abi.OK:
		return p.answer(e)
	case c.db.Frozen(r):
		return p.answer(abi.ErrAgain)
	case c.remote.monitor == nil || is.Type != capability.Frame && is.Type != capability.RAM || c.isChannel(is):
		return p.answer(abi.Error(capability.ErrWrongType))
	case p.arg(2) > uint64(capability.AllRights):
		return p.answer(abi.Error(capability.ErrRights))
	case b.ended:
		return p.answer(abi.ErrPeerDead)
	case p.X[regUntil] <= c.loop.Now():
		return p.answer(abi.ErrTime)
	}
	is.Rights &= capability.Rights(p.arg(2))
	_, end := b.link.Ends()
	if b.link.Core() == c.remote.monitor.Core() {
		return p.answer(c.Deliver(is, end))
	}
	number := c.demandFor(p, request{})
	if number == 0 {
		return p.answer(abi.ErrNoMemory)
	}
	next := c.block(p, forRemote, p.X[regUntil])
	c.remote.monitor.Pass(number, is, b.link.Core(), end)
	return next
}

// collect takes the first of the capabilities that have come through a channel. What has
// been revoked meanwhile has not come.
func collect(c *Core, p *Caller) *dispatch.Dispatcher {
	b, e := c.binding(p, capability.Read)
	if e != abi.OK {
		return p.answer(e)
	}
	dst, e := c.emptyAt(p, p.arg(1))
	switch {
	case e != abi.OK:
	case !b.hasPassed() && b.ended:
		e = abi.ErrPeerDead
	case !b.hasPassed():
		e = abi.ErrTime
	default:
		e = abi.Error(c.db.Move(dst, b.passed[0]))
		b.dropPassed()
	}
	return p.answer(e)
}

// hasPassed reports whether a capability waits at an end to be collected.
func (b *binding) hasPassed() bool {
	for len(b.passed) > 0 && b.c.db.Empty(b.passed[0]) {
		b.dropPassed()
	}
	return len(b.passed) > 0
}

// dropPassed gives the slot of the first one back, which is empty.
func (b *binding) dropPassed() {
	b.c.remote.slots.Return(b.passed[0])
	b.passed = slices.Delete(b.passed, 0, 1)
}

// endPassed deletes what nobody will collect.
func (b *binding) endPassed() {
	for len(b.passed) > 0 {
		b.c.db.Delete(b.passed[0]) // it may have been revoked
		b.dropPassed()
	}
}

// revokeRemote has the monitors revoke a capability of which other cores have, or had, copies.
func (c *Core) revokeRemote(p *Caller, r capability.Ref, is capability.Cap) *dispatch.Dispatcher {
	number := c.demandFor(p, request{of: is, slot: r})
	if number == 0 {
		return p.answer(abi.ErrNoMemory)
	}
	next := c.block(p, forRemote, abi.Forever)
	c.remote.monitor.Revoke(number, is)
	return next
}

// retypeRemote has the monitors ask all cores that have copies of RAM whether something can be
// made of it. Objects of the kernel are not made of another core's memory: they would end with
// that.
func (c *Core) retypeRemote(p *Caller, is capability.Cap, m capability.Made) *dispatch.Dispatcher {
	low := is.Base + m.Offset
	switch {
	case c.isForeign(is) && m.Type != capability.Frame && m.Type != capability.RAM:
		return p.answer(abi.Error(capability.ErrWrongType))
	case m.Count == 0 || m.Count > capability.MaxRetype:
		return p.answer(abi.Error(capability.ErrTooMany))
	case m.Size == 0 || m.Offset > is.Size || m.Size > (is.Size-m.Offset)/m.Count:
		return p.answer(abi.Error(capability.ErrRange))
	case c.db.Dying(): // it may be in the way
		c.mayEnd(p)
		c.db.Clean(revokeBudget)
		return c.finish(p, abi.ErrAgain)
	}
	number := c.demandFor(p, request{of: is, made: m})
	if number == 0 {
		return p.answer(abi.ErrNoMemory)
	}
	next := c.block(p, forRemote, abi.Forever)
	c.remote.monitor.Retype(number, is, low, low+m.Count*m.Size)
	return next
}

// makeShared makes what a caller has asked for and others permit, if he still asks for that: a
// part, of what takes long to clear, with which he has the range.
func (c *Core) makeShared(r *request) abi.Error {
	if r.caller == 0 {
		return abi.ErrTime
	}
	src, m, e := c.made(c.caller(r.caller))
	if e != abi.OK {
		return e
	}
	if is, err := c.db.Identify(src); err != capability.OK || is != r.of || m != r.made {
		return abi.Error(capability.ErrNoSuchCap)
	}
	done, err := c.db.RetypeStep(src, m)
	if err == capability.OK && !done {
		return abi.ErrAgain
	}
	return abi.Error(err)
}

// Recall has the monitors take back what other cores have of memory, and then calls done. It is
// for who ends the use of it.
func (c *Core) Recall(is capability.Cap, done func()) {
	c.remote.monitor.Revoke(c.demand(&request{done: func(abi.Error) { done() }}), is)
}

// isForeign reports whether a capability is to another core's memory.
func (c *Core) isForeign(is capability.Cap) bool {
	return c.remote.monitor != nil && (is.Type == capability.Frame || is.Type == capability.RAM) && c.remote.monitor.Foreign(is) && !c.isChannel(is)
}

// isShared reports whether a capability is to RAM of which other cores may have copies: nothing
// is made of that without their word. What is made of any other takes none.
func (c *Core) isShared(is capability.Cap) bool {
	if is.Type != capability.RAM || c.remote.monitor == nil {
		return false
	}
	if c.isForeign(is) {
		return true
	}
	for a := range c.remote.anchors {
		if a.Type == capability.RAM && is.Base >= a.Base && is.Base+is.Size <= a.Base+a.Size {
			return true
		}
	}
	return false
}

// isChannel reports whether a frame is that of a channel, whose end takes it away.
func (c *Core) isChannel(is capability.Cap) bool {
	return slices.ContainsFunc(c.channels.bindings[:], func(b *binding) bool {
		return b != nil && b.page >= is.Base && b.page-is.Base < is.Size
	})
}

// What the monitor does to the core's capabilities, in the loop.

// Anchor keeps a capability of this core's memory in use as long as others have copies, until
// Release. It fails if it cannot be, or there is no memory.
func (c *Core) Anchor(is capability.Cap) abi.Error {
	if c.isChannel(is) {
		return abi.Error(capability.ErrWrongType)
	}
	is.Rights = 0
	r, err := c.remote.slots.Slot()
	if err != nil {
		return abi.ErrNoMemory
	}
	if e := c.db.PlantAnchor(r, is); e != capability.OK {
		c.remote.slots.Return(r)
		return abi.Error(e)
	}
	c.remote.anchors[is] = r
	return abi.OK
}

// Release undoes Anchor.
func (c *Core) Release(is capability.Cap) {
	is.Rights = 0
	if r, ok := c.remote.anchors[is]; ok {
		delete(c.remote.anchors, is)
		c.db.Release(r)
		c.remote.slots.Return(r)
		if c.remote.books != nil {
			c.remote.books.Returned(is)
		}
	}
}

// Deliver gives a copy to the end of a channel. It fails with ErrFull if enough wait there, or
// nobody has it yet: a server can pass something before the client knows that it has bound.
func (c *Core) Deliver(is capability.Cap, end uint64) abi.Error {
	switch {
	case end&forBorrower != 0:
		return c.deliverRAM(is, uint32(end))
	case end&forSpan != 0:
		return c.deliverSpan(is, int(end&^forSpan>>32), uint32(end))
	}
	own := func(l Link) bool { id, _ := l.Ends(); return id == end }
	i := slices.IndexFunc(c.channels.bindings[:], func(b *binding) bool { return b != nil && !b.gone && !b.ended && own(b.link) })
	switch {
	case i >= 0 && len(c.channels.bindings[i].passed) < maxPassed:
		return c.deliver(c.channels.bindings[i], is)
	case i >= 0 || len(c.channels.jobs) > 0 || slices.ContainsFunc(c.channels.exports, func(x *export) bool { return slices.ContainsFunc(x.arrived, own) }):
		return abi.ErrFull
	}
	return abi.ErrPeerDead
}

func (c *Core) deliver(b *binding, is capability.Cap) abi.Error {
	r, err := c.remote.slots.Slot()
	if err != nil {
		return abi.ErrNoMemory
	}
	if e := c.db.PlantCopy(r, is); e != capability.OK {
		c.remote.slots.Return(r)
		return abi.Error(e)
	}
	b.passed = append(b.passed, r)
	if b.waiter != 0 {
		b.link.Watch(false)
		b.answer(abi.OK)
	}
	return abi.OK
}

// Wipe deletes all copies of a capability and what was made of them, but for the slot of a
// request, 0 for none, and calls done.
func (c *Core) Wipe(is capability.Cap, number uint32, done func()) {
	r := c.requestOf(number)
	c.loop.Chore(func() bool {
		keep := capability.Ref(0)
		if r != nil && c.keeps(r) {
			keep = r.slot
		}
		if !c.db.Wipe(is, keep, wipeBudget) {
			return true
		}
		done()
		return false
	})
}
