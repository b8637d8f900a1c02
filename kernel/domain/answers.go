package domain

import (
	"slices"

	"atoll/kernel/abi"
	"atoll/kernel/capability"
)

// Who calls by CallExchange waits for an answer, which never comes if whoever has the
// message ends. So a caller that waits is in the list of those who depend on the same: on an
// endpoint as long as its message is in the queue there, then on who has taken that. One that
// only answers depends on nobody.

// process is the callers of the Go heap with one table of capabilities. A message that one
// of them has taken another may answer.
type process struct {
	root    capability.Ref
	threads int
	callers uint64 // of those who depend on it, the first
}

// dependence is on whose end a caller's wait ends. It lies in RAM with native dispatchers.
type dependence struct {
	process uint64 // name of the caller's own process, 0 of a native dispatcher
	callers uint64 // of those who depend on a native dispatcher, the first

	queue      uint64 // the endpoint with the caller's message, 0 if that has been taken
	place      uint32 // of the message in the queue
	on         uint64 // name of who has taken it
	next, prev uint64 // callers who depend on the same
}

// A process has the name index<<2 | 2, which no caller has.
const processName = 2

// join makes a caller of the Go heap a thread of the process with a table of capabilities.
func (c *Core) join(p *Caller, root capability.Ref) {
	i := slices.IndexFunc(c.processes, func(s process) bool { return s.threads > 0 && s.root == root })
	if i < 0 {
		i = slices.IndexFunc(c.processes, func(s process) bool { return s.threads == 0 })
	}
	if i < 0 {
		i = len(c.processes)
		c.processes = append(c.processes, process{})
	}
	s := &c.processes[i]
	s.root = root
	s.threads++
	p.process = uint64(i)<<2 | processName
}

// quit takes a caller that ends out of what others wait for: nobody depends on it any more,
// nor, if it was the last thread, on its process.
func (c *Core) quit(p *Caller) {
	if p.process == 0 {
		c.desertAll(&p.callers)
		return
	}
	s := &c.processes[p.process>>2]
	p.process = 0
	if s.threads--; s.threads == 0 {
		c.desertAll(&s.callers)
	}
}

// answerer is the name on which those depend whose messages a caller takes.
func (p *Caller) answerer() uint64 {
	if p.process != 0 {
		return p.process
	}
	return p.name
}

// dependents returns the list in which a caller that depends on something is.
func (c *Core) dependents(p *Caller) *uint64 {
	switch {
	case p.queue != 0:
		return &c.endpoint(p.queue).callers
	case p.on&processName != 0:
		return &c.processes[p.on>>2].callers
	}
	return &c.native(p.on).callers
}

// dependOn has a caller depend on who has its message.
func (c *Core) dependOn(p *Caller, name uint64) {
	c.depart(p)
	p.on = name
	c.enlist(p)
}

// dependOnQueue has a caller depend on the endpoint that has its message.
func (c *Core) dependOnQueue(p *Caller, base uint64, place uint32) {
	p.queue, p.place = base, place
	c.endpoint(base).queue[place].from = p.name
	c.enlist(p)
}

func (c *Core) enlist(p *Caller) {
	first := c.dependents(p)
	p.next, p.prev = *first, 0
	if *first != 0 {
		c.caller(*first).prev = p.name
	}
	*first = p.name
}

// depart has a caller depend on nothing.
func (c *Core) depart(p *Caller) {
	if p.queue|p.on != 0 {
		c.delist(p)
	}
}

// delist takes a caller that depends on something out of the list.
func (c *Core) delist(p *Caller) {
	if p.prev != 0 {
		c.caller(p.prev).next = p.next
	} else {
		*c.dependents(p) = p.next
	}
	if p.next != 0 {
		c.caller(p.next).prev = p.prev
	}
	if p.queue != 0 {
		c.endpoint(p.queue).queue[p.place].from = 0
	}
	p.queue, p.on = 0, 0
}

// desert ends the wait of a caller for whom nothing will come.
func (c *Core) desert(p *Caller) {
	c.leave(p)
	c.wake(p, abi.ErrPeerDead)
}

// desertAll does so with a list of those who depend on something.
func (c *Core) desertAll(first *uint64) {
	for *first != 0 {
		c.desert(c.caller(*first))
	}
}
