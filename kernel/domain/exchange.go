package domain

import (
	"atoll/kernel/abi"
	"atoll/kernel/capability"
	"atoll/kernel/dispatch"
)

// Registers of messages.
const (
	regWords = regA0 + 2
	regUntil = regT0
	regGives = regT0 + 1 // address of the capability that goes
	regSlot  = regT0 + 2 // address of the slot for one that comes
)

// words returns those in a caller's registers.
func (p *Caller) words() *[abi.MessageWords]uint64 {
	return (*[abi.MessageWords]uint64)(p.X[regWords : regWords+abi.MessageWords])
}

// parcel is what is sent.
type parcel struct {
	to    uint64 // the endpoint
	badge uint32
	src   capability.Ref // slot of the capability that goes, 0 if none does
	words *[abi.MessageWords]uint64
}

// outgoing decodes what a call sends.
func (c *Core) outgoing(p *Caller) (m parcel, e abi.Error) {
	m.words = p.words()
	if m.to, m.badge, e = c.findEndpoint(p, 0, capability.Write); e != abi.OK {
		return m, e
	}
	if p.X[regGives] == 0 {
		return m, abi.OK
	}
	m.src, e = c.find(p, p.X[regGives], capability.Read)
	switch {
	case e != abi.OK:
	case c.db.Empty(m.src):
		e = abi.Error(capability.ErrNoSuchCap)
	case c.db.Frozen(m.src):
		e = abi.Error(capability.ErrRevoked)
	}
	return m, e
}

// incoming decodes where a call waits, and the slot for a capability that comes.
func (c *Core) incoming(p *Caller, arg int) (at uint64, slot capability.Ref, e abi.Error) {
	if at, _, e = c.findEndpoint(p, arg, capability.Read); e != abi.OK {
		return 0, 0, e
	}
	if p.X[regSlot] != 0 {
		if slot, e = c.find(p, p.X[regSlot], capability.Write); e == abi.OK && !c.db.Empty(slot) {
			e = abi.Error(capability.ErrNotEmpty)
		}
	}
	if ep := c.endpoint(at); e == abi.OK && ep.waiter != 0 {
		e = abi.ErrBusy
	}
	return at, slot, e
}

// findEndpoint returns the endpoint that an argument names, and the badge.
func (c *Core) findEndpoint(p *Caller, arg int, need capability.Rights) (base uint64, badge uint32, e abi.Error) {
	base, badge, err := c.db.FindObject(p.root, p.arg(arg), capability.Endpoint, need)
	return base, badge, abi.Error(err)
}

// passed is what has become of a message.
type passed struct {
	queued  bool
	place   uint32  // in the queue
	to      *Caller // who has waited for it and has it, nil if he has ended by that
	answers bool    // he had sent what the message is the answer to
}

// pass sends a message: to who waits for it, or else to the queue. It fails with ErrFull.
func (c *Core) pass(m *parcel, answerer uint64) (is passed, e abi.Error) {
	ep := c.endpoint(m.to)
	if ep.waiter == 0 {
		if ep.full() {
			return is, abi.ErrFull
		}
		is = passed{queued: true, place: c.enqueue(m)}
		if ep.hearing.by != 0 {
			c.post(c.native(ep.hearing.by), abi.UpcallMessage)
		}
		return is, abi.OK
	}
	to := c.caller(ep.waiter)
	is.answers = answerer != 0 && to.on == answerer
	c.leave(to)
	if m.src == 0 {
		to.X[regA0+1] = uint64(m.badge)
		*to.words() = *m.words
	} else {
		c.enqueue(m)
		e = c.take(to, m.to, c.empty(to, to.X[regSlot]))
	}
	if c.settle(to, e) {
		is.to = to
	}
	return is, abi.OK
}

// empty returns the slot at an address of the caller's table, 0 if that is not empty, or not
// there: it may have been when a wait began.
func (c *Core) empty(p *Caller, a uint64) capability.Ref {
	if a == 0 {
		return 0
	}
	r, e := c.find(p, a, capability.Write)
	if e != abi.OK || !c.db.Empty(r) {
		return 0
	}
	return r
}

// send sends a message, and does not wait. Who gets it runs next.
func send(c *Core, p *Caller) *dispatch.Dispatcher {
	m, e := c.outgoing(p)
	if e != abi.OK {
		return p.answer(e)
	}
	if c.endpoint(m.to).service != 0 {
		return p.answer(abi.Error(capability.ErrWrongType)) // nobody could have the answer
	}
	is, e := c.pass(&m, p.answerer())
	return c.goOn(p, is.to, e)
}

// goOn ends a call that does not wait. Who has got a message runs next.
func (c *Core) goOn(p, to *Caller, e abi.Error) *dispatch.Dispatcher {
	p.answer(e)
	if to == nil {
		return &p.Dispatcher
	}
	c.loop.Wake(&to.Dispatcher)
	return &to.Dispatcher
}

// receive waits for a message.
func receive(c *Core, p *Caller) *dispatch.Dispatcher {
	at, slot, e := c.incoming(p, 0)
	switch {
	case e != abi.OK:
		return p.answer(e)
	case c.endpoint(at).count > 0:
		return p.answer(c.take(p, at, slot))
	case c.past(p.X[regUntil]):
		return p.answer(abi.ErrTime)
	}
	c.waitAt(p, at)
	return c.block(p, forMessage, p.X[regUntil])
}

// exchange sends a message and waits for another: who waits for the first runs next.
func (c *Core) exchange(p *Caller) *dispatch.Dispatcher {
	m, e := c.outgoing(p)
	if e != abi.OK {
		return p.answer(e)
	}
	if c.endpoint(m.to).service != 0 {
		return c.askMemory(p, &m)
	}
	at, slot, e := c.incoming(p, 1)
	if e != abi.OK {
		return p.answer(e)
	}
	is, e := c.pass(&m, p.answerer())
	until := p.X[regUntil]
	switch {
	case e != abi.OK:
		return p.answer(e)
	case c.endpoint(at).count > 0:
		return c.goOn(p, is.to, c.take(p, at, slot))
	case c.past(until):
		return c.goOn(p, is.to, abi.ErrTime)
	case is.to == nil && !is.queued:
		return c.alone(p, at, is.answers)
	}
	c.waitAt(p, at)
	switch {
	case is.queued:
		c.dependOnQueue(p, m.to, is.place)
	case !is.answers:
		c.dependOn(p, is.to)
	}
	if is.to == nil {
		return c.block(p, forMessage, until)
	}
	p.waits = forMessage
	next := c.loop.Switch(&p.Dispatcher, &is.to.Dispatcher)
	c.loop.Sleep(&p.Dispatcher, until)
	return next
}

// past reports whether a time has come.
func (c *Core) past(until uint64) bool { return until != abi.Forever && until <= c.loop.Now() }

// waitAt makes a caller the one who waits at an endpoint, where nobody does.
func (c *Core) waitAt(p *Caller, at uint64) {
	p.at = at
	c.endpoint(at).waiter = p.name
}

// leaveEndpoint takes a caller away from the endpoint at which it waits.
func (c *Core) leaveEndpoint(p *Caller) {
	c.endpoint(p.at).waiter = 0
	c.depart(p)
}
