package monitor

import (
	"errors"

	"atoll/boot/plan"
	"atoll/drivers/plic"
	"atoll/drivers/reg"
)

// plicTaker is a PLIC's context.
type plicTaker struct{ *plic.Context }

func (t plicTaker) claim() (uint32, bool) { return t.Claim() }
func (t plicTaker) open(uint32) error     { return nil }

// complete does not complete a stray source: the controller then keeps it back, and it
// is completed when somebody attaches it.
func (t plicTaker) complete(line uint32, stray bool) {
	if !stray {
		t.Complete(line) // it is one that the controller has named, or one of the plan
	}
}

// plicRouter is the owner's side of a PLIC.
type plicRouter struct {
	*plic.Owner
	contexts []uint32 // of our cores
}

func (x *Interrupts) ownPLIC(regs reg.Block, controller int, first bool) (router, error) {
	c := &x.plan.Controllers[controller]
	owner, err := plic.NewOwner(regs, c.Sources, plic.ContextsIn(x.plan.Devices[c.Device].Regs.Size))
	if err != nil {
		return nil, err
	}
	r := plicRouter{Owner: owner}
	for i := range x.plan.Cores[:x.plan.NCores] {
		core := &x.plan.Cores[i]
		if core.Controller != uint32(controller) {
			continue
		}
		r.contexts = append(r.contexts, core.Context)
		if first {
			err = errors.Join(err, owner.DisableAll(core.Context))
		}
	}
	return r, err
}

func (r plicRouter) route(source uint32, _ plan.Trigger, to *plan.Core, _ uint32) error {
	if err := r.mask(source); err != nil {
		return err
	}
	if err := r.SetPriority(source, 1); err != nil {
		return err
	}
	return r.Enable(source, to.Context)
}

func (r plicRouter) mask(source uint32) error {
	for _, c := range r.contexts {
		if err := r.Disable(source, c); err != nil {
			return err
		}
	}
	return nil
}

func (r plicRouter) again(uint32) error { return nil }
