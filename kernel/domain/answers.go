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
		i = slices.IndexFunc(c.processes, func(s process) bool { return s.threads == 0 && s.callers == 0 })
	}
	if i < 0 {
		i = len(c.processes)
		c.processes = append(c.processes, process{})
	}
	s := &c.processes[i]
	p.process = uint64(i)<<2 | processName
	if s.threads == 0 {
		s.root = root
		c.anew(p.process)
	}
	s.threads++
}

// quit takes a caller that ends out of what others wait for: nobody depends on it any more,
// nor, if it was the last thread, on its process.
func (c *Core) quit(p *Caller) {
	name := p.answerer()
	if p.process != 0 {
		s := &c.processes[p.process>>2]
		p.process = 0
		if s.threads--; s.threads > 0 {
			return
		}
	}
	if c.desertSome(c.dependentsOn(name), desertBudget) {
		c.deserted = append(c.deserted, name)
		if len(c.deserted) == 1 {
			c.loop.Chore(c.desertRest)
		}
	}
}

// answerer is the name on which those depend whose messages a caller takes.
func (p *Caller) answerer() uint64 {
	if p.process != 0 {
		return p.process
	}
	return p.name
}

// dependentsOn returns the list of those who depend on a process or a native dispatcher.
func (c *Core) dependentsOn(name uint64) *uint64 {
	if name&processName != 0 {
		return &c.processes[name>>2].callers
	}
	return &c.native(name).callers
}

// dependents returns the list of those who depend on who takes a message.
func (c *Core) dependents(by *Caller) *uint64 {
	if by.process != 0 {
		return &c.processes[by.process>>2].callers
	}
	return &by.callers
}

// dependOn has a caller depend on who takes its message.
func (c *Core) dependOn(p, by *Caller) {
	c.depart(p)
	c.enlist(p, by)
}

// enlist is dependOn for one that depends on nothing.
func (c *Core) enlist(p, by *Caller) {
	p.on = by.answerer()
	c.push(p, c.dependents(by))
}

// dependOnQueue has a caller depend on the endpoint that has its message.
func (c *Core) dependOnQueue(p *Caller, base uint64, place uint32) {
	p.queue, p.place = base, place
	ep := c.endpoint(base)
	ep.queue[place].from = p.name
	c.push(p, &ep.callers)
}

// push puts a caller into the list of what it depends on.
func (c *Core) push(p *Caller, first *uint64) {
	p.next, p.prev = *first, 0
	if *first != 0 {
		c.caller(*first).prev = p.name
	}
	*first = p.name
}

// depart has a caller depend on nothing.
func (c *Core) depart(p *Caller) {
	switch {
	case p.queue != 0:
		ep := c.endpoint(p.queue)
		ep.queue[p.place].from = 0
		c.delist(p, &ep.callers)
	case p.on != 0:
		c.delist(p, c.dependentsOn(p.on))
	}
}

// delist takes a caller out of the list of what it depends on.
func (c *Core) delist(p *Caller, first *uint64) {
	if p.prev != 0 {
		c.caller(p.prev).next = p.next
	} else {
		*first = p.next
	}
	if p.next != 0 {
		c.caller(p.next).prev = p.prev
	}
	p.queue, p.on = 0, 0
}

// desert ends the wait of a caller for whom nothing will come.
func (c *Core) desert(p *Caller) {
	c.leave(p)
	c.wake(p, abi.ErrPeerDead)
}

// desertBudget is how many callers are told at a time that nobody will answer them: many can
// depend on one.
const desertBudget = 16

// desertSome deserts those in a list, at most budget, and returns whether there are more.
func (c *Core) desertSome(first *uint64, budget int) (more bool) {
	for ; *first != 0; budget-- {
		if budget == 0 {
			return true
		}
		c.desert(c.caller(*first))
	}
	return false
}

// desertRest is a part of telling those that quit has not told.
func (c *Core) desertRest() (more bool) {
	if len(c.deserted) > 0 && !c.desertSome(c.dependentsOn(c.deserted[0]), desertBudget) {
		c.deserted = slices.Delete(c.deserted, 0, 1)
	}
	return len(c.deserted) > 0
}

// anew has nobody told any more who depends on a name: it stands for something else.
func (c *Core) anew(name uint64) {
	c.deserted = slices.DeleteFunc(c.deserted, func(other uint64) bool { return other == name })
}
