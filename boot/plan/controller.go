package plan

import (
	"fmt"
	"slices"

	"atoll/dts"
)

// supervisorExternal is the number of the S-mode external interrupt at a
// hart's own interrupt controller (Privileged Architecture, "sip and sie").
const supervisorExternal = 9

// controller is an interrupt controller found in the tree.
type controller struct {
	node     *dts.Node
	kind     DeviceKind
	name     string // the compatible string that made it known
	regs     Range  // all its registers
	contexts map[*dts.Node]uint32
	shared   uint64 // bytes of the registers that its owner maps, in pages
	sources  uint32
	messages *imsic // what it sends messages to, nil if it has wires to the harts
	index    uint32 // in Plan.Controllers, NoCore while it has no core
}

// parse reads what controllers with wires have in common: registers, and the
// contexts, whose numbers are their positions in interrupts-extended. It returns the
// number of contexts, of any mode.
func (c *controller) parse(most int) (int, error) {
	if err := c.parseRegs(); err != nil {
		return 0, err
	}
	list, err := c.node.Interrupts()
	if err != nil || len(list) == 0 || len(list) > most {
		return 0, fmt.Errorf("it has %d contexts: %w", len(list), orNone(err))
	}
	c.contexts = map[*dts.Node]uint32{}
	for i, e := range list {
		if _, taken := c.contexts[e.Controller]; !taken && e.Number() == supervisorExternal {
			c.contexts[e.Controller] = uint32(i)
		}
	}
	return len(list), nil
}

// parseRegs reads where the registers are.
func (c *controller) parseRegs() error {
	regs, err := c.node.Reg()
	if err != nil || len(regs) == 0 {
		return fmt.Errorf("it has no registers: %w", orNone(err))
	}
	c.regs = Range(regs[0])
	return nil
}

// orNone returns the error, or one that says nothing was found.
func orNone(err error) error {
	if err == nil {
		return fmt.Errorf("the tree lists none that can be used")
	}
	return err
}

// reaches reports whether the controller can interrupt the hart in S-mode.
func (c *controller) reaches(h dts.CPU) bool {
	_, ok := c.contexts[h.IntC]
	return ok && h.IntC != nil && (c.messages == nil || h.ISA.Has("ssaia"))
}

// findControllers collects the interrupt controllers that are driven.
func (p *planner) findControllers() error {
	p.findIMSICs()
	for _, n := range p.in.Tree.Compatible(append(plicNames, aplicNames...)...) {
		var c controller
		var err error
		if n.Match(plicNames...) != "" {
			c, err = parsePLIC(n)
		} else {
			c, err = p.parseAPLIC(n)
		}
		if err == nil {
			err = p.mappable(c.regs)
		}
		if err != nil {
			p.note("interrupt controller %s is not used: %v", n.Path(), err)
			continue
		}
		p.claimed = append(p.claimed, c.regs)
		p.controllers = append(p.controllers, c)
	}
	return nil
}

// assignControllers gives every core the first controller that reaches it, of its own
// node if one does, and every controller that got a core the lowest of its cores as
// its owner, who alone maps the shared registers.
func (p *planner) assignControllers() error {
	pl := p.plan
	for i := range p.harts {
		at := p.controllerOf(p.harts[i])
		if at < 0 {
			continue
		}
		c, core := &p.controllers[at], &pl.Cores[i]
		if c.index == NoCore && !p.listController(c, uint32(i)) {
			continue
		}
		core.Controller, core.Context = c.index, c.contexts[p.harts[i].IntC]
		switch {
		case c.kind == DevicePLIC:
			core.Claim = claimPage(c.regs, core.Context)
		case c.messages != nil:
			p.giveFile(core, c.messages, p.harts[i])
		}
	}
	for i := range p.controllers {
		if c := &p.controllers[i]; c.index == NoCore && !c.firmware() {
			p.note("interrupt controller %s is not used: it reaches no core, or others reach its cores first", c.node.Path())
		}
	}
	return nil
}

// controllerOf returns the index of the controller for a hart, -1 if none reaches it.
// The console's comes first, and a controller with wires reaches the harts of its own
// node only; so the node decides among those that send messages, which reach all.
func (p *planner) controllerOf(h dts.CPU) int {
	near := slices.IndexFunc(p.controllers, func(c controller) bool {
		return c.reaches(h) && (c.messages == nil || c.node.NUMA() == h.NUMA)
	})
	if near >= 0 {
		return near
	}
	return slices.IndexFunc(p.controllers, func(c controller) bool { return c.reaches(h) })
}

// listController enters a controller and its shared registers into the plan.
func (p *planner) listController(c *controller, owner uint32) bool {
	pl := p.plan
	if pl.NControllers == MaxControllers {
		return false
	}
	pl.Devices[pl.NDevices] = Device{
		Kind: c.kind, Owner: owner, Regs: Range{c.regs.Base, c.shared},
		Controller: NoCore, RegShift: 2, RegWidth: 4,
		Compatible: text(c.name), Path: text(c.node.Path()),
	}
	pl.Controllers[pl.NControllers] = Controller{Device: pl.NDevices, Owner: owner, Sources: c.sources}
	if c.messages != nil {
		pl.Controllers[pl.NControllers].Messages = 1
	}
	c.index = pl.NControllers
	pl.NDevices++
	pl.NControllers++
	return true
}
