package domain

import (
	"atoll/kernel/capability"
	"atoll/kernel/dispatch"
)

// Memory is physical memory as the kernel reaches it, and what objects of it ask of the
// hardware.
type Memory interface {
	capability.Objects
	capability.Tables
	// Bytes returns n bytes at a physical address, all in one page.
	Bytes(pa, n uint64) []byte
	// Reaches reports whether the kernel itself reaches a range of memory, as it does that
	// of its own core.
	Reaches(base, size uint64) bool
}

// Core is what the CPU driver of one core knows of its domains. There is one an instance.
type Core struct {
	Memory
	db      *capability.Database
	loop    *dispatch.Loop
	current uint64    // name of who makes a call that may end objects; 0 when it has ended
	callers []*Caller // those in the Go heap, by the number in their names
	unknown uint64    // calls that are none

	bank      Bank      // of the memory server
	processes []process // by the number in their names
	deserted  []uint64  // names of those that have ended, on which callers depend yet

	programs Programs // what runs programs, nil = nothing does
	runs     []*programRun
	remote   remote
	channels

	sources Sources // what has interrupts, nil = nothing does
	irqs    [maxIRQs]*irq
}

// New returns a Core without domains over memory and a loop. The seed must not be known to
// users.
func New(m Memory, l *dispatch.Loop, seed uint64) *Core {
	c := &Core{Memory: m, loop: l}
	c.db = capability.New(c, m, seed)
	return c
}

// Database returns the core's capabilities.
func (c *Core) Database() *capability.Database { return c.db }

// Loop returns the loop in which its dispatchers run.
func (c *Core) Loop() *dispatch.Loop { return c.loop }

// Unknown returns how many calls had a number that is none.
func (c *Core) Unknown() uint64 { return c.unknown }

// Create makes an object in its memory.
func (c *Core) Create(is capability.Cap) {
	c.Memory.Create(is)
	if is.Type == capability.Dispatcher {
		c.create(is.Base)
	}
}

// Settle tells those who depend on a dispatcher that has ended, one at a time.
func (c *Core) Settle(is capability.Cap) (more bool) {
	if is.Type == capability.Dispatcher && c.desertSome(&c.native(is.Base).callers, 1) {
		return true
	}
	return c.Memory.Settle(is)
}

// Destroy ends an object. No code runs in an address space that has ended.
func (c *Core) Destroy(is capability.Cap) {
	switch is.Type {
	case capability.Dispatcher:
		c.destroy(is.Base)
	case capability.Endpoint:
		c.endEndpoint(is.Base)
		c.endExport(is.Base)
		c.unbindIRQs(is.Base)
	case capability.Binding:
		c.bindings[is.Base].destroy()
	case capability.IRQ:
		c.irqs[is.Base].destroy()
	case capability.VNodeL2:
		c.loop.Forget(is.Base)
	}
	c.Memory.Destroy(is)
}
