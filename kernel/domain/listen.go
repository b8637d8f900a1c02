package domain

import (
	"atoll/kernel/abi"
	"atoll/kernel/capability"
	"atoll/kernel/dispatch"
)

// MaxListen bounds the endpoints to which one dispatcher listens: its end takes time for each.
const MaxListen = 256

// hearing is an endpoint's place among those to which a dispatcher listens.
type hearing struct {
	by         uint64 // the dispatcher's name, 0: nobody listens
	next, prev uint64 // endpoints, by their addresses
}

// listen has a dispatcher told, by an upcall, when a message comes to an endpoint; 0 ends
// that. If there are messages it is told at once.
func listen(c *Core, p *Caller) *dispatch.Dispatcher {
	base, _, e := c.findEndpoint(p, 0, capability.Read)
	if e != abi.OK {
		return p.answer(e)
	}
	ep := c.endpoint(base)
	if p.arg(1) == 0 {
		c.unhear(base)
		return p.answer(abi.OK)
	}
	n, e := c.dispatcher(p, 1, capability.Write)
	switch {
	case e != abi.OK:
		return p.answer(e)
	case n.hears == MaxListen && ep.hearing.by != n.name:
		return p.answer(abi.Error(capability.ErrTooMany))
	}
	c.unhear(base)
	c.hear(base, n)
	p.answer(abi.OK)
	if ep.count > 0 {
		c.post(n, abi.UpcallMessage)
	}
	return &p.Dispatcher
}

// hear enters an endpoint in the list of a dispatcher.
func (c *Core) hear(base uint64, n *native) {
	ep := c.endpoint(base)
	ep.hearing = hearing{by: n.name, next: n.heard}
	if n.heard != 0 {
		c.endpoint(n.heard).hearing.prev = base
	}
	n.heard = base
	n.hears++
}

// unhear has nobody listen to an endpoint.
func (c *Core) unhear(base uint64) {
	h := &c.endpoint(base).hearing
	if h.by == 0 {
		return
	}
	n := c.native(h.by)
	if h.prev != 0 {
		c.endpoint(h.prev).hearing.next = h.next
	} else {
		n.heard = h.next
	}
	if h.next != 0 {
		c.endpoint(h.next).hearing.prev = h.prev
	}
	n.hears--
	*h = hearing{}
}

// unhearAll has a dispatcher that ends listen to nothing.
func (c *Core) unhearAll(n *native) {
	for n.heard != 0 {
		c.unhear(n.heard)
	}
}
