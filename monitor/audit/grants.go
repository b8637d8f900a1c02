package audit

import (
	"fmt"

	"atoll/arch/layout"
	"atoll/monitor/grant"
)

// granter returns the core in whose user pool a page lies, -1 if there is none.
func (c *checker) granter(pa uint64) int {
	for core := range c.cores {
		if c.p.Cores[core].User.Contains(pa) {
			return core
		}
	}
	return -1
}

// covering returns the entry with that core that has the page, nil if there is none.
func covering(list []grant.Entry, core int, pa uint64) *grant.Entry {
	for i := range list {
		if e := &list[i]; e.Core == core && pa-e.PA < e.Pages*layout.PageSize {
			return e
		}
	}
	return nil
}

// grantEnd returns how far, from pa on, a run of a holder is what both ends say, or why
// the page at pa is not.
func (c *checker) grantEnd(s *span, pa uint64) (end uint64, why string) {
	from := c.granter(pa)
	if from < 0 || from == s.core {
		return 0, fmt.Sprintf("it lies in %s", c.place(pa))
	}
	given := covering(c.books[from].Given, s.core, pa)
	held := covering(c.books[s.core].Held, from, pa)
	switch {
	case !c.up.Has(from):
		return 0, fmt.Sprintf("core %d, whose user pool it lies in, is not up", from)
	case given == nil:
		return 0, fmt.Sprintf("core %d has not granted that to it", from)
	case s.Perm&^given.Rights != 0:
		return 0, fmt.Sprintf("core %d has granted it with %s only", from, given.Rights)
	case held == nil:
		return 0, "does not say that it holds that"
	}
	return min(given.PA+given.Pages*layout.PageSize, held.PA+held.Pages*layout.PageSize), ""
}

// shareGrant reports whether the page at lo is memory of one core's user pool and all
// other runs are of cores that it has granted it to.
func (c *checker) shareGrant(lo uint64, active []*span) bool {
	from := c.granter(lo)
	for _, s := range active {
		switch s.Kind {
		case layout.User, layout.Process:
			if s.core != from {
				return false
			}
		case layout.Grant:
			if _, why := c.grantEnd(s, lo); why != "" {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// compareBooks checks that the two ends of each grant that is settled say the same,
// and that the holder maps what it says.
func (c *checker) compareBooks() {
	for core := range c.cores {
		if !c.up.Has(core) {
			continue
		}
		for _, e := range c.books[core].Given {
			if !c.sensible(core, core, &e) {
				c.violate("core %d says that it has granted %s, which cannot be", core, entry(&e, "to"))
			} else if e.Settled && c.up.Has(e.Core) && !has(c.books[e.Core].Held, &e, core) {
				c.violate("core %d says that it has granted %s, which core %[3]d does not say it holds", core, entry(&e, "to"), e.Core)
			}
		}
		for _, e := range c.books[core].Held {
			if !c.sensible(core, e.Core, &e) {
				c.violate("core %d says that it holds %s, which cannot be", core, entry(&e, "of"))
				continue
			}
			if e.Settled && c.up.Has(e.Core) && !has(c.books[e.Core].Given, &e, core) {
				c.violate("core %d says that it holds %s, which core %[3]d does not say it has granted", core, entry(&e, "of"), e.Core)
			}
			if n := c.mapped(core, &e); n != e.Pages && !e.Lent {
				c.violate("core %d says that it holds %s, and maps %d of them as granted", core, entry(&e, "of"), n)
			}
		}
	}
}

// sensible reports whether an entry of a core's books can be, with frames of the pool
// of the core from.
func (c *checker) sensible(core, from int, e *grant.Entry) bool {
	if e.Core < 0 || e.Core >= c.cores || e.Core == core {
		return false
	}
	pool := c.p.Cores[from].User
	return e.PA%layout.PageSize == 0 && e.Pages > 0 && e.Pages <= pool.Size/layout.PageSize && pool.Contains(e.PA) &&
		pool.Contains(e.PA+e.Pages*layout.PageSize-1) && (e.Rights == layout.R || e.Rights == layout.R|layout.W)
}

// has reports whether the other end has the same grant with that core in its books.
func has(list []grant.Entry, e *grant.Entry, core int) bool {
	o := covering(list, core, e.PA)
	return o != nil && o.PA == e.PA && o.Pages == e.Pages && o.Rights == e.Rights
}

// mapped counts the pages of an entry that its holder maps as granted.
// What user code maps of them does not count.
func (c *checker) mapped(core int, e *grant.Entry) (n uint64) {
	end := e.PA + e.Pages*layout.PageSize
	for i := range c.spans {
		if s := &c.spans[i]; s.core == core && s.Kind == layout.Grant && s.VA >= layout.UserEnd && s.PA < end && e.PA < s.end() {
			n += (min(end, s.end()) - max(e.PA, s.PA)) / layout.PageSize
		}
	}
	return n
}

// entry describes a grant for a violation.
func entry(e *grant.Entry, preposition string) string {
	return fmt.Sprintf("%s at %#x with %s %s core %d", count(e.Pages, "page"), e.PA, e.Rights, preposition, e.Core)
}
