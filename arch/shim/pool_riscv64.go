package shim

import "atoll/arch/layout"

// pool is the page pool of the instance: its kernel reserve. Pages are taken in
// order of address, then from a list of those given back. The list is kept in
// the free pages themselves, which nobody maps.
type pool struct {
	next, end uintptr // pages never used yet
	free      uintptr // first page of the list, 0 = none
	nfree     uintptr
	total     uintptr // pages
	used      uintptr
	most      uintptr // of used
}

// poolReserve is kept for page tables and for faults of the shim when the runtime
// has used up the rest.
const poolReserve = 16 // pages

// peek returns the page to use next, and whether it comes from the list; 0 when
// the pool is empty, and for the runtime already when only the reserve is left.
func (p *pool) peek(forRuntime bool) (pa uintptr, listed bool) {
	switch {
	case forRuntime && p.total-p.used <= poolReserve:
		return 0, false
	case p.free != 0:
		return p.free, true
	case p.next < p.end:
		return p.next, false
	}
	return 0, false
}

// claim takes the page that peek found, which is mapped at va by now, and clears it.
func (p *pool) claim(va uintptr, listed bool) {
	if listed {
		p.free = load(va)
		p.nfree--
	} else {
		p.next += layout.PageSize
	}
	zeroPage(va)
	p.used++
	p.most = max(p.most, p.used)
}

// take returns a zeroed page for the shim itself, 0 if there is none.
func (c *core) take() uintptr {
	pa, listed := c.mem.pool.peek(false)
	if pa != 0 {
		c.mem.pool.claim(c.open(slotPage, pa), listed)
	}
	return pa
}

// takeAt maps a zeroed page at va, whose table exists, and reports whether there
// was one. The reserve is for what the shim itself needs.
func (c *core) takeAt(va uintptr, forRuntime bool) bool {
	pa, listed := c.mem.pool.peek(forRuntime)
	if pa == 0 || !c.mapPage(va, pa, layout.R|layout.W) {
		return false
	}
	c.mem.pool.claim(va, listed)
	return true
}

// give puts the page pa, still mapped at va, on the list. The caller unmaps it.
func (p *pool) give(va, pa uintptr) {
	store(va, p.free)
	p.free = pa
	p.nfree++
	p.used--
}
