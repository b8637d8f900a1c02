package plan

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"atoll/arch/layout"
	"atoll/dts"
)

// maxRegs bounds the registers of one device, bytes. Devices we drive have at
// most 64 KiB.
const maxRegs = 1 << 20

// drivers lists the devices that are handed out besides the console and the
// interrupt controllers.
var drivers = []struct {
	kind  DeviceKind
	names []string
}{
	{DeviceRTC, []string{"google,goldfish-rtc"}},
	{DeviceFinisher, []string{"sifive,test1", "sifive,test0"}},
	{DeviceVirtioMMIO, []string{"virtio,mmio"}},
}

// assignDevices hands out the devices and places all registers in the window.
func (p *planner) assignDevices() error {
	if c := p.console; c != nil {
		p.addConsole()
	}
	for _, d := range drivers {
		nodes := p.in.Tree.Compatible(d.names...)
		slices.SortStableFunc(nodes, func(a, b *dts.Node) int { return cmp.Compare(firstReg(a), firstReg(b)) })
		for i, n := range nodes {
			if p.plan.NDevices == MaxDevices {
				p.note("%d devices from %s on are left out: a plan holds %d devices", len(nodes)-i, n.Path(), MaxDevices)
				break
			}
			p.addDevice(d.kind, n, n.Match(d.names...))
		}
	}
	p.placeDevices()
	return nil
}

// firstReg returns a node's first register address, for sorting.
func firstReg(n *dts.Node) uint64 {
	regs, _ := n.Reg()
	if len(regs) == 0 {
		return 0
	}
	return regs[0].Base
}

// addDevice enters a device into the plan and returns it; it returns nil, with
// a note, if its registers cannot be mapped. The owner is the lowest core that
// the device's interrupt controller reaches.
func (p *planner) addDevice(kind DeviceKind, n *dts.Node, name string) *Device {
	regs, err := n.Reg()
	if err == nil && len(regs) == 0 {
		err = fmt.Errorf("%s has no registers", n.Path())
	}
	if err == nil {
		err = p.deviceRegs(Range(regs[0]))
	}
	if err == nil && kind == DeviceVirtioMMIO && !p.in.Tree.DMACoherent(n) {
		err = errors.New("it does not see the caches, and no driver cleans them")
	}
	if err != nil {
		p.note("device %s is not used: %v", n.Path(), err)
		return nil
	}
	d := &p.plan.Devices[p.plan.NDevices]
	p.plan.NDevices++
	*d = Device{
		Kind: kind, Regs: Range(regs[0]), Controller: NoCore, RegShift: 2, RegWidth: 4,
		Clock: clock(n), Compatible: text(name), Path: text(n.Path()),
	}
	p.route(d, n)
	return d
}

// deviceRegs returns why a device's registers cannot be mapped, nil if they can.
func (p *planner) deviceRegs(r Range) error {
	if r.Size == 0 || r.Size > maxRegs {
		return fmt.Errorf("its registers are %d bytes, not 1 to %d", r.Size, maxRegs)
	}
	return p.mappable(r)
}

// mappable returns why a range of registers cannot be mapped, nil if it can. A
// tree that puts registers over memory or over an interrupt controller would
// give one page to two owners.
func (p *planner) mappable(r Range) error {
	if r.End() > maxPA {
		return fmt.Errorf("its registers at %v are beyond the reach of Sv39", dts.Region(r))
	}
	pages := r.outward(layout.PageSize)
	if slices.ContainsFunc(p.told, pages.overlaps) {
		return fmt.Errorf("its registers at %v lie in memory", dts.Region(r))
	}
	if slices.ContainsFunc(p.claimed, pages.overlaps) {
		return fmt.Errorf("its registers at %v lie in those of an interrupt controller", dts.Region(r))
	}
	return nil
}

// route finds a device's interrupt and with it its owner. A device without a
// usable one belongs to core 0 and is polled.
func (p *planner) route(d *Device, n *dts.Node) {
	list, err := n.Interrupts()
	p.noteErr(err)
	if len(list) == 0 {
		return
	}
	at := p.controllerFor(list[0])
	if at < 0 || p.controllers[at].index == NoCore {
		p.note("device %s is polled: no core takes interrupts from %s", n.Path(), list[0].Controller.Path())
		return
	}
	c, irq := &p.controllers[at], list[0].Number()
	if irq == 0 || irq > c.sources {
		p.note("device %s is polled: interrupt %d is not one of the %d of %s", n.Path(), irq, c.sources, c.node.Path())
		return
	}
	if id := Identity(int(p.plan.NDevices) - 1); c.messages != nil && id > c.messages.ids {
		p.note("device %s is polled: the harts have no identity %d for its messages", n.Path(), id)
		return
	}
	d.Controller, d.IRQ, d.Trigger = c.index, irq, LevelHigh
	if cells := list[0].Cells; len(cells) > 1 && c.kind == DeviceAPLIC {
		d.Trigger = Trigger(cells[1])
	}
	d.Owner = p.plan.Controllers[c.index].Owner
}

// controllerFor returns the index of the controller that an interrupt goes to, -1 if
// it is none that is driven.
func (p *planner) controllerFor(i dts.Interrupt) int {
	return slices.IndexFunc(p.controllers, func(c controller) bool { return c.node == i.Controller })
}

// clock returns the device's input clock in Hz, as the node itself or the fixed
// clock that it names tells; 0 if unknown.
func clock(n *dts.Node) uint32 {
	if hz, ok := n.U32("clock-frequency"); ok {
		return hz
	}
	c := n.Provider("clocks")
	if c == nil || c.Match("fixed-clock") == "" {
		return 0
	}
	hz, _ := c.U32("clock-frequency")
	return hz
}

// text makes a Text of a string, cut to leave room for a NUL.
func text(s string) (t Text) {
	copy(t[:len(t)-1], s)
	return t
}
