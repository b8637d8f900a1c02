package plan

import (
	"cmp"
	"slices"

	"atoll/arch/layout"
)

// placeDevices gives every device and every claim page its place in the device
// window, page by page from layout.DeviceBase. Devices that share a page share
// its slot and its owner. The bounds on devices, cores and register sizes keep
// all of it inside the window's gigapage.
func (p *planner) placeDevices() {
	pl := p.plan
	devices := pl.Devices[:pl.NDevices]
	order := make([]int, len(devices))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(devices[a].Regs.Base, devices[b].Regs.Base), cmp.Compare(a, b))
	})
	va := uint64(layout.DeviceBase)
	for len(order) > 0 {
		pages := devices[order[0]].Regs.outward(layout.PageSize)
		n := 1
		for ; n < len(order); n++ {
			next := devices[order[n]].Regs.outward(layout.PageSize)
			if !next.overlaps(pages) {
				break
			}
			pages.Size = max(pages.End(), next.End()) - pages.Base
		}
		p.placeGroup(order[:n], pages.Base, va)
		va += pages.Size
		order = order[n:]
	}
	for i := range pl.Cores[:pl.NCores] {
		if c := &pl.Cores[i]; c.Claim.Size > 0 {
			c.ClaimVA = va
			va += c.Claim.Size
		}
		if c := &pl.Cores[i]; c.File.Size > 0 {
			c.FileVA = va
			va += c.File.Size
		}
	}
}

// placeGroup places devices whose pages hang together, from the page at base
// on, and gives them one owner. A device that its interrupt controller does not
// bring to that owner is polled.
func (p *planner) placeGroup(group []int, base, va uint64) {
	owner := uint32(NoCore)
	for _, i := range group {
		owner = min(owner, p.plan.Devices[i].Owner)
	}
	for _, i := range group {
		d := &p.plan.Devices[i]
		d.VA = va + d.Regs.Base - base
		if d.Owner != owner {
			p.note("device %s is polled: it shares a page with a device of core %d", d.Path.String(), owner)
			d.Owner, d.Controller, d.IRQ = owner, NoCore, 0
		}
	}
}
