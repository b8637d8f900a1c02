package plan

import (
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"atoll/arch/layout"
)

var kindNames = [...]string{
	DeviceNone: "none", DeviceUART: "uart", DevicePLIC: "plic", DeviceRTC: "rtc",
	DeviceFinisher: "finisher", DeviceVirtioMMIO: "virtio", DeviceAPLIC: "aplic",
}

func (k DeviceKind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "unknown"
}

// String writes the range as "base..end" in hexadecimal, "-" if it is empty.
func (r Range) String() string {
	if r.Size == 0 {
		return "-"
	}
	return fmt.Sprintf("%#x..%#x", r.Base, r.End())
}

// window returns the range of physical memory that the RAM window shows.
func (p *Plan) window() Range {
	row := &p.Cores[0].Row
	return Range{row.WindowPA, row.WindowGB * layout.GigaPage}
}

// String writes the plan for people.
func (p *Plan) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "cores: %d; usable harts: %d; core %d booted; time base %d Hz; %d MiB of free memory\n",
		p.NCores, p.Harts, p.BootCore, p.Timebase, p.RAM/mib)
	w := p.window()
	fmt.Fprintf(&b, "\nmemory\n  %-12s %v at %#x\n", "window", w, uint64(layout.WindowBase))
	names := []string{"image", "plan", "channels", "crash pages", "device tree", "initrd"}
	ranges := []Range{p.Image, p.Area, p.Channels, p.Crash, p.Blob, p.Initrd}
	wide := width(slices.Values(ranges))
	for i, r := range ranges {
		if r.Size == 0 {
			continue // no initrd, or no pair of cores
		}
		fmt.Fprintf(&b, "  %-12s %-*v %s\n", names[i], wide, r, size(r.Size))
	}
	p.writeCores(&b)
	p.writeDevices(&b)
	if args := p.BootArgs(); args != "" {
		fmt.Fprintf(&b, "\nboot arguments\n  %q\n", args)
	}
	return b.String()
}

// WriteTo writes what String returns.
func (p *Plan) WriteTo(w io.Writer) (int64, error) {
	n, err := io.WriteString(w, p.String())
	return int64(n), err
}

// width is that of a column of ranges, with the gap behind it.
func width(ranges iter.Seq[Range]) (w int) {
	for r := range ranges {
		w = max(w, len(r.String())+2)
	}
	return w
}

// partitions are the pieces of those of all cores.
func (p *Plan) partitions(yield func(Range) bool) {
	for i := range p.Cores[:p.NCores] {
		for _, r := range p.Cores[i].Partition() {
			if !yield(r) {
				return
			}
		}
	}
}

// registers are those of all devices.
func (p *Plan) registers(yield func(Range) bool) {
	for i := range p.Devices[:p.NDevices] {
		if !yield(p.Devices[i].Regs) {
			return
		}
	}
}

func (p *Plan) writeCores(b *strings.Builder) {
	wide := width(p.partitions)
	fmt.Fprintf(b, "\n%-5s %-5s %-5s %-*s %9s %9s %9s  %s\n", "core", "hart", "node", wide, "partition", "kernel", "user", "dma", "interrupts")
	for i := range p.Cores[:p.NCores] {
		c := &p.Cores[i]
		irq := "none"
		if c.Controller != NoCore {
			irq = fmt.Sprintf("controller %d context %d", c.Controller, c.Context)
		}
		if c.Claim.Size > 0 {
			irq += fmt.Sprintf(", claim %#x at %#x", c.Claim.Base, c.ClaimVA)
		}
		if c.File.Size > 0 {
			irq += fmt.Sprintf(", messages %#x at %#x", c.File.Base, c.FileVA)
		}
		timer := ""
		if c.Row.Flags&layout.RowSstc != 0 {
			timer = ", sstc"
		}
		pieces := c.Partition()
		fmt.Fprintf(b, "%-5d %-5d %-5d %-*v %9s %9s %9s  %s%s\n", i, c.Row.Hart, c.Node, wide, pieces[0],
			size(c.Reserve.Size), size(c.User.Size), size(c.DMA.Size), irq, timer)
		for _, r := range pieces[1:] {
			fmt.Fprintf(b, "%17s %v\n", "", r)
		}
	}
}

func (p *Plan) writeDevices(b *strings.Builder) {
	wide := width(p.registers)
	fmt.Fprintf(b, "\n%-8s %-5s %-*s %-13s %-9s %s\n", "device", "owner", wide, "registers", "at", "interrupt", "node")
	for i := range p.Devices[:p.NDevices] {
		d := &p.Devices[i]
		irq := "-"
		if d.Controller != NoCore {
			irq = fmt.Sprintf("%d:%d", d.Controller, d.IRQ)
		}
		fmt.Fprintf(b, "%-8v %-5d %-*v %#-13x %-9s %s (%q)", d.Kind, d.Owner, wide, d.Regs, d.VA, irq, d.Path.String(), d.Compatible.String())
		if d.Console == 1 {
			b.WriteString(", console")
		}
		if c := p.controllerOf(i); c >= 0 {
			fmt.Fprintf(b, ", controller %d, %d sources", c, p.Controllers[c].Sources)
			if p.Controllers[c].Messages == 1 {
				b.WriteString(" sent as messages")
			}
		}
		b.WriteByte('\n')
	}
}

// controllerOf returns the index of the controller that a device is, -1 if none.
func (p *Plan) controllerOf(device int) int {
	for i := range p.Controllers[:p.NControllers] {
		if int(p.Controllers[i].Device) == device {
			return i
		}
	}
	return -1
}

// size writes a number of bytes in the largest unit that divides it.
func size(n uint64) string {
	switch {
	case n >= 1<<30 && n%(1<<30) == 0:
		return fmt.Sprintf("%d GiB", n>>30)
	case n >= 1<<20 && n%(1<<20) == 0:
		return fmt.Sprintf("%d MiB", n>>20)
	case n >= 1<<10:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d B", n)
}
