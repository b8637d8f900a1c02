package domain

import (
	"atoll/kernel/abi"
	"atoll/kernel/dispatch"
)

// exchange sends a message and waits for another, without an end, in the way in which it
// mostly is: somebody waits for the first, nobody else for the second, and no capability goes or
// comes. What is not so goes the long way, which may do all that this does.
func exchange(c *Core, p *Caller) *dispatch.Dispatcher {
	if p.X[regGives]|p.X[regSlot] != 0 || p.X[regUntil] != abi.Forever {
		return c.exchange(p)
	}
	base, badge, at, ok := c.db.FindPair(p.root, p.X[regA0], p.X[regA0+1])
	if !ok {
		return c.exchange(p)
	}
	ep, own := c.endpoint(base), c.endpoint(at)
	if ep.waiter == 0 || own.waiter != 0 || own.count != 0 {
		return c.exchange(p)
	}
	to := c.caller(ep.waiter)
	if to.due != 0 || !c.whole(to) {
		return c.exchange(p)
	}
	x, y := &p.X, &to.X
	y[regA0], y[regA0+1] = uint64(abi.OK), uint64(badge)
	y[regWords], y[regWords+1], y[regWords+2] = x[regWords], x[regWords+1], x[regWords+2]
	y[regWords+3], y[regWords+4] = x[regWords+3], x[regWords+4]
	ep.waiter, to.waits = 0, forNothing
	own.waiter, p.at, p.waits = p.name, at, forMessage
	answers := to.on == p.answerer()
	switch {
	case answers:
		c.delist(to, c.dependents(p))
	case to.queue|to.on != 0:
		c.depart(to)
		fallthrough
	default:
		c.enlist(p, to)
	}
	if to.Woken != nil {
		if to.Woken(); to.Ended() {
			c.leave(p)
			return c.alone(p, at, answers)
		}
	}
	return c.loop.Switch(&p.Dispatcher, &to.Dispatcher)
}

// alone goes on with an exchange whose message went to one that has ended by that.
func (c *Core) alone(p *Caller, at uint64, answers bool) *dispatch.Dispatcher {
	if !answers {
		return p.answer(abi.ErrPeerDead)
	}
	c.waitAt(p, at)
	return c.block(p, forMessage, p.X[regUntil])
}
