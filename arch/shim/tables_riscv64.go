package shim

import (
	"atoll/arch/layout"
	"atoll/arch/sv39"
)

// Page tables have no address of their own: a wild write cannot reach them. The
// one way to them is the table window, a level-0 table that maps itself in its
// first page and, in the pages behind it, whatever is being looked at: at most
// one table of level 1, one of level 0 and one page to clear.
const (
	slotSelf = iota
	slotL1
	slotL0
	slotPage
	numSlots
)

// pageWindow is where the window shows its page, pageEntry the entry that maps it there.
const (
	pageWindow = layout.TableWindow + slotPage*layout.PageSize
	pageEntry  = layout.TableWindow + slotPage*sv39.EntrySize
)

// firstGiga is the kernel's first gigapage, numGigas their number.
const (
	firstGiga = layout.LinkBase / layout.GigaPage
	numGigas  = 128
)

// memory is what the shim knows of the instance's memory.
type memory struct {
	pool  pool
	root  uintptr
	l1    [numGigas]uintptr // level-1 table of each kernel gigapage, 0 = none
	slots [numSlots]uintptr // physical page that each slot of the window shows
	areas areaList
	zero  area // bss and the first thread's stack, outside the heap window
	stack area
	pages uintptr // tables
}

// open makes slot s of the window show the page at pa and returns its address.
func (c *core) open(s int, pa uintptr) uintptr {
	va := uintptr(layout.TableWindow + s*layout.PageSize)
	if c.mem.slots[s] != pa {
		store(uintptr(layout.TableWindow+s*sv39.EntrySize), uintptr(sv39.Leaf(uint64(pa), layout.R|layout.W, false, true)))
		sfence(va)
		c.mem.slots[s] = pa
	}
	return va
}

// writeEntry is open of the page of a table, and a store of an entry there. It is for Go,
// without the way into the shim.
func writeEntry(table, index, entry uintptr)

// windowFlags is what an entry of the window has beside its page (sv39.Leaf).
const windowFlags = sv39.R | sv39.W | sv39.G | sv39.A | sv39.D | sv39.V

// shut makes slot s of the window show nothing.
func (c *core) shut(s int) {
	store(uintptr(layout.TableWindow+s*sv39.EntrySize), 0)
	sfence(uintptr(layout.TableWindow + s*layout.PageSize))
	c.mem.slots[s] = 0
}

// leaf returns the address, in the window, of the level-0 entry that translates
// va, or 0 if there is none. With create it makes the level-0 table.
func (c *core) leaf(va uintptr, create bool) uintptr {
	g := va/layout.GigaPage - firstGiga
	if g >= numGigas || c.mem.l1[g] == 0 {
		return 0
	}
	e := c.open(slotL1, c.mem.l1[g]) + uintptr(sv39.Index(uint64(va), 1))*sv39.EntrySize
	l0 := uintptr(sv39.PA(uint64(load(e))))
	if l0 == 0 {
		if !create {
			return 0
		}
		if l0 = c.take(); l0 == 0 {
			return 0
		}
		c.mem.pages++
		store(e, uintptr(sv39.Branch(uint64(l0))))
	}
	return c.open(slotL0, l0) + uintptr(sv39.Index(uint64(va), 0))*sv39.EntrySize
}

// mapPage maps the page at pa. It answers false if there is no page for a table.
func (c *core) mapPage(va, pa uintptr, perm layout.Perm) bool {
	e := c.leaf(va, true)
	if e == 0 {
		return false
	}
	store(e, uintptr(sv39.Leaf(uint64(pa), perm, false, true)))
	sfence(va)
	return true
}

// writable reports whether the runtime may write the page at va.
func (c *core) writable(va uintptr) bool {
	m := &c.mem
	switch {
	case va-m.zero.lo < m.zero.hi-m.zero.lo, va-m.stack.lo < m.stack.hi-m.stack.lo:
		return true
	case va < layout.HeapBase || va >= layout.HeapEnd:
		return false
	}
	i := m.areas.find(va)
	return i < m.areas.n && m.areas.a[i].lo <= va && m.areas.a[i].writable != 0
}

// demand maps a zero page at va if the runtime may write there. It answers
// false if it may not, and ends the instance when the pool is empty.
func (c *core) demand(va uintptr) bool {
	va &^= layout.PageSize - 1
	if !c.writable(va) {
		return false
	}
	e := c.leaf(va, true)
	if e != 0 && load(e) != 0 {
		return false // mapped already: the fault has another cause
	}
	if e == 0 || !c.takeAt(va, c.depth < 2) {
		c.fatalOOM(va)
	}
	return true
}

// discard unmaps [lo, hi) and gives its pages back to the pool.
func (c *core) discard(lo, hi uintptr) {
	const mega = layout.MegaPage
	given := c.mem.pool.nfree
	for va := lo; va < hi; va += layout.PageSize {
		e := c.leaf(va, false)
		if e == 0 { // no level-0 table: go on with the next megapage
			va = (va+mega)&^(mega-1) - layout.PageSize
			continue
		}
		if pte := load(e); pte != 0 {
			c.mem.pool.give(va, uintptr(sv39.PA(uint64(pte))))
			store(e, 0)
		}
	}
	if c.mem.pool.nfree != given {
		sfenceAll()
	}
}
