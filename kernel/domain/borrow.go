package domain

import (
	"atoll/kernel/abi"
	"atoll/kernel/capability"
	"atoll/kernel/dispatch"
)

// RAM that one core's memory server has of another's. It comes as any capability does that
// passes between cores, but to who waits for it, not to the end of a channel. When nothing is
// left of it, by whatever deletes it, it is its owner's again.

// Books are the memory server's, of RAM that passes between cores.
type Books interface {
	// Borrowed charges RAM of another core to who has asked for it. It fails if he may not have
	// it.
	Borrowed(who uint32, is capability.Cap) abi.Error
	// Lost is told that nothing is left of another core's capability, or of something made of
	// one: it may be RAM that was borrowed.
	Lost(is capability.Cap)
	// Returned is told that other cores have nothing left of a capability: it may be RAM that
	// was lent.
	Returned(is capability.Cap)
}

// forBorrower as an end of a channel, with the number of a request of its core, is who waits for
// RAM there. No end has such a number: they are physical addresses.
const forBorrower = 1 << 63

// SetBooks says who keeps the books. It is called after SetRemote; without it no RAM is borrowed.
func (c *Core) SetBooks(b Books) { c.remote.books = b }

// borrow asks other cores for what the own memory server has not: {MemoryTakeAny, bytes,
// alignment}, with the answer as the server's own.
func (c *Core) borrow(p *Caller, m *parcel) *dispatch.Dispatcher {
	asked := *m.words
	number := c.demandFor(p, request{borrows: asked[1], who: m.badge})
	if number == 0 {
		return c.answerMemory(p, abi.ErrNoMemory)
	}
	next := c.block(p, forRemote, p.X[regUntil])
	c.remote.monitor.Borrow(number, asked[1], asked[2])
	return next
}

// answerMemory is an answer of the memory server without anything but an error.
func (c *Core) answerMemory(p *Caller, e abi.Error) *dispatch.Dispatcher {
	p.X[regA0+1] = 0
	*p.words() = [abi.MessageWords]uint64{uint64(e)}
	return p.answer(abi.OK)
}

// Lend gives RAM to who waits for it on another core by the number of his request there, and
// calls done with what has come of it.
func (c *Core) Lend(is capability.Cap, core int, number uint32, done func(abi.Error)) {
	c.remote.monitor.Pass(c.demand(&request{done: done}), is, core, forBorrower|uint64(number))
}

// deliverRAM gives RAM of another core to who waits for it.
func (c *Core) deliverRAM(is capability.Cap, number uint32) abi.Error {
	r := c.requestOf(number)
	if r == nil || r.borrows == 0 || r.caller == 0 || r.came || c.remote.books == nil {
		return abi.ErrPeerDead
	}
	p := c.caller(r.caller)
	to := c.empty(p, p.X[regSlot])
	switch {
	case is.Type != capability.RAM || is.Size != r.borrows || !c.isForeign(is):
		return abi.Error(capability.ErrRange)
	case to == 0:
		return abi.ErrNeedSlot
	}
	if e := c.db.PlantCopy(to, is); e != capability.OK {
		return abi.Error(e)
	}
	if e := c.remote.books.Borrowed(r.who, is); e != abi.OK {
		c.db.Delete(to)
		return e
	}
	r.came = true
	return abi.OK
}

// borrowed ends the wait of who has asked for RAM.
func (c *Core) borrowed(r *request, e abi.Error) {
	p := c.caller(r.caller)
	if e == abi.OK && !r.came {
		e = abi.ErrNoMemory
	}
	c.answerMemory(p, e)
	if e == abi.OK {
		p.X[regA0+1] = abi.Came
	}
	c.wake(p, abi.OK)
}
