package domain

import (
	"atoll/kernel/abi"
	"atoll/kernel/capability"
	"atoll/kernel/dispatch"
)

// Caller is a dispatcher that makes native calls.
type Caller struct {
	dispatch.Dispatcher
	root capability.Ref // slot of the capability to its root CNode; the slot may be empty
}

// Admit lets a dispatcher call with the table of capabilities whose root CNode's capability
// is in a slot. The slot stays a slot while the caller is there.
func (c *Core) Admit(p *Caller, root capability.Ref) { p.root = root }

// Dismiss ends all that a caller has under way in native calls.
func (c *Core) Dismiss(p *Caller) { p.root = 0 }

// Registers of a call.
const (
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

// find returns the slot that an argument names in the caller's table.
func (c *Core) find(p *Caller, arg int, need capability.Rights) (capability.Ref, abi.Error) {
	a := p.arg(arg)
	if p.root == 0 || a>>32 != 0 {
		return 0, abi.Error(capability.ErrNoSuchCap)
	}
	r, e := c.db.Find(p.root, capability.Address(a), need)
	return r, abi.Error(e)
}
