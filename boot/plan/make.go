package plan

import (
	"errors"
	"fmt"

	"atoll/arch/layout"
	"atoll/dts"
)

// Input is what a plan is made from.
type Input struct {
	Tree *dts.Tree
	// Blob is the device tree as firmware left it. The plan has a place for a copy:
	// firmware likes to put it where it cuts the memory in two.
	Blob Range
	// Image is the image as loaded: text, read-only data and pristine data. Its
	// base is aligned to layout.MegaPage.
	Image Range
	// Scratch is the planning instance's own memory. Partitions may lie in it;
	// what the planner itself writes for the others may not.
	Scratch  Range
	BootHart uint64 // the hart that firmware entered
	MaxCores int    // the most cores wanted, 0 = no limit
}

// planner is a plan in the making.
type planner struct {
	in    Input
	plan  *Plan
	notes []string
	told  []Range // pages with any memory in them, used or not
	ram   []piece // RAM that the window can show, sorted
	free  []piece // of it, what nothing holds
	harts []dts.CPU
	// What the device tree holds of interrupt controllers, the console's first.
	controllers []controller
	imsics      map[*dts.Node]*imsic
	console     *console
	claimed     []Range // whole register ranges of the controllers in use
}

// Make makes the plan of a machine. The notes are sentences for the user: which
// harts, memory and devices are left out, and why. It fails, with a sentence, if
// nothing sensible can be planned.
func Make(in Input) (*Plan, []string, error) {
	p := planner{in: in, plan: &Plan{Magic: Magic, Size: planSize}}
	for _, step := range []func() error{
		p.checkInput, p.findHarts, p.findMemory, p.findControllers, p.findConsole,
		p.chooseHarts, p.assignMemory, p.fillCores, p.assignControllers, p.assignDevices,
	} {
		if err := step(); err != nil {
			return nil, p.notes, err
		}
	}
	return p.plan, p.notes, nil
}

// note keeps a sentence for the user.
func (p *planner) note(format string, args ...any) {
	p.notes = append(p.notes, fmt.Sprintf(format, args...))
}

// noteErr keeps the sentences of an error that package dts joined.
func (p *planner) noteErr(err error) {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			p.note("%v", e)
		}
	} else if err != nil {
		p.note("%v", err)
	}
}

// checkInput refuses what the rest could not compute with.
func (p *planner) checkInput() error {
	in := &p.in
	for _, r := range []Range{in.Blob, in.Image, in.Scratch} {
		if r.Base+r.Size < r.Base {
			return errors.New("a range given to the planner wraps around the end of the address space")
		}
	}
	if in.Image.Base%layout.MegaPage != 0 || in.Image.Size == 0 {
		return fmt.Errorf("the image at %#x is empty or not aligned to %d bytes", in.Image.Base, layout.MegaPage)
	}
	p.plan.Image = in.Image
	args := in.Tree.BootArgs()
	n := copy(p.plan.Args[:], args)
	p.plan.ArgsLen, p.plan.ArgsGiven = uint32(n), uint32(len(args))
	if n < len(args) {
		p.note("the boot arguments are cut to %d of %d bytes", n, len(args))
	}
	return nil
}

// fillCores writes the cores' rows. Devices and interrupts come later.
func (p *planner) fillCores() error {
	pl := p.plan
	pl.NCores = uint32(len(p.harts))
	window := p.ram[0].Base &^ (layout.GigaPage - 1)
	end := p.ram[len(p.ram)-1].End()
	for i := range p.harts {
		h, c := &p.harts[i], &pl.Cores[i]
		c.Row = layout.Row{
			Magic: layout.RowMagic, Core: uint64(i), Hart: h.Hart,
			Pool: c.Reserve.Base, PoolEnd: c.Reserve.End(),
			Image: pl.Image.Base, PlanPA: pl.Area.Base, PlanSize: pl.Area.Size, CrashPA: pl.CrashPage(i),
			WindowPA: window, WindowGB: (end - window + layout.GigaPage - 1) / layout.GigaPage,
			Timebase: h.Timebase,
		}
		if c.Row.Timebase == 0 {
			c.Row.Timebase = pl.Timebase
		}
		c.Start = layout.Start{Row: pl.RowPA(i), Life: 1}
		if h.ISA.Has("sstc") {
			c.Row.Flags |= layout.RowSstc
		}
		c.Node = h.NUMA
		c.Controller = NoCore
		if h.Hart == p.in.BootHart {
			pl.BootCore = uint32(i)
		}
	}
	return nil
}
