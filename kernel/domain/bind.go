package domain

import (
	"slices"

	"atoll/kernel/abi"
	"atoll/kernel/capability"
	"atoll/kernel/dispatch"
)

// The calls about channels. What takes time the monitor does meanwhile; the caller waits in
// the call, and may have given up, or have ended, when it is done. Slots are looked up then,
// for a slot that was there at the beginning may have become something else.

// argName is the argument behind the name's words.
const argName = 3

func exportCall(c *Core, p *Caller) *dispatch.Dispatcher {
	name := abi.Name(p.X[regA0 : regA0+argName])
	at, e := c.object(p, argName, capability.Endpoint, capability.Read)
	switch {
	case e != abi.OK:
		return p.answer(e)
	case name.String() == "":
		return p.answer(abi.ErrName)
	case len(c.channels.exports) >= maxExports:
		return p.answer(abi.ErrNoMemory)
	case c.exportOf(at) != nil:
		return p.answer(abi.ErrBusy)
	}
	j, e := c.begin(p, 0)
	if e != abi.OK {
		return p.answer(e)
	}
	x := &export{endpoint: at, who: j.who}
	c.channels.exports = append(c.channels.exports, x)
	c.channels.maker.Export(name,
		func(l Link) { c.loop.Do(func() { c.arrived(x, l) }) },
		func(handle Export, e abi.Error) { c.loop.Do(func() { c.exported(x, j, handle, e) }) })
	return c.block(p, forChannel, p.X[regUntil])
}

// exported takes the monitor's word on an export.
func (c *Core) exported(x *export, j *job, handle Export, e abi.Error) {
	if e != abi.OK {
		c.forget(x)
	} else if x.handle = handle; x.over {
		handle.Withdraw()
	}
	if p := c.finishJob(j); p != nil {
		c.wake(p, e)
	}
}

// arrived takes an end that somebody has bound to.
func (c *Core) arrived(x *export, l Link) {
	if x.over || len(x.arrived) >= maxArrived || c.bank.Charge(x.who, endSize) != abi.OK {
		l.Drop()
		return
	}
	x.arrived = append(x.arrived, l)
	if p := x.waiter; p != 0 {
		x.waiter = 0
		c.wake(c.caller(p), c.giveEnd(c.caller(p), x, x.into))
	}
}

// giveEnd gives a caller the first end that has arrived.
func (c *Core) giveEnd(p *Caller, x *export, into [2]uint64) abi.Error {
	l := x.arrived[0]
	e := c.install(p, into, l, x.who)
	if e != abi.OK {
		return e // it stays
	}
	x.arrived = slices.Delete(x.arrived, 0, 1)
	p.X[regA0+1] = uint64(l.Core())
	return abi.OK
}

func accept(c *Core, p *Caller) *dispatch.Dispatcher {
	at, e := c.object(p, 0, capability.Endpoint, capability.Read)
	if e != abi.OK {
		return p.answer(e)
	}
	x, into := c.exportOf(at), [2]uint64{p.arg(1), p.arg(2)}
	switch {
	case x == nil:
		return p.answer(abi.ErrName)
	case len(x.arrived) > 0:
		return p.answer(c.giveEnd(p, x, into))
	case x.waiter != 0:
		return p.answer(abi.ErrBusy)
	case p.X[regUntil] <= c.loop.Now():
		return p.answer(abi.ErrTime)
	}
	x.waiter, x.into = p.name, into
	return c.block(p, forBind, p.X[regUntil])
}

func bindCall(c *Core, p *Caller) *dispatch.Dispatcher {
	name := abi.Name(p.X[regA0 : regA0+argName])
	if name.String() == "" {
		return p.answer(abi.ErrName)
	}
	into := [2]uint64{p.arg(argName), p.arg(argName + 1)}
	for _, at := range into {
		if _, e := c.emptyAt(p, at); e != abi.OK {
			return p.answer(e)
		}
	}
	j, e := c.begin(p, endSize)
	if e != abi.OK {
		return p.answer(e)
	}
	j.into = into
	c.channels.maker.Bind(name, func(l Link, e abi.Error) { c.loop.Do(func() { c.bound(j, l, e) }) })
	return c.block(p, forChannel, p.X[regUntil])
}

// bound takes the monitor's word on a bind.
func (c *Core) bound(j *job, l Link, e abi.Error) {
	p := c.finishJob(j)
	if e == abi.OK {
		if e = abi.ErrTime; p != nil {
			e = c.install(p, j.into, l, j.who)
		}
		if e != abi.OK {
			l.Drop()
		} else {
			p.X[regA0+1] = uint64(l.Core())
		}
	}
	if e != abi.OK {
		c.bank.Return(j.who, endSize)
	}
	if p != nil {
		c.wake(p, e)
	}
}

// begin notes that the monitor is to do something for a caller, if it may wait at all, and
// charges so many bytes for it.
func (c *Core) begin(p *Caller, bytes uint64) (*job, abi.Error) {
	switch {
	case c.channels.maker == nil || len(c.channels.jobs) >= maxJobs:
		return nil, abi.ErrNoMemory
	case p.X[regUntil] <= c.loop.Now():
		return nil, abi.ErrTime
	}
	who, e := c.payer(p)
	if e == abi.OK {
		e = c.bank.Charge(who, bytes)
	}
	if e != abi.OK {
		return nil, e
	}
	j := &job{caller: p.name, who: who}
	c.channels.jobs = append(c.channels.jobs, j)
	return j, abi.OK
}

// finishJob returns who waits for what the monitor has done, nil if nobody does.
func (c *Core) finishJob(j *job) *Caller {
	c.channels.jobs = slices.DeleteFunc(c.channels.jobs, func(o *job) bool { return o == j })
	if j.caller == 0 {
		return nil
	}
	return c.caller(j.caller)
}

// binding finds the binding that the first argument names.
func (c *Core) binding(p *Caller, need capability.Rights) (*binding, abi.Error) {
	number, e := c.object(p, 0, capability.Binding, need)
	if e != abi.OK {
		return nil, e
	}
	return c.channels.bindings[number], abi.OK
}

func ring(c *Core, p *Caller) *dispatch.Dispatcher {
	b, e := c.binding(p, capability.Write)
	switch {
	case e != abi.OK:
	case b.ended:
		e = abi.ErrPeerDead
	default:
		b.link.Ring()
	}
	return p.answer(e)
}

func await(c *Core, p *Caller) *dispatch.Dispatcher {
	b, e := c.binding(p, capability.Read)
	switch {
	case e != abi.OK:
		return p.answer(e)
	case b.ended:
		return p.answer(abi.ErrPeerDead)
	case b.waiter != 0:
		return p.answer(abi.ErrBusy)
	case b.link.Rung() || b.hasPassed():
		return p.answer(abi.OK)
	case p.X[regUntil] <= c.loop.Now():
		return p.answer(abi.ErrTime)
	}
	b.link.Watch(true)
	if b.link.Rung() { // before anybody watched
		b.link.Watch(false)
		return p.answer(abi.OK)
	}
	b.waiter = p.name
	return c.block(p, forRing, p.X[regUntil])
}

// Who gives up.

func leaveChannel(c *Core, p *Caller) {
	for _, j := range c.channels.jobs {
		if j.caller == p.name {
			j.caller = 0
		}
	}
}

func leaveBind(c *Core, p *Caller) {
	for _, x := range c.channels.exports {
		if x.waiter == p.name {
			x.waiter = 0
		}
	}
}

func leaveRing(c *Core, p *Caller) {
	for _, b := range c.channels.bindings {
		if b != nil && b.waiter == p.name {
			b.waiter = 0
			if !b.ended {
				b.link.Watch(false)
			}
		}
	}
}
