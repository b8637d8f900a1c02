package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"atoll/boot/plan"
	"atoll/dts"
)

// describe writes the plan in words, and then its tables.
func describe(w io.Writer, in plan.Input, p *plan.Plan, notes []string) {
	root := in.Tree.Root
	fmt.Fprintf(w, "machine: %q, compatible with %s\n", root.Text("model"), quoted(root.Strings("compatible")))
	fmt.Fprintf(w, "presumed: firmware enters hart %d, with an image of %d KiB at %#x\n", in.BootHart, in.Image.Size>>10, in.Image.Base)
	list(w, "harts", harts(in.Tree, p))
	list(w, "console", []string{console(p)})
	list(w, "interrupts", interrupts(p))
	list(w, "what is left out, and why", notes)
	fmt.Fprintf(w, "\nthe plan\n\n%v", p)
	list(w, "devices that nobody drives", undriven(in.Tree, p))
}

// list writes a heading and a sentence a line, or nothing if there is none.
func list(w io.Writer, heading string, lines []string) {
	if len(lines) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s\n", heading)
	for _, l := range lines {
		fmt.Fprintf(w, "  %s\n", l)
	}
}

// quoted writes strings of the tree, which may hold anything.
func quoted(list []string) string {
	var q []string
	for _, s := range list {
		q = append(q, fmt.Sprintf("%q", s))
	}
	return strings.Join(q, ", ")
}

// harts says what each hart that is used is. Those left out are among the notes.
func harts(tree *dts.Tree, p *plan.Plan) (lines []string) {
	cpus, _ := tree.CPUs()
	for i := range p.Cores[:p.NCores] {
		row := &p.Cores[i].Row
		at := slices.IndexFunc(cpus, func(c dts.CPU) bool { return c.Hart == row.Hart })
		timer := "timer of the firmware"
		if cpus[at].ISA.Has("sstc") {
			timer = "timer of its own (Sstc)"
		}
		lines = append(lines, fmt.Sprintf("hart %d is core %d: %q, %s at %d Hz", row.Hart, i, cpus[at].MMU, timer, row.Timebase))
	}
	return lines
}

// console says where the console is.
func console(p *plan.Plan) string {
	for i := range p.Devices[:p.NDevices] {
		d := &p.Devices[i]
		if d.Console == 0 {
			continue
		}
		how := "polled"
		if d.Controller != plan.NoCore {
			how = fmt.Sprintf("interrupt %d of controller %d", d.IRQ, d.Controller)
		}
		return fmt.Sprintf("%s (%q) at %#x, a register of %d bytes every %d bytes; of core %d, %s",
			d.Path.String(), d.Compatible.String(), d.Regs.Base, d.RegWidth, 1<<d.RegShift, d.Owner, how)
	}
	return "the firmware's, polled: no UART that is driven"
}

// interrupts says which controllers there are and whom they reach.
func interrupts(p *plan.Plan) (lines []string) {
	for i, c := range p.Controllers[:p.NControllers] {
		var reached []string
		for core := range p.Cores[:p.NCores] {
			if p.Cores[core].Controller == uint32(i) {
				reached = append(reached, fmt.Sprint(core))
			}
		}
		d := &p.Devices[c.Device]
		lines = append(lines, fmt.Sprintf("controller %d is %s (%q): %d sources, routed by core %d, to cores %s",
			i, d.Path.String(), d.Compatible.String(), c.Sources, c.Owner, strings.Join(reached, " ")))
	}
	if len(lines) == 0 {
		lines = []string{"none: no controller that is driven; devices are polled"}
	}
	return lines
}

// undriven lists the devices that are okay, have registers, and are not in the plan.
func undriven(tree *dts.Tree, p *plan.Plan) (lines []string) {
	tree.Walk(func(n *dts.Node) bool {
		switch {
		case n.Parent == nil:
			return true
		case !n.Okay(), n.Parent.Parent == nil && slices.Contains([]string{"cpus", "chosen", "reserved-memory", "aliases"}, n.Name):
			return false
		case !n.Has("compatible") || !n.Has("reg") || planned(n, p):
			return true
		}
		lines = append(lines, fmt.Sprintf("%s (%q)", n.Path(), n.Text("compatible")))
		return true
	})
	return lines
}

// planned reports whether the plan has a device.
func planned(n *dts.Node, p *plan.Plan) bool {
	path := n.Path()
	for i := range p.Devices[:p.NDevices] {
		if p.Devices[i].Path.String() == path {
			return true
		}
	}
	return false
}
