package plan

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"atoll/arch/layout"
)

const (
	windowSize = layout.WindowEnd - layout.WindowBase
	// maxPA is the end of Sv39's physical addresses.
	maxPA = 1 << 56
	mib   = 1 << 20
)

// findMemory collects RAM and what of it is free: /memory less every
// reservation, the initial RAM disk and the image. Nothing
// outside /memory is ever touched: on some boards it is an alias of RAM.
func (p *planner) findMemory() error {
	if err := p.findRAM(); err != nil {
		return err
	}
	reserved, err := p.in.Tree.Reserved()
	if err != nil {
		return err
	}
	var holes []Range
	for _, r := range reserved {
		holes = append(holes, Range(r.Region))
	}
	holes = append(holes, p.firmware(holes), p.in.Image, p.findInitrd())
	for i := range holes {
		holes[i] = holes[i].outward(layout.PageSize)
	}
	p.free = subtract(p.ram, holes)
	p.plan.RAM = total(p.free)
	return nil
}

// findRAM collects /memory, sorted, without overlaps, as far as the window
// reaches from the lowest RAM on.
func (p *planner) findRAM() error {
	mem, err := p.in.Tree.Memory()
	p.noteErr(err)
	for _, m := range mem {
		p.told = append(p.told, Range(m.Region).outward(layout.PageSize))
		if r := Range(m.Region).inward(layout.PageSize); r.Size > 0 && r.End() <= maxPA {
			p.ram = append(p.ram, piece{r, m.NUMA})
		} else {
			p.note("memory at %v is left out: it is less than a page or beyond the reach of Sv39", m.Region)
		}
	}
	if len(p.ram) == 0 {
		return errors.New("the device tree describes no memory")
	}
	slices.SortStableFunc(p.ram, func(a, b piece) int { return cmp.Compare(a.Base, b.Base) })
	limit := p.ram[0].Base&^(layout.GigaPage-1) + windowSize
	var lost, seen uint64
	out := p.ram[:0]
	for _, r := range p.ram {
		base, end := max(r.Base, seen), min(r.End(), limit)
		lost += r.End() - max(r.Base, min(r.End(), limit))
		seen = max(seen, end)
		switch n := len(out); {
		case base >= end:
		case n > 0 && out[n-1].node == r.node && out[n-1].End() == base:
			out[n-1].Size += end - base // two banks in one piece
		default:
			out = append(out, piece{Range{base, end - base}, r.node})
		}
	}
	p.ram = out
	if lost > 0 {
		p.note("%d MiB of memory from %#x on are left out: the window shows %d GiB", lost/mib, limit, windowSize/layout.GigaPage)
	}
	return nil
}

// findInitrd returns where the initial RAM disk lies, an empty range if there is
// none or none that can be reached.
func (p *planner) findInitrd() Range {
	r, err := p.in.Tree.Initrd()
	p.noteErr(err)
	if r.Size == 0 {
		return Range{}
	}
	initrd := Range(r)
	if !slices.ContainsFunc(p.ram, func(m piece) bool { return initrd.within(m.Range) }) {
		p.note("the initial RAM disk at %v is ignored: it does not lie in memory", r)
		return Range{}
	}
	if initrd.outward(layout.PageSize).overlaps(p.in.Image.outward(layout.PageSize)) {
		p.note("the initial RAM disk at %v is ignored: the image lies there", r)
		return Range{}
	}
	p.plan.Initrd = initrd
	return initrd
}

// firmware returns memory that firmware most likely lives in although nothing
// says so: what lies below the image in the image's RAM, if none of that is
// reserved.
// Firmware that protects itself reports a reservation, but a tree may come from
// elsewhere than from the firmware.
func (p *planner) firmware(reserved []Range) Range {
	for _, m := range p.ram {
		if !m.Contains(p.in.Image.Base) {
			continue
		}
		below := Range{m.Base, p.in.Image.Base - m.Base}
		if below.Size == 0 || slices.ContainsFunc(reserved, below.overlaps) {
			return Range{}
		}
		p.note("%d KiB of memory below the image are left out: no reservation tells where firmware lives", below.Size>>10)
		return below
	}
	return Range{}
}

// carve takes the plan's own pages for n cores out of the free memory, outside
// the scratch: the area, a pair frame for each two cores, a crash page a core, and
// a copy of the device tree.
func (p *planner) carve(free []piece, n int) ([]piece, error) {
	area := (planSize + layout.PageSize - 1) &^ (layout.PageSize - 1)
	channels := uint64(n*(n-1)/2) * layout.PageSize
	crash := uint64(n) * layout.PageSize
	blob := Range{0, p.in.Blob.Size}.outward(layout.PageSize).Size
	all := area + channels + crash + blob
	at, ok := place(subtract(free, []Range{p.in.Scratch.outward(layout.PageSize)}), all)
	if !ok {
		return nil, fmt.Errorf("no free memory for the plan, the channels and the crash pages of %d cores (%d KiB)", n, all>>10)
	}
	p.plan.Area = Range{at, area}
	p.plan.Channels = Range{at + area, channels}
	p.plan.Crash = Range{at + area + channels, crash}
	p.plan.Blob = Range{p.plan.Crash.End(), p.in.Blob.Size}
	return subtract(free, []Range{{at, all}}), nil
}

// place finds room for some pages: first where no partition can lie anyway,
// since partitions begin and end at multiples of MegaPage, else in the smallest
// piece that is large enough.
func place(pieces []piece, size uint64) (at uint64, ok bool) {
	best := ^uint64(0)
	for _, m := range pieces {
		whole := m.inward(layout.MegaPage)
		switch {
		case m.Size < size:
			continue
		case whole.Size == 0 || whole.Base-m.Base >= size:
			return m.Base, true
		case m.End()-whole.End() >= size:
			return whole.End(), true
		case m.Size < best:
			at, ok, best = m.Base, true, m.Size
		}
	}
	return at, ok
}
