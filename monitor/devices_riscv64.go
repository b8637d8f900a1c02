package monitor

import (
	"fmt"
	"time"

	"atoll/arch/layout"
	"atoll/arch/shim"
	"atoll/boot/plan"
	"atoll/drivers/dma"
	"atoll/drivers/finisher"
	"atoll/drivers/reg"
	"atoll/drivers/serial"
	"atoll/drivers/uart"
)

// Devices are the devices of one core, driven by its event loop.
type Devices struct {
	Line     *serial.Line // the console's, nil if another core has it
	finisher *finisher.Finisher
	irq      *Interrupts
	nextPoll uint64 // when to look at a line without an interrupt, 0 = it has one
	doubt    uint64 // when to look whether a first interrupt has come, 0 = nothing waits for one
	looks    int    // in vain
	path     string // of the line in the device tree
}

// pollGap is how often a line without an interrupt is looked at.
const pollGap = 5 * time.Millisecond

// OpenDevices maps and initialises this core's way to interrupts and, if owned is
// set, the devices that the plan gives it: in a later life they may have another
// owner. A device that does not work is left out with a sentence.
func OpenDevices(p *plan.Plan, self int, owned bool) (*Devices, []error) {
	d := &Devices{irq: newInterrupts(p, self, mapDevice, file{})}
	var errs []error
	if err := d.irq.openTaker(); err != nil {
		errs = append(errs, err)
	}
	for i := range p.Devices[:p.NDevices] {
		if dev := &p.Devices[i]; dev.Kind == plan.DeviceFinisher {
			shim.LendFinisher(dev.VA, dev.Regs.Base)
		}
	}
	if owned {
		errs = append(errs, d.openOwned(p, uint32(self), true)...)
	}
	return d, errs
}

// TakeOver makes this core the owner of the console's devices, whose last owner
// has died. The order is that of a successor: the owner's hart has stopped (the
// caller knows); the device is reset, and requests nothing any more; the source is
// disabled for every other core and enabled for this one; a completion that the dead
// owner still owed is written.
func (d *Devices) TakeOver(p *plan.Plan, self int) []error {
	return d.openOwned(p, ConsoleOwner(p), false)
}

// openOwned opens what the plan gives owner: this core, for the first time, or another,
// whose successor it is.
func (d *Devices) openOwned(p *plan.Plan, owner uint32, first bool) (errs []error) {
	note := func(err error) {
		if err != nil {
			errs = append(errs, err)
		}
	}
	for i, c := range p.Controllers[:p.NControllers] {
		if c.Owner == owner {
			note(d.irq.own(i, first))
		}
	}
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
			note(d.openLine(dev))
		}
	}
	return errs
}

// Drive has the monitor drive the interrupt controllers and virtio devices that this core
// comes to hold. Call it before Run.
func (d *Devices) Drive(m *Monitor) {
	m.driveControllers(d.irq)
	m.driveVirtio(mapDevice, unmapDevice, func() (*dma.Window, error) { return openWindow(m.plan, m.self) })
}

// openWindow maps this core's DMA window. The machine's memory is coherent with its
// devices: the planner leaves out devices that say that they are not.
func openWindow(p *plan.Plan, self int) (*dma.Window, error) {
	r := p.Cores[self].DMA
	va := p.WindowVA(r.Base)
	if err := shim.Map(va, r.Base, r.Size, layout.R|layout.W); err != nil {
		return nil, fmt.Errorf("the DMA window: %w", err)
	}
	return dma.NewWindow(shim.Bytes(va, r.Size), r.Base, nil), nil
}

// file is this hart's interrupt file.
type file struct{}

func (file) enable(id uint32) bool { return shim.EnableMessage(id) }
func (file) take() uint32          { return shim.TakeMessage() }

// mapDevice maps a device's registers where the plan says.
func mapDevice(dev *plan.Device) (reg.Block, error) {
	off := dev.Regs.Base % layout.PageSize
	size := (off + dev.Regs.Size + layout.PageSize - 1) &^ (layout.PageSize - 1)
	if err := shim.Map(dev.VA-off, dev.Regs.Base-off, size, layout.R|layout.W); err != nil {
		return nil, fmt.Errorf("%s: %w", dev.Path.String(), err)
	}
	return reg.At(uintptr(dev.VA)), nil
}

// unmapDevice takes away what mapDevice has mapped.
func unmapDevice(dev *plan.Device) {
	off := dev.Regs.Base % layout.PageSize
	size := (off + dev.Regs.Size + layout.PageSize - 1) &^ (layout.PageSize - 1)
	shim.Unmap(dev.VA-off, size) // which cannot fail: it is mapped
}

// openLine brings up the console's UART, with its interrupt where there is one.
func (d *Devices) openLine(dev *plan.Device) error {
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
	d.Line, d.path, d.doubt = serial.New(port, shim.Post), dev.Path.String(), 0
	if err := d.irq.attachOwn(dev, d.Line.Interrupt); err != nil {
		d.nextPoll = shim.Now()
		return fmt.Errorf("%s has no interrupt and is polled: %w", dev.Path.String(), err)
	}
	port.EnableInterrupts(true, true)
	return nil
}

// External serves interrupts.
func (d *Devices) External() {
	d.irq.serve()
	shim.EnableExternal()
}

// Lines reports on the interrupts.
func (d *Devices) Lines() ([]InterruptLine, uint64) { return d.irq.lines() }

// Turn moves the console's bytes.
func (d *Devices) Turn() bool {
	if d.nextPoll != 0 && shim.Now() >= d.nextPoll {
		d.nextPoll = shim.Now() + shim.Ticks(pollGap)
		return d.Line.Poll()
	}
	if d.Line == nil {
		return false
	}
	busy := d.Line.Turn()
	if d.nextPoll == 0 {
		d.mind(d.Line.Deaf())
	}
	return busy
}

// firstInterrupt is how long output waits between two looks for the first interrupt of
// a line, which is longer than any UART takes to empty its FIFO. One look may be wrong:
// a hart of an emulator that got no processor meanwhile has its interrupt yet to serve.
const (
	firstInterrupt = 250 * time.Millisecond
	mostLooks      = 3
)

// mind has a line polled from which no interrupt comes, though its tree promises one.
func (d *Devices) mind(deaf bool) {
	switch now := shim.Now(); {
	case !deaf:
		d.doubt, d.looks = 0, 0
	case d.doubt == 0:
		d.doubt = now + shim.Ticks(firstInterrupt)
	case now >= d.doubt && d.looks < mostLooks:
		d.doubt, d.looks = now+shim.Ticks(firstInterrupt), d.looks+1
	case now >= d.doubt:
		d.nextPoll, d.doubt = now, 0
		go fmt.Printf("core %d: %s: no interrupt comes from it, so it is polled\n", shim.Row().Core, d.path)
	}
}

// Deadline returns when to look at a line that has no interrupt, or may have none; 0 =
// never.
func (d *Devices) Deadline() uint64 { return max(d.nextPoll, d.doubt) }
