package plan

import (
	"fmt"
	"slices"

	"atoll/dts"
)

// Time bases that a time CSR can have, Hz. Outside, spans in ticks would overflow,
// or a thread's slice would be over before it begins. Boards have 32768 Hz to 1 GHz.
const (
	leastTimebase = 10_000
	mostTimebase  = 1 << 32
)

// findHarts collects the usable harts, in the order of their ids.
func (p *planner) findHarts() error {
	all, err := p.in.Tree.CPUs()
	p.noteErr(err)
	boot := false
	for _, c := range all {
		if t := c.Timebase; t != 0 && (t < leastTimebase || t > mostTimebase) {
			p.note("hart %d says that its time base is %d Hz, which cannot be", c.Hart, t)
			c.Timebase = 0
		}
		if c.Hart == p.in.BootHart {
			// It is running us, whatever the tree says of it.
			boot = true
			p.plan.Timebase = c.Timebase
		} else if why := unusable(p.in.Tree, c); why != "" {
			p.note("hart %d is left out: %s", c.Hart, why)
			continue
		}
		p.harts = append(p.harts, c)
	}
	if !boot {
		return fmt.Errorf("the device tree does not describe hart %d, which booted", p.in.BootHart)
	}
	if p.plan.Timebase == 0 {
		return fmt.Errorf("the device tree gives no timebase-frequency for hart %d", p.in.BootHart)
	}
	p.plan.Harts = uint32(len(p.harts))
	return nil
}

// unusable returns a clause that says why a hart cannot be a core, "" if it can.
func unusable(tree *dts.Tree, c dts.CPU) string {
	if why := tree.SkipHart(c.Hart); why != "" {
		return why
	}
	switch {
	case !c.Node.Okay():
		return fmt.Sprintf("its status is %q", c.Node.Text("status"))
	case c.MMU == "":
		return "it has no mmu-type, so no MMU"
	case c.MMU == "riscv,none":
		return "it has no MMU"
	case c.ISA.XLen != 64:
		return "it is not a 64-bit hart, or does not tell its ISA"
	}
	for _, e := range []string{"i", "m", "a", "f", "d", "c"} {
		if !c.ISA.Has(e) {
			return fmt.Sprintf("it lacks extension %s, which Go needs", e)
		}
	}
	return ""
}

// chooseHarts puts the usable harts into core order and limits their number.
// Core 0 is the lowest hart that the console's interrupt controller reaches, so
// that the console's owner does not depend on which hart booted.
func (p *planner) chooseHarts() error {
	if c := p.console; c != nil && c.controller >= 0 {
		reached := slices.IndexFunc(p.harts, func(h dts.CPU) bool { return p.controllerOf(h) == c.controller })
		if reached > 0 {
			first := p.harts[reached]
			copy(p.harts[1:reached+1], p.harts[:reached])
			p.harts[0] = first
		}
	}
	limit := MaxCores
	if n := p.in.MaxCores; n > 0 && n < limit {
		limit = n
	}
	if limit >= len(p.harts) {
		return nil
	}
	p.note("%d harts are usable, but the limit is %d in all", len(p.harts), limit)
	if boot := p.bootIndex(); boot >= limit {
		p.harts[limit-1] = p.harts[boot]
	}
	p.harts = p.harts[:limit]
	return nil
}

// bootIndex returns the position of the boot hart, which findHarts made sure of.
func (p *planner) bootIndex() int {
	return slices.IndexFunc(p.harts, func(h dts.CPU) bool { return h.Hart == p.in.BootHart })
}
