package monitor

import (
	"fmt"

	"atoll/boot/plan"
	"atoll/drivers/aplic"
	"atoll/drivers/reg"
)

// aplicRouter is the owner's side of an APLIC domain.
type aplicRouter struct{ *aplic.Domain }

// ownAPLIC opens a domain. One with wires brings all its interrupts to its owner, whose
// own side is therefore opened here as well: the controls of all harts lie in pages that
// only the owner maps.
func (x *Interrupts) ownAPLIC(regs reg.Block, controller int, first bool) (router, error) {
	c := &x.plan.Controllers[controller]
	d, err := aplic.NewDomain(regs, c.Sources, c.Messages == 1)
	if err != nil {
		return nil, err
	}
	if first || c.Messages == 0 {
		err = d.Reset()
	} else {
		err = d.Start()
		x.lookAgain(d, uint32(controller))
	}
	if err != nil || c.Messages == 1 || x.me.Controller != uint32(controller) {
		return aplicRouter{d}, err
	}
	idc, err := d.IDC(x.me.Context)
	if err != nil {
		return nil, err
	}
	idc.Open()
	x.taker = wireTaker{idc, d}
	return aplicRouter{d}, nil
}

// lookAgain has a domain look at the sources of all devices: what one of them wanted while
// nobody had the domain was not sent again.
func (x *Interrupts) lookAgain(d *aplic.Domain, controller uint32) {
	for i := range x.plan.Devices[:x.plan.NDevices] {
		if dev := &x.plan.Devices[i]; dev.Controller == controller {
			d.Again(dev.IRQ) // the planner has seen to it that it exists
		}
	}
}

func (r aplicRouter) route(source uint32, t plan.Trigger, to *plan.Core, id uint32) error {
	return r.Route(source, modeOf(t), to.Context, id)
}

func (r aplicRouter) mask(source uint32) error  { return r.Mask(source) }
func (r aplicRouter) again(source uint32) error { return r.Again(source) }

// modeOf returns the mode of a source, given its trigger in the tree. One that the
// binding does not know counts as the usual one.
func modeOf(t plan.Trigger) aplic.Mode {
	switch t {
	case plan.RisingEdge:
		return aplic.RisingEdge
	case plan.FallingEdge:
		return aplic.FallingEdge
	case plan.LevelLow:
		return aplic.LevelLow
	}
	return aplic.LevelHigh
}

// messageTaker is the hart's interrupt file. What nobody handles cannot come: its
// identity has not been enabled.
type messageTaker struct{ messages }

func (t messageTaker) claim() (uint32, bool) {
	id := t.take()
	return id, id != 0
}

func (t messageTaker) open(id uint32) error {
	if !t.enable(id) {
		return fmt.Errorf("this hart takes no messages of the identity %d", id)
	}
	return nil
}

func (t messageTaker) complete(uint32, bool) {}

// wireTaker is a hart's control in a domain that this core owns.
type wireTaker struct {
	*aplic.IDC
	domain *aplic.Domain
}

func (t wireTaker) claim() (uint32, bool) { return t.Claim() }
func (t wireTaker) open(uint32) error     { return nil }

func (t wireTaker) complete(line uint32, stray bool) {
	if stray {
		t.domain.Mask(line) // one that the domain has named
	}
}
