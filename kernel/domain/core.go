package domain

import (
	"atoll/kernel/capability"
	"atoll/kernel/dispatch"
)

// Memory is physical memory as the kernel reaches it, and what objects of it ask of the
// hardware.
type Memory interface {
	capability.Objects
	// Bytes returns n bytes at a physical address, all in one page.
	Bytes(pa, n uint64) []byte
}

// Core is what the CPU driver of one core knows of its domains. There is one an instance.
type Core struct {
	Memory
	db      *capability.Database
	loop    *dispatch.Loop
	callers []*Caller // those in the Go heap, by the number in their names
	unknown uint64    // calls that are none
}

// New returns a Core without domains over memory and a loop. The seed must not be known to
// users.
func New(m Memory, l *dispatch.Loop, seed uint64) *Core {
	c := &Core{Memory: m, loop: l}
	c.db = capability.New(c, seed)
	return c
}

// Database returns the core's capabilities.
func (c *Core) Database() *capability.Database { return c.db }

// Loop returns the loop in which its dispatchers run.
func (c *Core) Loop() *dispatch.Loop { return c.loop }

// Unknown returns how many calls had a number that is none.
func (c *Core) Unknown() uint64 { return c.unknown }
