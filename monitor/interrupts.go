package monitor

import (
	"errors"
	"fmt"
	"slices"

	"atoll/boot/plan"
	"atoll/drivers/plic"
	"atoll/drivers/reg"
)

// Interrupts is one core's way to the interrupts of devices. It has two sides, as the
// controllers have:
//
//	router   a controller's shared registers, which say where each source goes. One
//	         core owns them; others ask it (package comment of drivers/plic).
//	taker    this core's own: what it takes interrupts from.
//
// Execution context: the event loop, and before it the start of the instance. It
// allocates when a controller is opened and when a device is attached only.
type Interrupts struct {
	plan *plan.Plan
	me   *plan.Core
	registers
	files    messages                    // nil: this hart takes no messages
	routers  [plan.MaxControllers]router // nil: another core's
	taker    taker                       // nil: nothing reaches this core, or nothing yet
	handlers map[uint32]*handlerOf       // by line
	polled   []*plan.Device              // without an interrupt
	kept     map[*plan.Device]bool       // whose interrupts stay with this core until release
	stray    uint64                      // interrupts that nobody handles
	// tellServed tells the core that has the controller of a device that the device has
	// been served.
	tellServed func(*plan.Device)
}

// registers maps a range of registers, given as a device.
type registers func(*plan.Device) (reg.Block, error)

// router is the owner's side of a controller.
type router interface {
	// route makes a source interrupt one core and no other.
	route(source uint32, t plan.Trigger, to *plan.Core, id uint32) error
	// mask makes it interrupt nobody.
	mask(source uint32) error
	// again is called when the source's device has been served.
	again(source uint32) error
}

// taker is a core's own side. What it takes are lines: sources, or the identities of
// messages.
type taker interface {
	claim() (line uint32, ok bool)
	// open lets a line through that has been attached.
	open(line uint32) error
	// complete ends the service of a line; a stray one, which nobody handles, is kept
	// from coming again.
	complete(line uint32, stray bool)
}

// handlerOf serves a device.
type handlerOf struct {
	dev   *plan.Device
	serve func()
	count uint64
}

// messages is the hart's interrupt file (package shim).
type messages interface {
	// enable lets an identity through, and reports false if the file has it not.
	enable(id uint32) bool
	// take returns an identity of which a message has come in, 0 if there is none.
	take() uint32
}

// newInterrupts returns the way of a core, which has no controller open yet.
func newInterrupts(p *plan.Plan, self int, regs registers, files messages) *Interrupts {
	return &Interrupts{plan: p, me: &p.Cores[self], registers: regs, files: files, handlers: map[uint32]*handlerOf{}, kept: map[*plan.Device]bool{}}
}

// openTaker opens this core's own side where that needs no controller.
func (x *Interrupts) openTaker() error {
	if x.me.File.Size > 0 {
		x.taker = messageTaker{x.files}
	}
	if x.me.Claim.Size == 0 {
		return nil
	}
	regs, err := x.registers(&plan.Device{Regs: x.me.Claim, VA: x.me.ClaimVA})
	if err != nil {
		return fmt.Errorf("claim page: %w", err)
	}
	c, err := plic.NewContext(regs, x.plan.Controllers[x.me.Controller].Sources)
	if err != nil {
		return err
	}
	c.SetThreshold(0)
	x.taker = plicTaker{c}
	return nil
}

// own makes this core the owner of a controller: the first one, who finds it as
// firmware left it, or a successor, who finds the routes of others in it.
func (x *Interrupts) own(controller int, first bool) error {
	c := &x.plan.Controllers[controller]
	dev := &x.plan.Devices[c.Device]
	regs, err := x.registers(dev)
	if err != nil {
		return err
	}
	var r router
	if dev.Kind == plan.DevicePLIC {
		r, err = x.ownPLIC(regs, controller, first)
	} else {
		r, err = x.ownAPLIC(regs, controller, first)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", dev.Path.String(), err)
	}
	x.routers[controller] = r
	return nil
}

// errRemote says that another core owns the controller.
var errRemote = errors.New("another core owns its interrupt controller")

// mask sees to it that no core gets a device's interrupts. One that has none, or none that
// this core could let through, needs nothing: whoever had it is dead.
func (x *Interrupts) mask(dev *plan.Device) error {
	if dev.Controller >= x.plan.NControllers || x.routers[dev.Controller] == nil {
		return nil
	}
	return x.routers[dev.Controller].mask(dev.IRQ)
}

// attached takes note of how an attempt to attach a device ended: with an error it is
// polled.
func (x *Interrupts) attached(dev *plan.Device, err error) {
	if err == nil {
		return
	}
	x.polled = append(x.polled, dev)
	if dev.Controller < x.plan.NControllers { // else it has no line
		delete(x.handlers, x.line(dev))
	}
}

// attachOwn is for a device that has its controller on the same core: it lets the
// interrupt through and has serve called for it, or else, with an error, counts the device
// among those to be polled.
func (x *Interrupts) attachOwn(dev *plan.Device, serve func()) error {
	err := x.tryAttach(dev, serve)
	x.attached(dev, err)
	return err
}

// tryAttach lets a device's interrupt through to this core alone, and has serve called for
// it. Whatever the device had requested, it has been reset by now. With errRemote another
// core has to be asked.
func (x *Interrupts) tryAttach(dev *plan.Device, serve func()) error {
	if dev.Controller >= x.plan.NControllers {
		return errors.New("no interrupt controller that we drive reaches it")
	}
	r := x.routers[dev.Controller]
	if r == nil {
		return errRemote
	}
	if err := x.expect(dev, serve); err != nil {
		return err
	}
	line := x.line(dev)
	if err := r.route(dev.IRQ, dev.Trigger, x.me, line); err != nil {
		return err
	}
	x.taker.complete(line, false) // what a dead owner had claimed
	return nil
}

// expect makes this core ready for a device's interrupt.
func (x *Interrupts) expect(dev *plan.Device, serve func()) error {
	if x.taker == nil || !x.canReach(dev.Controller, x.me) {
		return fmt.Errorf("its interrupt controller does not reach core %d", x.me.Row.Core)
	}
	line := x.line(dev)
	x.handlers[line] = &handlerOf{dev: dev, serve: serve}
	return x.taker.open(line)
}

// canReach reports whether a controller can interrupt a core. One with wires, an APLIC's,
// reaches its holder only.
func (x *Interrupts) canReach(controller uint32, to *plan.Core) bool {
	c := &x.plan.Controllers[controller]
	switch {
	case c.Messages == 1:
		return to.File.Size > 0
	case x.plan.Devices[c.Device].Kind == plan.DeviceAPLIC && (to != x.me || x.routers[controller] == nil):
		return false
	}
	return to.Controller == controller
}

// line returns as what a device's interrupt is taken.
func (x *Interrupts) line(dev *plan.Device) uint32 {
	if x.plan.Controllers[dev.Controller].Messages == 0 {
		return dev.IRQ
	}
	return plan.Identity(x.plan.Index(dev))
}

// serve takes and serves interrupts until there is none, or so many that the event
// loop should look at something else first.
func (x *Interrupts) serve() {
	for range plic.MaxSources {
		if x.taker == nil {
			return
		}
		line, ok := x.taker.claim()
		if !ok {
			return
		}
		h, known := x.handlers[line]
		if known {
			h.count++
			h.serve()
			if x.kept[h.dev] {
				x.keep(h.dev)
				continue
			}
			x.again(h.dev)
		} else {
			x.stray++
		}
		x.taker.complete(line, !known)
	}
}

// again has the controller of a device that has been served look at its wire again.
func (x *Interrupts) again(dev *plan.Device) {
	switch r := x.routers[dev.Controller]; {
	case r != nil:
		r.again(dev.IRQ) // a source that has been routed exists
	case x.plan.Controllers[dev.Controller].Messages == 1 && x.tellServed != nil:
		x.tellServed(dev)
	}
}

// A source that is kept interrupts once and then not before release. A PLIC's is not
// completed, and where messages are sent the wire is not looked at again, both of which work
// wherever the controller is; one with wires of its own would request at once, and is masked.

// keep is called when an interrupt has come of a device whose interrupts stay with this core
// until release.
func (x *Interrupts) keep(dev *plan.Device) {
	if x.wired(dev) {
		x.mask(dev) // a source that has been routed exists
	}
}

// release lets the interrupt of a device come again that was kept.
func (x *Interrupts) release(dev *plan.Device) {
	if x.wired(dev) {
		x.routers[dev.Controller].route(dev.IRQ, dev.Trigger, x.me, x.line(dev))
	}
	x.again(dev)
	x.taker.complete(x.line(dev), false)
}

// wired reports whether a device's interrupt comes by the wire of a controller that this core
// owns, without anything to complete.
func (x *Interrupts) wired(dev *plan.Device) bool {
	c := &x.plan.Controllers[dev.Controller]
	return c.Messages == 0 && x.plan.Devices[c.Device].Kind == plan.DeviceAPLIC && x.routers[dev.Controller] != nil
}

// detach has a device interrupt nobody any more. Another core's controller keeps an
// interrupt back that nobody handles; an own one is masked, after what it had claimed has
// been completed.
func (x *Interrupts) detach(dev *plan.Device) {
	delete(x.handlers, x.line(dev))
	x.polled = slices.DeleteFunc(x.polled, func(d *plan.Device) bool { return d == dev })
	if x.routers[dev.Controller] == nil || x.taker == nil {
		return
	}
	x.taker.complete(x.line(dev), false)
	x.mask(dev)
}
