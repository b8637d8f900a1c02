package domain

import (
	"slices"

	"atoll/arch/layout"
	"atoll/kernel/abi"
	"atoll/kernel/capability"
)

// Channels to domains of other cores, and of this one, which the monitor makes; here is
// what a domain has of one: a binding, which is a capability by which its end is rung and
// waits, and a frame that both ends map. The frame goes with the binding. When the other end
// goes first, and the frame was that core's, a page of this core takes its place with
// what is in it, so that what was sent can be received.

// Channels is what makes channels: the monitor. No method blocks. What they are given to
// call is called once, by any goroutine, perhaps before they return.
type Channels interface {
	// Export offers a service under a name to all cores. arrived gets this core's end of
	// each binding that somebody has asked for.
	Export(name abi.Name, arrived func(Link), done func(Export, abi.Error))
	// Bind binds to the service of a name.
	Bind(name abi.Name, done func(Link, abi.Error))
}

// Export is a service that is offered.
type Export interface {
	// Withdraw takes the name back.
	Withdraw()
}

// Link is one end of a channel, as the monitor has it. But for Begin, whose functions any
// goroutine calls, it belongs to the loop. No method blocks.
type Link interface {
	// Core is where the other end is.
	Core() int
	// Ends returns numbers that this end and the other one have on their cores, and no other
	// end there.
	Ends() (own, other uint64)
	// Frame is the physical address of the frame; Spare that of a page of this core that can
	// take its place, 0 if the frame is this core's own.
	Frame() uint64
	Spare() uint64
	// Begin says whom to tell that the other end has rung, while that is watched for, and
	// that the channel has ended, once, which may have been before.
	Begin(rang, ended func())
	// Ring rings the other end.
	Ring()
	// Rung reports whether the other end has rung since it last did.
	Rung() bool
	// Watch says whether the loop is to be told, once, that the other end rings.
	Watch(on bool)
	// Save copies the frame to the spare page. Released says, after that, that no table
	// here maps the frame any more.
	Save()
	Released()
	// Drop ends the channel. No table here maps the frame any more, nor the page in its place.
	Drop()
}

// Bounds, of one core.
const (
	maxBindings = 64
	maxExports  = 32
	maxJobs     = 32 // exports and binds under way
	maxArrived  = 8  // binds to one export that nobody has accepted
)

// sharedBudget is how many capabilities to a frame one part of a chore looks at.
const sharedBudget = 64

// channels is what a Core knows of them.
type channels struct {
	maker    Channels // nil = there are none
	bindings [maxBindings]*binding
	exports  []*export
	jobs     []*job
}

// binding is an end that a domain has, or is to be given.
type binding struct {
	c      *Core
	number uint64 // its place, which is the number of the capability
	link   Link
	page   uint64           // that its frame is
	who    uint32           // is charged
	ended  bool             // the other end is gone, or this one is over
	moving bool             // the frame is being replaced, or taken away
	over   bool             // it is to end, or has
	closed bool             // it has
	gone   bool             // the last capability is
	waiter uint64           // name of the caller that waits for a ring, 0 = none
	passed []capability.Ref // capabilities that have come through it, in slots of the kernel's
}

// export is a service of a domain of this core.
type export struct {
	endpoint uint64 // object as long as which it is offered
	who      uint32 // is charged for what has arrived
	handle   Export // nil until the cores have agreed on the name
	arrived  []Link
	waiter   uint64 // name of the caller that waits for a bind, 0 = none
	into     [2]uint64
	over     bool
}

// job is a call that the monitor has under way.
type job struct {
	caller uint64    // name, 0 = it has given up
	who    uint32    // is charged
	into   [2]uint64 // addresses of the slots for the binding and its frame
}

// SetChannels says what makes channels. It is called before the first domain calls.
func (c *Core) SetChannels(m Channels) { c.channels.maker = m }

// install gives a caller the capabilities to an end, for which somebody has been charged:
// both, or none and an error.
func (c *Core) install(p *Caller, into [2]uint64, l Link, who uint32) abi.Error {
	i := slices.Index(c.channels.bindings[:], nil)
	if i < 0 {
		return abi.ErrNoMemory
	}
	var slots [2]capability.Ref
	for n := range slots {
		r, e := c.emptyAt(p, into[n])
		if e != abi.OK {
			return e
		}
		slots[n] = r
	}
	if slots[0] == slots[1] {
		return abi.Error(capability.ErrNotEmpty)
	}
	b := &binding{c: c, number: uint64(i), link: l, page: l.Frame(), who: who}
	e := c.db.Plant(slots[0], capability.Cap{Type: capability.Binding, Rights: capability.Read | capability.Write, Base: b.number, Size: 1})
	if e == capability.OK {
		e = c.db.PlantShared(slots[1], b.page)
	}
	if e != capability.OK { // not after what was looked at above
		panic("domain: " + e.Error())
	}
	c.channels.bindings[i] = b
	rang := b.rang // made once, and not at each ring
	l.Begin(func() { c.loop.Do(rang) }, func() { c.loop.Do(b.end) })
	return abi.OK
}

// emptyAt finds an empty slot at an address of a caller's table.
func (c *Core) emptyAt(p *Caller, at uint64) (capability.Ref, abi.Error) {
	r, e := c.find(p, at, capability.Write)
	if e == abi.OK && !c.db.Empty(r) {
		e = abi.Error(capability.ErrNotEmpty)
	}
	return r, e
}

// rang wakes who waits for a ring.
func (b *binding) rang() {
	switch {
	case b.waiter == 0 || b.ended:
	case b.link.Rung():
		b.answer(abi.OK)
	default:
		b.link.Watch(true)
	}
}

// answer ends the call of who waits.
func (b *binding) answer(e abi.Error) {
	if p := b.waiter; p != 0 {
		b.waiter = 0
		b.c.wake(b.c.caller(p), e)
	}
}

// end takes note that the other end is gone, and has the frame replaced if it was that
// core's.
func (b *binding) end() {
	if b.ended {
		return
	}
	b.ended = true
	spare := b.link.Spare()
	if spare == 0 {
		b.answer(abi.ErrPeerDead)
		return
	}
	b.link.Save()
	b.moving = true
	page := framesOf(b.page, layout.PageSize)
	b.c.db.Freeze(page)
	b.c.loop.Chore(func() bool {
		if b.c.db.Replace(b.page, spare, sharedBudget) {
			return true
		}
		b.c.db.Thaw(page)
		b.page, b.moving = spare, false
		b.link.Released()
		b.answer(abi.ErrPeerDead)
		b.drop()
		return false
	})
}

// destroy takes note that the last capability to a binding is gone.
func (b *binding) destroy() {
	if b.gone = true; b.closed {
		b.forget()
		return
	}
	b.close()
}

// close ends this end.
func (b *binding) close() {
	b.ended, b.over = true, true
	b.drop()
}

// drop takes the frame away from whoever has it, and ends the channel, when it is to end and
// nothing else is under way with it. The frame of a channel between two domains of this core
// goes with the later end.
func (b *binding) drop() {
	if !b.over || b.closed || b.moving {
		return
	}
	b.moving = true
	page := framesOf(b.page, layout.PageSize)
	frozen := false
	b.c.loop.Chore(func() bool {
		b.answer(abi.ErrPeerDead)
		if !b.c.shares(b) {
			if !frozen {
				frozen = true
				b.c.db.Freeze(page)
			}
			if b.c.db.RevokeShared(b.page, sharedBudget) {
				return true
			}
			b.c.db.Thaw(page)
		}
		b.endPassed()
		b.closed, b.moving = true, false
		b.c.dropLink(b.link, b.who)
		if b.gone {
			b.forget()
		}
		return false
	})
}

// framesOf names all that can lie in a range, to freeze it: whoever has a capability there could
// make more of them else than a part of a chore takes away, and it would never end.
func framesOf(base, size uint64) capability.Cap {
	return capability.Cap{Type: capability.RAM, Base: base, Size: size}
}

// forget has the place of a binding free for another.
func (b *binding) forget() { b.c.channels.bindings[b.number] = nil }

// dropLink ends an end of a channel, for which somebody was charged.
func (c *Core) dropLink(l Link, who uint32) {
	l.Drop()
	c.bank.Return(who, endSize)
}

// shares reports whether another end has the same frame.
func (c *Core) shares(b *binding) bool {
	return slices.ContainsFunc(c.channels.bindings[:], func(o *binding) bool {
		return o != nil && o != b && !o.closed && o.page == b.page
	})
}

// endExport takes note that an endpoint is gone, and with it what was offered.
func (c *Core) endExport(endpoint uint64) {
	x := c.exportOf(endpoint)
	if x == nil {
		return
	}
	x.end(c)
	c.loop.Chore(func() bool {
		if p := x.waiter; p != 0 {
			x.waiter = 0
			c.wake(c.caller(p), abi.Error(capability.ErrNoSuchCap))
		}
		c.forget(x)
		return false
	})
}

// exportOf returns what is offered as long as there is an endpoint, nil if nothing is.
func (c *Core) exportOf(endpoint uint64) *export {
	for _, x := range c.channels.exports {
		if x.endpoint == endpoint && !x.over {
			return x
		}
	}
	return nil
}

func (c *Core) forget(x *export) {
	c.channels.exports = slices.DeleteFunc(c.channels.exports, func(o *export) bool { return o == x })
}

// end takes a service back.
func (x *export) end(c *Core) {
	x.over = true
	if x.handle != nil {
		x.handle.Withdraw()
	}
	for _, l := range x.arrived {
		c.dropLink(l, x.who)
	}
	x.arrived = nil
}
