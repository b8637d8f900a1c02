package audit

import (
	"atoll/arch/layout"
	"atoll/boot/plan"
	"atoll/monitor/grant"
)

// span is one run of one core.
type span struct {
	layout.Mapping
	core int
}

// end is the first physical address behind the run.
func (s *span) end() uint64 { return s.PA + s.Pages*layout.PageSize }

// checker holds one audit.
type checker struct {
	p     *plan.Plan
	cores int     // cores of the plan
	up    CoreSet // cores that reported
	spans []span
	books []grant.Account // by core
	Report
}

// Check holds what the instances map against the plan and against each other.
// maps is indexed by core; nil stands for a core that is not up. books, by core as
// well, is what they say of grants; a core behind its end says that there are none.
func Check(p *plan.Plan, maps [][]layout.Mapping, books []grant.Account) Report {
	c := checker{p: p, cores: min(int(p.NCores), plan.MaxCores)}
	c.books = make([]grant.Account, c.cores)
	copy(c.books, books)
	total := 0
	for core, runs := range maps {
		total += len(runs)
		if runs != nil && core < c.cores {
			c.up.Add(core)
		}
	}
	c.spans = make([]span, 0, total)
	for core, runs := range maps {
		if runs != nil && core >= c.cores {
			c.violate("core %d reports mappings, but the plan has %d cores", core, c.cores)
			continue
		}
		for _, m := range runs {
			c.run(span{Mapping: m, core: core})
		}
	}
	c.compareBooks()
	c.sweep()
	return c.Report
}

// run checks one run by itself and keeps it for the sweep.
func (c *checker) run(s span) {
	const most = 1 << 56 / layout.PageSize // Sv39 reaches 56 bits of physical address
	if s.Pages == 0 || s.Pages > most || s.PA > 1<<56-s.Pages*layout.PageSize ||
		(s.PA|s.VA)%layout.PageSize != 0 || s.Kind >= layout.NumKinds || s.Perm > layout.R|layout.W|layout.X {
		c.violate("core %d reports a malformed run: %d pages at %#x (address %#x, %s, permissions %#x)",
			s.core, s.Pages, s.PA, s.VA, s.Kind, uint8(s.Perm))
		return
	}
	c.spans = append(c.spans, s)
	c.permissions(&s)
	c.ownership(&s)
}

// permissions checks what a run allows, wherever it lies.
func (c *checker) permissions(s *span) {
	writable, executable := s.Perm&layout.W != 0, s.Perm&layout.X != 0
	switch {
	case writable && executable:
		c.violate("core %d maps %s both writable and executable", s.core, s)
	case executable && s.Kind != layout.Text && s.Kind != layout.Process && !(s.Kind == layout.Initrd && s.VA < layout.UserEnd):
		c.violate("core %d maps %s executable, though it is not text", s.core, s)
	case writable && (s.Kind == layout.Text || s.Kind == layout.Plan || s.Kind == layout.Initrd):
		c.violate("core %d maps %s writable, though it is %s", s.core, s, s.Kind)
	case writable && overlaps(pages(c.p.Image), s):
		c.violate("core %d maps %s writable, though it has pages of the image", s.core, s)
	case writable && overlaps(pages(c.p.Initrd), s):
		c.violate("core %d maps %s writable, though it has pages of the initrd", s.core, s)
	case writable && (overlaps(pages(c.p.Area), s) || overlaps(pages(c.p.Blob), s)):
		c.violate("core %d maps %s writable, though it has pages of the plan", s.core, s)
	}
}
