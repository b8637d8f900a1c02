package audit

import (
	"cmp"
	"slices"

	"atoll/arch/layout"
)

// maxAliases bounds at how many addresses one core may map a page. Nothing in
// the address space needs more than three; the bound keeps a garbled report
// from making the sweep quadratic.
const maxAliases = 8

// sweep walks all runs in order of physical address. Between two neighbouring
// ends of runs the set of runs that cover an address is constant; each such
// interval is checked as a whole.
func (c *checker) sweep() {
	slices.SortFunc(c.spans, func(a, b span) int {
		return cmp.Or(cmp.Compare(a.PA, b.PA), cmp.Compare(a.core, b.core), cmp.Compare(a.VA, b.VA))
	})
	var active []*span
	at, next := uint64(0), 0
	for next < len(c.spans) || len(active) > 0 {
		if len(active) == 0 {
			at = c.spans[next].PA
		}
		for ; next < len(c.spans) && c.spans[next].PA == at; next++ {
			active = c.admit(active, &c.spans[next])
		}
		end := ^uint64(0)
		if next < len(c.spans) {
			end = c.spans[next].PA
		}
		for _, s := range active {
			end = min(end, s.end())
		}
		if len(active) > 0 {
			c.interval(at, end, active)
		}
		active = slices.DeleteFunc(active, func(s *span) bool { return s.end() <= end })
		at = end
	}
}

// admit adds a run to those that cover the current address.
func (c *checker) admit(active []*span, s *span) []*span {
	same := 0
	for _, a := range active {
		if a.core == s.core {
			same++
		}
	}
	if same >= maxAliases {
		c.violate("core %d maps the page at %#x at more than %d addresses, %s among them", s.core, s.PA, maxAliases, s)
		return active
	}
	return append(active, s)
}

// interval counts and checks the pages [lo, hi), which all of active map and no
// other run does.
func (c *checker) interval(lo, hi uint64, active []*span) {
	n := (hi - lo) / layout.PageSize
	var cores CoreSet
	var kinds [layout.NumKinds]bool
	for _, s := range active {
		cores.Add(s.core)
		kinds[s.Kind] = true
		c.Kinds[s.Kind].Cores.Add(s.core)
	}
	shared := uint64(0)
	if cores.Len() > 1 {
		shared = n
		if !c.mayShare(lo, hi, cores, active) {
			c.violate("cores %s share %s at %#x: %s", cores, count(n, "page"), lo, uses(active))
		}
	}
	c.Pages += n
	c.Shared += shared
	for k, mapped := range kinds {
		if mapped {
			c.Kinds[k].Pages += n
			c.Kinds[k].Shared += shared
		}
	}
	if len(active) > cores.Len() {
		c.aliases(lo, active)
	}
}

// mayShare reports whether law L2 lets these cores share the pages as they do.
func (c *checker) mayShare(lo, hi uint64, cores CoreSet, active []*span) bool {
	if c.shareGrant(lo, active) {
		return true
	}
	kind := active[0].Kind
	writable := false
	for _, s := range active {
		if s.Kind != kind {
			return false
		}
		writable = writable || s.Perm&layout.W != 0
	}
	switch kind {
	case layout.Text:
		return !writable && hi <= endIn(pages(c.p.Image), lo)
	case layout.Plan:
		return !writable && hi <= c.planEnd(lo)
	case layout.Initrd:
		return !writable && hi <= endIn(pages(c.p.Initrd), lo)
	case layout.Channel:
		for pa := lo; pa < hi; pa += layout.PageSize {
			a, b, ok := c.pair(pa)
			if !ok || cores != 1<<a|1<<b {
				return false
			}
		}
		return true
	case layout.Doorbell:
		return true // ownership has looked where it lies
	}
	return false
}

// aliases checks the pages at lo that a core maps at several addresses.
func (c *checker) aliases(lo uint64, active []*span) {
	for i, s := range active {
		for _, o := range active[i+1:] {
			if s.core != o.core {
				continue
			}
			if clash(s, o) || clash(o, s) {
				c.violate("core %d maps the page at %#x writable and executable at once: %s, and %s", s.core, lo, s, o)
			}
			if (s.Kind == layout.Table) != (o.Kind == layout.Table) {
				c.violate("core %d reaches the page table at %#x in a second way: %s, and %s", s.core, lo, s, o)
			}
		}
	}
}

// clash reports whether the first run makes writable what the second executes. The kernel
// can write what user code executes: it has loaded it; and user code that executes what it
// writes by another address harms nobody else.
func clash(w, x *span) bool {
	return w.Perm&layout.W != 0 && x.Perm&layout.X != 0 && x.Kind != layout.Process
}

// uses lists how the cores map a page, at most four of them.
func uses(active []*span) string {
	text := ""
	for i, s := range active {
		if i == 4 {
			return text + ", ..."
		}
		if i > 0 {
			text += ", "
		}
		text += s.use()
	}
	return text
}
