package domain

import (
	"atoll/kernel/abi"
	"atoll/kernel/capability"
	"atoll/kernel/dispatch"
)

// direct is exchange where it is short: somebody waits for the message, no capability goes
// or comes, and the caller will wait without an end. What is not so it leaves to exchange, and
// answers false then, having changed nothing.
func (c *Core) direct(p *Caller) (next *dispatch.Dispatcher, ok bool) {
	if p.X[regGives]|p.X[regSlot] != 0 || p.X[regUntil] != abi.Forever {
		return nil, false
	}
	base, badge, e := c.db.FindEndpoint(p.root, p.X[regA0], capability.Write)
	at, _, e2 := c.db.FindEndpoint(p.root, p.X[regA0+1], capability.Read)
	if e != capability.OK || e2 != capability.OK {
		return nil, false
	}
	ep, own := c.endpoint(base), c.endpoint(at)
	if ep.waiter == 0 || own.waiter != 0 || own.count != 0 {
		return nil, false
	}
	to := c.caller(ep.waiter)
	me := p.answerer()
	answers := to.on == me
	ep.waiter = 0
	c.depart(to)
	x, y := &p.X, &to.X
	y[regA0+1] = uint64(badge)
	y[regWords], y[regWords+1], y[regWords+2] = x[regWords], x[regWords+1], x[regWords+2]
	y[regWords+3], y[regWords+4] = x[regWords+3], x[regWords+4]
	if !c.settle(to, abi.OK) {
		return c.alone(p, at, answers), true
	}
	c.waitAt(p, at)
	p.waits = forMessage
	if !answers {
		c.dependOn(p, to.answerer())
	}
	return c.loop.Switch(&p.Dispatcher, &to.Dispatcher, abi.Forever), true
}

// alone goes on with an exchange whose message went to one that has ended by that.
func (c *Core) alone(p *Caller, at uint64, answers bool) *dispatch.Dispatcher {
	if !answers {
		return p.answer(abi.ErrPeerDead)
	}
	c.waitAt(p, at)
	return c.block(p, forMessage, p.X[regUntil])
}
