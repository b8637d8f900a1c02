package domain

import (
	"slices"

	"atoll/kernel/abi"
	"atoll/kernel/capability"
	"atoll/kernel/dispatch"
)

// Interrupts of devices as capabilities. The monitor has the interrupt controllers; here is
// what a domain has of one source: a capability by which it is bound to an endpoint and
// acknowledged, and a frame of the device's registers, which goes with it.

// Sources is what has the interrupts of devices: the monitor.
type Sources interface {
	// Take takes a source, and lets its interrupts through to this core. It does not block.
	// came is called by any goroutine when there is one; then none comes before Again. done
	// is called once, by any goroutine, perhaps before Take returns.
	Take(source uint64, came func(), done func(Source, abi.Error))
}

// Source is an interrupt source as the monitor has it. It belongs to the loop. No method
// blocks.
type Source interface {
	// Registers is the range of the device's registers, whole pages in which nothing else is.
	Registers() (base, size uint64)
	// Again lets an interrupt come again.
	Again()
	// Drop frees the source, and masks it. No table here maps the registers any more.
	Drop()
}

// maxIRQs bounds the sources that the domains of a core have.
const maxIRQs = 16

// registersBudget is how many capabilities to registers one part of a chore deletes.
const registersBudget = 64

// irq is a source that a domain has, or has asked for.
type irq struct {
	c        *Core
	number   uint64 // its place, which is the number of the capability
	source   uint64
	caller   uint64    // name of who waits for it, 0 if nobody does
	into     [2]uint64 // addresses of the slots for the interrupt and the registers
	line     Source    // nil until the monitor has given it
	endpoint uint64    // that is told, 0 = none
	badge    uint32
	count    uint64 // interrupts of which nobody has been told
	held     bool   // one has come, and none comes before it is acknowledged
}

// SetSources says what has the interrupts of devices. It is called before the first domain
// calls.
func (c *Core) SetSources(s Sources) { c.sources = s }

func takeIRQ(c *Core, p *Caller) *dispatch.Dispatcher {
	if _, _, e := c.db.FindObject(p.root, p.arg(0), capability.Kernel, capability.Write); e != capability.OK {
		return p.answer(abi.Error(e))
	}
	into := [2]uint64{p.arg(2), p.arg(3)}
	if _, e := c.irqSlots(p, into); e != abi.OK {
		return p.answer(e)
	}
	n := slices.Index(c.irqs[:], nil)
	switch {
	case c.sources == nil:
		return p.answer(abi.ErrSource)
	case n < 0:
		return p.answer(abi.ErrNoMemory)
	case c.past(p.X[regUntil]):
		return p.answer(abi.ErrTime)
	}
	i := &irq{c: c, number: uint64(n), source: p.arg(1), caller: p.name, into: into}
	c.irqs[n] = i
	c.sources.Take(i.source, func() { c.loop.Do(i.came) }, func(s Source, e abi.Error) {
		c.loop.Do(func() { c.took(i, s, e) })
	})
	return c.block(p, forSource, p.X[regUntil])
}

// irqSlots finds the empty slots for an interrupt and the registers, 0 for none.
func (c *Core) irqSlots(p *Caller, into [2]uint64) (slots [2]capability.Ref, e abi.Error) {
	for n, at := range into {
		if n > 0 && at == 0 {
			break
		}
		if slots[n], e = c.emptyAt(p, at); e != abi.OK {
			return slots, e
		}
	}
	if slots[0] == slots[1] {
		e = abi.Error(capability.ErrNotEmpty)
	}
	return slots, e
}

// took takes the monitor's word on a source. Who has asked for it may have given up.
func (c *Core) took(i *irq, s Source, e abi.Error) {
	var p *Caller
	if i.caller != 0 {
		p = c.caller(i.caller)
		i.caller = 0
	}
	if e == abi.OK {
		i.line = s
		if e = abi.ErrTime; p != nil {
			e = c.installIRQ(p, i)
		}
		if e != abi.OK {
			s.Drop()
		}
	}
	if e != abi.OK {
		c.irqs[i.number] = nil
	}
	if p != nil {
		c.wake(p, e)
	}
}

// installIRQ gives a caller the capabilities to a source: both, or none and an error. That
// to the registers can be refused, the other one cannot.
func (c *Core) installIRQ(p *Caller, i *irq) abi.Error {
	slots, e := c.irqSlots(p, i.into)
	if e != abi.OK {
		return e
	}
	if slots[1] != 0 {
		base, size := i.line.Registers()
		e := c.db.Plant(slots[1], capability.Cap{Type: capability.DevFrame, Rights: capability.Read | capability.Write, Base: base, Size: size})
		if e != capability.OK {
			return abi.Error(e)
		}
	}
	return abi.Error(c.db.Plant(slots[0], capability.Cap{Type: capability.IRQ, Rights: capability.Read | capability.Write, Base: i.number, Size: 1}))
}

// leaveSource is for who gives up.
func leaveSource(c *Core, p *Caller) {
	for _, i := range c.irqs {
		if i != nil && i.caller == p.name {
			i.caller = 0
		}
	}
}

// irqOf finds the interrupt that the first argument names.
func (c *Core) irqOf(p *Caller, need capability.Rights) (*irq, abi.Error) {
	number, _, e := c.db.FindObject(p.root, p.arg(0), capability.IRQ, need)
	if e != capability.OK {
		return nil, abi.Error(e)
	}
	return c.irqs[number], abi.OK
}

func bindIRQ(c *Core, p *Caller) *dispatch.Dispatcher {
	i, e := c.irqOf(p, capability.Read)
	if e != abi.OK {
		return p.answer(e)
	}
	base, badge, e := c.findEndpoint(p, 1, capability.Write)
	switch {
	case e != abi.OK:
		return p.answer(e)
	case c.endpoint(base).service != 0:
		return p.answer(abi.Error(capability.ErrWrongType))
	}
	i.endpoint, i.badge = base, badge
	c.tell(i)
	return p.answer(abi.OK)
}

func ackIRQ(c *Core, p *Caller) *dispatch.Dispatcher {
	i, e := c.irqOf(p, capability.Write)
	if e == abi.OK && i.held {
		i.held = false
		i.line.Again()
	}
	return p.answer(e)
}

// came takes note of an interrupt. One that was on its way when its source went is
// nobody's.
func (i *irq) came() {
	if i.c.irqs[i.number] != i {
		return
	}
	i.held = true
	i.count++
	i.c.tell(i)
}

// tell sends the message about interrupts of which nobody has been told. While the endpoint
// is full it owes that.
func (c *Core) tell(i *irq) {
	if i.count == 0 || i.endpoint == 0 {
		return
	}
	ep := c.endpoint(i.endpoint)
	if ep.waiter == 0 && ep.full() {
		ep.owed = 1
		return
	}
	words := [abi.MessageWords]uint64{i.source, i.count}
	i.count = 0
	is, _ := c.pass(&parcel{to: i.endpoint, badge: i.badge, words: &words}, 0)
	if is.to != nil {
		c.loop.Wake(&is.to.Dispatcher)
	}
}

// tellOwed sends what an endpoint owes.
func (c *Core) tellOwed(endpoint uint64) {
	for _, i := range c.irqs {
		if i != nil && i.endpoint == endpoint {
			c.tell(i)
		}
	}
}

// unbindIRQs takes note that an endpoint is gone. What it was to be told waits for another.
func (c *Core) unbindIRQs(endpoint uint64) {
	for _, i := range c.irqs {
		if i != nil && i.endpoint == endpoint {
			i.endpoint = 0
		}
	}
}

// destroy takes note that the last capability to an interrupt is gone: the registers go, and
// then the source.
func (i *irq) destroy() {
	i.endpoint = 0
	base, size := i.line.Registers()
	registers := framesOf(base, size)
	i.c.db.Freeze(registers)
	i.c.loop.Chore(func() bool {
		if i.c.db.RevokeDevice(base, size, registersBudget) {
			return true
		}
		i.c.db.Thaw(registers)
		i.c.irqs[i.number] = nil
		i.line.Drop()
		return false
	})
}
