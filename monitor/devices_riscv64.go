package monitor

import (
	"fmt"
	"time"

	"atoll/arch/layout"
	"atoll/arch/shim"
	"atoll/boot/plan"
	"atoll/drivers/finisher"
	"atoll/drivers/plic"
	"atoll/drivers/reg"
	"atoll/drivers/serial"
	"atoll/drivers/uart"
)

// Devices are the devices of one core, driven by its event loop.
type Devices struct {
	Line     *serial.Line // the console's, nil if another core has it
	finisher *finisher.Finisher
	context  *plic.Context
	handlers map[uint32]func() // by interrupt source
	nextPoll uint64            // when to look at a line without an interrupt, 0 = it has one
	bogus    uint64            // interrupts that nobody handles
}

// pollGap is how often a line without an interrupt is looked at.
const pollGap = 5 * time.Millisecond

// OpenDevices maps and initialises this core's way to interrupts and, if owned is
// set, the devices that the plan gives it: in a later life they may have another
// owner. A device that does not work is left out with a sentence.
func OpenDevices(p *plan.Plan, self int, owned bool) (*Devices, []error) {
	d := &Devices{handlers: map[uint32]func(){}}
	var errs []error
	me := &p.Cores[self]
	if me.Controller != plan.NoCore {
		if err := d.openContext(p, me); err != nil {
			errs = append(errs, err)
		}
	}
	for i := range p.Devices[:p.NDevices] {
		if dev := &p.Devices[i]; dev.Kind == plan.DeviceFinisher {
			shim.LendFinisher(dev.VA, dev.Regs.Base)
		}
	}
	if owned {
		errs = append(errs, d.openOwned(p, self, uint32(self))...)
	}
	return d, errs
}

// TakeOver makes this core the owner of the console's devices, whose last owner
// has died. The order is that of a successor: the owner's hart has stopped (the
// caller knows); the source is disabled for every other context; the device is
// reset; the source is enabled for this core; a completion that the dead owner
// still owed is written.
func (d *Devices) TakeOver(p *plan.Plan, self int) []error {
	return d.openOwned(p, self, ConsoleOwner(p))
}

// openOwned opens for core self what the plan gives owner.
func (d *Devices) openOwned(p *plan.Plan, self int, owner uint32) (errs []error) {
	note := func(err error) {
		if err != nil {
			errs = append(errs, err)
		}
	}
	me := &p.Cores[self]
	for i := range p.Devices[:p.NDevices] {
		dev := &p.Devices[i]
		if dev.Owner != owner {
			continue
		}
		switch {
		case dev.Kind == plan.DeviceFinisher:
			regs, err := mapDevice(dev)
			note(err)
			if err == nil {
				d.finisher = finisher.New(regs)
				shim.SetFinisher(dev.VA)
			}
		case dev.Kind == plan.DeviceUART && dev.Console != 0:
			note(d.openLine(p, me, dev))
		}
	}
	return errs
}

// mapDevice maps a device's registers where the plan says.
func mapDevice(dev *plan.Device) (reg.Block, error) {
	off := dev.Regs.Base % layout.PageSize
	size := (off + dev.Regs.Size + layout.PageSize - 1) &^ (layout.PageSize - 1)
	if err := shim.Map(dev.VA-off, dev.Regs.Base-off, size, layout.R|layout.W); err != nil {
		return nil, fmt.Errorf("%s: %w", dev.Path.String(), err)
	}
	return reg.At(uintptr(dev.VA)), nil
}

// openContext maps this core's own claim page.
func (d *Devices) openContext(p *plan.Plan, me *plan.Core) error {
	if err := shim.Map(me.ClaimVA, me.Claim.Base, me.Claim.Size, layout.R|layout.W); err != nil {
		return fmt.Errorf("claim page: %w", err)
	}
	c, err := plic.NewContext(reg.At(uintptr(me.ClaimVA)), p.Controllers[me.Controller].Sources)
	if err != nil {
		return err
	}
	c.SetThreshold(0)
	d.context = c
	return nil
}

// openLine brings up the console's UART, with its interrupt where there is one.
func (d *Devices) openLine(p *plan.Plan, me *plan.Core, dev *plan.Device) error {
	regs, err := mapDevice(dev)
	if err != nil {
		return err
	}
	port, err := uart.New(regs, uart.Config{Compatible: dev.Compatible.String(), Shift: dev.RegShift, Width: dev.RegWidth})
	if err == nil {
		err = port.Init()
	}
	if err != nil {
		return fmt.Errorf("%s: %w", dev.Path.String(), err)
	}
	d.Line = serial.New(port, shim.Post)
	if err := d.route(p, me, dev); err != nil {
		d.nextPoll = shim.Now()
		return fmt.Errorf("%s has no interrupt and is polled: %w", dev.Path.String(), err)
	}
	d.handlers[dev.IRQ] = d.Line.Interrupt
	port.EnableInterrupts(true, true)
	return nil
}

// route lets a device's interrupt through to this core alone, which owns the
// controller together with the console.
func (d *Devices) route(p *plan.Plan, me *plan.Core, dev *plan.Device) error {
	if dev.Controller == plan.NoCore || d.context == nil {
		return fmt.Errorf("no interrupt controller that we drive reaches it")
	}
	ctl := &p.Controllers[dev.Controller]
	if ctl.Owner != dev.Owner || me.Controller != dev.Controller {
		return fmt.Errorf("the interrupt controller belongs to core %d and does not reach core %d", ctl.Owner, me.Row.Core)
	}
	pdev := &p.Devices[ctl.Device]
	regs, err := mapDevice(pdev)
	if err != nil {
		return err
	}
	contexts := uint32((pdev.Regs.Size - 0x2000) / 0x80)
	owner, err := plic.NewOwner(regs, ctl.Sources, contexts)
	if err != nil {
		return err
	}
	for i := range p.Cores[:p.NCores] {
		if c := &p.Cores[i]; c.Controller == dev.Controller {
			if err := owner.DisableAll(c.Context); err != nil {
				return err
			}
		}
	}
	if err := owner.SetPriority(dev.IRQ, 1); err != nil {
		return err
	}
	if err := owner.Enable(dev.IRQ, me.Context); err != nil {
		return err
	}
	return d.context.Complete(dev.IRQ) // what a dead owner had claimed
}

// External claims and serves interrupts until there is none.
func (d *Devices) External() {
	for range plic.MaxSources {
		if d.context == nil {
			break
		}
		source, ok := d.context.Claim()
		if !ok {
			break
		}
		if h := d.handlers[source]; h != nil {
			h()
		} else {
			d.bogus++
		}
		if err := d.context.Complete(source); err != nil {
			d.bogus++
		}
	}
	shim.EnableExternal()
}

// Turn moves the console's bytes.
func (d *Devices) Turn() bool {
	if d.nextPoll != 0 && shim.Now() >= d.nextPoll {
		d.nextPoll = shim.Now() + shim.Ticks(pollGap)
		return d.Line.Poll()
	}
	return d.Line != nil && d.Line.Turn()
}

// Deadline returns when to look at a line without an interrupt, 0 = never.
func (d *Devices) Deadline() uint64 { return d.nextPoll }
