package audit

import (
	"fmt"

	"atoll/arch/layout"
	"atoll/boot/plan"
)

// ownership checks that each page of a run is the core's own, of the kind that
// the core says it is.
func (c *checker) ownership(s *span) {
	for pa := s.PA; pa < s.end(); {
		end := c.ownEnd(s, pa)
		if s.Kind == layout.Grant {
			var why string
			if end, why = c.grantEnd(s, pa); why != "" {
				c.violate("core %d maps %#x as grant, but %s (in the run of %s)", s.core, pa, why, s)
				return
			}
		}
		if end <= pa {
			c.violate("core %d maps %#x as %s, which is not its own: it lies in %s (in the run of %s)",
				s.core, pa, s.Kind, c.place(pa), s)
			return
		}
		pa = end
	}
}

// ownEnd returns how far, from pa on, the plan lets the core map pages as it
// does, or 0 if it may not map the page at pa so.
func (c *checker) ownEnd(s *span, pa uint64) uint64 {
	me := &c.p.Cores[s.core]
	switch s.Kind {
	case layout.Text:
		return first(endIn(pages(c.p.Image), pa), endIn(me.Reserve, pa))
	case layout.Plan:
		return c.planEnd(pa)
	case layout.Channel:
		return c.pairEnd(s.core, pa)
	case layout.Private:
		return first(endIn(me.Reserve, pa), c.crashEnd(s, pa))
	case layout.Table: // of user space the latest one that was written
		return first(endIn(me.Reserve, pa), endIn(me.User, pa))
	case layout.Device:
		return c.deviceEnd(s.core, pa)
	case layout.IRQ:
		return endIn(me.Claim, pa)
	case layout.Doorbell:
		return c.bellEnd(s, pa)
	case layout.DMA:
		return endIn(me.DMA, pa)
	case layout.User, layout.Process:
		return endIn(me.User, pa)
	case layout.Initrd:
		return endIn(pages(c.p.Initrd), pa)
	}
	return 0
}

// planEnd returns the end of the plan's pages at pa: the plan itself, or the copy of
// the device tree that came with it.
func (c *checker) planEnd(pa uint64) uint64 {
	return first(endIn(pages(c.p.Area), pa), endIn(pages(c.p.Blob), pa))
}

// pairEnd returns the end of the pair frame at pa if it is one of the core's.
func (c *checker) pairEnd(core int, pa uint64) uint64 {
	a, b, ok := c.pair(pa)
	if !ok || core != a && core != b {
		return 0
	}
	return pa + layout.PageSize
}

// pair returns the two cores, a < b, that the pair frame at pa belongs to. It is
// the inverse of plan.Pair, found through it rather than by its formula.
func (c *checker) pair(pa uint64) (a, b int, ok bool) {
	if !c.p.Channels.Contains(pa) {
		return 0, 0, false
	}
	for b = 1; b < c.cores; b++ {
		if row := c.p.Pair(0, b); row <= pa && pa <= c.p.Pair(b-1, b) {
			return int((pa - row) / layout.PageSize), b, true
		}
	}
	return 0, 0, false
}

// crashEnd returns the end of the crash page at pa if it is the core's own, or
// if the core may read it because the one it belongs to is not up.
func (c *checker) crashEnd(s *span, pa uint64) uint64 {
	if !c.p.Crash.Contains(pa) {
		return 0
	}
	n := (pa - c.p.Crash.Base) / layout.PageSize
	switch {
	case n == uint64(s.core):
	case n < uint64(c.cores) && !c.up.Has(int(n)) && s.Perm == layout.R:
	default:
		return 0
	}
	return pa + layout.PageSize
}

// deviceEnd returns how far the registers reach, from pa on, of a device that
// the core owns. Claim pages are cut out of their controller's registers: each
// has one core, and the kind irq.
func (c *checker) deviceEnd(core int, pa uint64) uint64 {
	end := uint64(0)
	for i := range c.devices() {
		if d := &c.p.Devices[i]; d.Owner == uint32(core) {
			end = max(end, endIn(pages(d.Regs), pa))
		}
	}
	for i := range c.cores {
		claim := pages(c.p.Cores[i].Claim)
		if claim.Contains(pa) {
			return 0
		}
		if claim.Size > 0 && claim.Base > pa {
			end = min(end, claim.Base)
		}
	}
	return end
}

// bellEnd returns the end of the page at pa if messages to another core are written there.
// It is the one page of registers that law L2 lets many map (monitor/doorbell_riscv64.go).
func (c *checker) bellEnd(s *span, pa uint64) uint64 {
	for i := range c.cores {
		if file := pages(c.p.Cores[i].File); i != s.core && file.Contains(pa) {
			return file.End()
		}
	}
	return 0
}

// devices is the number of devices in the plan.
func (c *checker) devices() int { return min(int(c.p.NDevices), plan.MaxDevices) }

// place says in words what the plan has at an address.
func (c *checker) place(pa uint64) string {
	for i := range c.cores {
		core := &c.p.Cores[i]
		for _, r := range []struct {
			plan.Range
			name string
		}{
			{pages(core.Claim), "the claim page of core %d"}, {pages(core.File), "the page for messages to core %d"}, {core.Reserve, "the kernel reserve of core %d"},
			{core.User, "the user pool of core %d"}, {core.DMA, "the DMA window of core %d"},
		} {
			if r.Contains(pa) {
				return fmt.Sprintf(r.name, i)
			}
		}
	}
	for i := range c.devices() {
		if d := &c.p.Devices[i]; pages(d.Regs).Contains(pa) {
			return fmt.Sprintf("the device %s of core %d", d.Path.String(), d.Owner)
		}
	}
	if a, b, ok := c.pair(pa); ok {
		return fmt.Sprintf("the pair frame of cores %d and %d", a, b)
	}
	if c.p.Crash.Contains(pa) {
		return fmt.Sprintf("the crash page of core %d", (pa-c.p.Crash.Base)/layout.PageSize)
	}
	for _, r := range []struct {
		plan.Range
		name string
	}{{pages(c.p.Image), "the image"}, {pages(c.p.Area), "the plan"}, {c.p.Blob, "the device tree"}, {c.p.Initrd, "the initrd"}} {
		if r.Contains(pa) {
			return r.name
		}
	}
	return "nothing the plan gave out"
}
