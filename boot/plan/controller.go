package plan

import (
	"fmt"
	"slices"

	"atoll/arch/layout"
	"atoll/dts"
)

// Register map of a PLIC (RISC-V Platform-Level Interrupt Controller
// specification 1.0.0, "Memory Map"). Priorities, pending bits and the enable
// bits of every context come first; then each context has a page of its own
// with its threshold and its claim register.
const (
	plicEnable      = 0x2000
	plicEnableSize  = 0x80
	plicContext     = 0x20_0000
	plicContextSize = 0x1000
	plicMaxContexts = 15872
	plicMaxSource   = 1023
	// supervisorExternal is the number of the S-mode external interrupt at a
	// hart's own interrupt controller (Privileged Architecture, "sip and sie").
	supervisorExternal = 9
)

var (
	plicNames = []string{"sifive,plic-1.0.0", "riscv,plic0", "thead,c900-plic"}
	aiaNames  = []string{"riscv,aplic", "riscv,imsics"}
)

// plic is an interrupt controller found in the tree.
type plic struct {
	node     *dts.Node
	name     string // the compatible string that made it known
	regs     Range  // all its registers
	contexts map[*dts.Node]uint32
	shared   uint64 // bytes of priority, pending and enable registers, in pages
	sources  uint32
	index    uint32 // in Plan.Controllers, NoCore while it has no core
}

// reaches reports whether the controller has a supervisor context of the hart.
func (c *plic) reaches(h dts.CPU) bool {
	_, ok := c.contexts[h.IntC]
	return ok && h.IntC != nil
}

// findControllers collects the interrupt controllers that are driven.
func (p *planner) findControllers() error {
	for _, n := range p.in.Tree.Compatible(plicNames...) {
		c, err := parsePLIC(n)
		if err == nil {
			err = p.mappable(c.regs)
		}
		if err != nil {
			p.note("interrupt controller %s is not used: %v", n.Path(), err)
			continue
		}
		p.claimed = append(p.claimed, c.regs)
		p.plics = append(p.plics, c)
	}
	if aia := p.in.Tree.Compatible(aiaNames...); len(aia) > 0 {
		p.note("%d interrupt controllers such as %s (%s) are not driven: devices behind them are polled",
			len(aia), aia[0].Path(), aia[0].Match(aiaNames...))
	}
	return nil
}

// parsePLIC reads a PLIC's node. A context's number is its position in
// interrupts-extended; which of them are S-mode contexts the entry tells.
func parsePLIC(n *dts.Node) (plic, error) {
	c := plic{node: n, name: n.Match(plicNames...), contexts: map[*dts.Node]uint32{}, index: NoCore}
	regs, err := n.Reg()
	if err != nil || len(regs) == 0 {
		return c, fmt.Errorf("it has no registers: %w", orNone(err))
	}
	c.regs = Range(regs[0])
	list, err := n.Interrupts()
	if err != nil || len(list) == 0 || len(list) > plicMaxContexts {
		return c, fmt.Errorf("it has %d contexts: %w", len(list), orNone(err))
	}
	for i, e := range list {
		if _, taken := c.contexts[e.Controller]; !taken && e.Number() == supervisorExternal {
			c.contexts[e.Controller] = uint32(i)
		}
	}
	shared := Range{0, plicEnable + plicEnableSize*uint64(len(list))}
	c.shared = shared.outward(layout.PageSize).Size
	c.sources = plicMaxSource
	if ndev, ok := n.U32("riscv,ndev"); ok {
		c.sources = min(ndev, plicMaxSource)
	}
	if need := plicContext + plicContextSize*uint64(len(list)); c.regs.Size < need || c.regs.Base%layout.PageSize != 0 {
		return c, fmt.Errorf("its registers at %v are not aligned or not the %#x bytes that its contexts need", regs[0], need)
	}
	return c, nil
}

// orNone returns the error, or one that says nothing was found.
func orNone(err error) error {
	if err == nil {
		return fmt.Errorf("the tree lists none that can be used")
	}
	return err
}

// claim returns the page of a context's claim register.
func (c *plic) claim(context uint32) Range {
	return Range{c.regs.Base + plicContext + plicContextSize*uint64(context), plicContextSize}
}

// assignControllers gives every core the first controller that reaches it, and
// every controller that got a core the lowest of its cores as its owner, who
// alone maps the shared registers.
func (p *planner) assignControllers() error {
	pl := p.plan
	for i := range p.harts {
		at := slices.IndexFunc(p.plics, func(c plic) bool { return c.reaches(p.harts[i]) })
		if at < 0 {
			continue
		}
		c, core := &p.plics[at], &pl.Cores[i]
		if c.index == NoCore && !p.listController(c, uint32(i)) {
			continue
		}
		core.Controller, core.Context = c.index, c.contexts[p.harts[i].IntC]
		core.Claim = c.claim(core.Context)
	}
	for i := range p.plics {
		if c := &p.plics[i]; c.index == NoCore {
			p.note("interrupt controller %s is not used: it reaches no core, or others reach its cores first", c.node.Path())
		}
	}
	return nil
}

// listController enters a controller and its shared registers into the plan.
func (p *planner) listController(c *plic, owner uint32) bool {
	pl := p.plan
	if pl.NControllers == MaxControllers {
		return false
	}
	pl.Devices[pl.NDevices] = Device{
		Kind: DevicePLIC, Owner: owner, Regs: Range{c.regs.Base, c.shared},
		Controller: NoCore, RegShift: 2, RegWidth: 4,
		Compatible: text(c.name), Path: text(c.node.Path()),
	}
	pl.Controllers[pl.NControllers] = Controller{Device: pl.NDevices, Owner: owner, Sources: c.sources}
	c.index = pl.NControllers
	pl.NDevices++
	pl.NControllers++
	return true
}
