package domain

import (
	"slices"

	"atoll/arch/layout"
	"atoll/kernel/abi"
	"atoll/kernel/capability"
	"atoll/kernel/dispatch"
)

// Caller is a dispatcher that makes native calls.
type Caller struct {
	dispatch.Dispatcher
	// Woken is called when a call has ended in which the caller waited, before it runs. nil:
	// nobody wants to know.
	Woken func()
	// Page makes a page of the caller's address space, in which pages come into being as they
	// are used, and reports whether an access that needs these permissions may go on. It serves
	// the faults of all dispatchers there. nil: there are no such pages.
	Page func(va uint64, perm layout.Perm) bool

	root   capability.Ref // slot of the capability to its root CNode; the slot may be empty
	space  capability.Ref // slot of the capability to its root table
	shares capability.Ref // slot of the capability to the frame that it shares, 0: none
	name   uint64         // what stands for it in RAM, where no pointer to the Go heap may lie
	due    uint64         // bit 1<<abi.Upcall for each that has come to a native and not been told
	waits  waiting
	at     uint64 // the endpoint at which it waits
	dependence
}

// Admit lets a dispatcher of the Go heap call with the table of capabilities whose root
// CNode's capability is in a slot. Another has the capability to the root table of its
// address space. Both stay slots while the caller is there.
func (c *Core) Admit(p *Caller, root, space capability.Ref) {
	p.root, p.space = root, space
	i := slices.Index(c.callers, nil)
	if i < 0 {
		i = len(c.callers)
		c.callers = append(c.callers, nil)
	}
	c.callers[i] = p
	p.name = uint64(i)<<1 | 1
	c.join(p, root)
}

// Dismiss ends all that a caller of the Go heap has under way in native calls.
func (c *Core) Dismiss(p *Caller) {
	c.leave(p)
	c.quit(p)
	c.callers[p.name>>1] = nil
	p.root, p.name = 0, 0
}

// caller returns who has a name: a number for one in the Go heap, else the address of
// its object.
func (c *Core) caller(name uint64) *Caller {
	if name&1 != 0 {
		return c.callers[name>>1]
	}
	return &c.native(name).Caller
}

// Registers of a call.
const (
	regSP = 2
	regT0 = 5 // and t1, t2
	regA0 = 10
	regA7 = 17
)

// arg returns an argument of the call, from a0 on.
func (p *Caller) arg(n int) uint64 { return p.X[regA0+n] }

// answer ends a call with a result: the caller runs on.
func (p *Caller) answer(e abi.Error) *dispatch.Dispatcher {
	p.X[regA0] = uint64(e)
	return &p.Dispatcher
}

// mayEnd begins a call that may end objects: the caller itself, or what it runs with.
func (c *Core) mayEnd(p *Caller) { c.current = p.name }

// finish is answer for one that has called mayEnd.
func (c *Core) finish(p *Caller, e abi.Error) *dispatch.Dispatcher {
	if c.current == 0 {
		return nil
	}
	c.current = 0
	p.answer(e)
	if n := c.ofCaller(p); n != nil && !n.valid() {
		return nil
	}
	return &p.Dispatcher
}

// whole reports whether there still is all that a caller runs with. A thread of a Linux
// process ends before that does.
func (c *Core) whole(p *Caller) bool {
	return p.process != 0 ||
		c.db.Holds(p.space, capability.VNodeL2) && (p.shares == 0 || c.db.Holds(p.shares, capability.Frame))
}

// find returns the slot at an address in the caller's table.
func (c *Core) find(p *Caller, a uint64, need capability.Rights) (capability.Ref, abi.Error) {
	r, e := c.db.FindWord(p.root, a, need)
	return r, abi.Error(e)
}

// held returns the slot that an argument names in the caller's table, and the capability there.
func (c *Core) held(p *Caller, arg int) (r capability.Ref, is capability.Cap, e abi.Error) {
	if r, e = c.find(p, p.arg(arg), capability.Read); e == abi.OK {
		var err capability.Error
		is, err = c.db.Identify(r)
		e = abi.Error(err)
	}
	return r, is, e
}

// object returns the first address, or number, of the object of a type to which the capability
// that an argument names leads.
func (c *Core) object(p *Caller, arg int, t capability.Type, need capability.Rights) (uint64, abi.Error) {
	base, _, e := c.db.FindObject(p.root, p.arg(arg), t, need)
	return base, abi.Error(e)
}
