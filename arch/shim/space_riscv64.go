package shim

import (
	"atoll/arch/layout"
	"atoll/arch/sv39"
)

// mapRange maps n bytes at va to the memory or device at pa. It answers 0, or an
// error, and has mapped nothing then: a place outside the device and RAM windows, or
// taken already, or no page for a table.
func (c *core) mapRange(va, pa, n uintptr, perm layout.Perm) uintptr {
	if !mappable(va, n) || pa%layout.PageSize != 0 || n%layout.PageSize != 0 {
		return errno(einval)
	}
	if c.mem.slots[slotPage]-pa < n {
		c.shut(slotPage) // a table of user space that is memory again
	}
	first := va
	for end := va + n; va < end; va += layout.PageSize {
		e := c.leaf(va, true)
		if e == 0 {
			c.clearRange(first, va)
			return errno(enomem)
		}
		if load(e) != 0 {
			c.clearRange(first, va)
			return errno(eexist)
		}
		store(e, uintptr(sv39.Leaf(uint64(pa), perm, false, true)))
		pa += layout.PageSize
	}
	sfenceAll()
	return 0
}

// mappable reports whether [va, va+n) lies in a window for mappings by choice.
func mappable(va, n uintptr) bool {
	switch {
	case va%layout.PageSize != 0 || va+n < va:
		return false
	case va >= layout.DeviceBase && va+n <= layout.DeviceBase+layout.GigaPage:
		return true
	}
	return va >= layout.WindowBase && va+n <= layout.WindowEnd
}

// unmapRange takes n bytes at va out of the address space.
func (c *core) unmapRange(va, n uintptr) uintptr {
	if !mappable(va, n) {
		return errno(einval)
	}
	c.clearRange(va, va+n)
	return 0
}

// clearRange unmaps [va, end) and gives back the tables that this leaves empty.
func (c *core) clearRange(va, end uintptr) {
	const mask = layout.MegaPage - 1
	for ; va < end; va = (va + layout.MegaPage) &^ mask {
		for p := va; p < min(end, (va+layout.MegaPage)&^mask); p += layout.PageSize {
			if e := c.leaf(p, false); e != 0 {
				store(e, 0)
			}
		}
		c.dropTable(va)
	}
	sfenceAll()
}

// dropTable gives the level-0 table that translates va back to the pool, if there is
// one and it is empty. The caller does sfence.vma before anything takes the page.
func (c *core) dropTable(va uintptr) {
	if c.leaf(va, false) == 0 {
		return
	}
	table := uintptr(layout.TableWindow + slotL0*layout.PageSize)
	for i := uintptr(0); i < layout.PageSize; i += sv39.EntrySize {
		if load(table+i) != 0 {
			return
		}
	}
	store(c.open(slotL1, c.mem.l1[va/layout.GigaPage-firstGiga])+uintptr(sv39.Index(uint64(va), 1))*sv39.EntrySize, 0)
	page := c.mem.slots[slotL0]
	c.mem.pool.give(table, page)
	c.mem.pages--
	c.shut(slotL0)
	if c.mem.slots[slotPage] == page {
		c.shut(slotPage) // where it was cleared when it became a table
	}
}

// leafInfo is what nextLeaf answers: a run of pages with the same permissions,
// contiguous in both address spaces.
type leafInfo struct {
	va, pa, pages uintptr
	perm          layout.Perm
}

// maxRun bounds the work of one nextLeaf, which runs with interrupts off.
const maxRun = 64

// nextLeaf looks for the first mapped page from va on, writes the run of pages
// that begins there to the leafInfo at out, and answers 1. It answers 0 and a
// place to go on from when it has found none in a level-0 table, and an error at
// the end of the address space.
func (c *core) nextLeaf(va, out uintptr) uintptr {
	o := (*leafInfo)(ptr(out))
	*o = leafInfo{}
	for ; va < layout.WindowEnd; va = (va + layout.GigaPage) &^ (layout.GigaPage - 1) {
		if g := va/layout.GigaPage - firstGiga; c.mem.l1[g] != 0 {
			break
		}
	}
	if va >= layout.WindowEnd {
		return errno(enoent)
	}
	end := (va + layout.MegaPage) &^ (layout.MegaPage - 1)
	for ; va < end; va += layout.PageSize {
		e := c.leaf(va, false)
		if e == 0 {
			break
		}
		pte := uint64(load(e))
		if pte == 0 {
			if o.pages != 0 {
				return 1
			}
			continue
		}
		if !o.extend(va, uintptr(sv39.PA(pte)), sv39.Perm(pte)) || o.pages == maxRun {
			return 1
		}
	}
	if o.pages != 0 {
		return 1
	}
	o.va = end
	return 0
}

// extend adds a page to the run and reports whether it fits.
func (o *leafInfo) extend(va, pa uintptr, perm layout.Perm) bool {
	if o.pages == 0 {
		*o = leafInfo{va: va, pa: pa, perm: perm}
	} else if pa != o.pa+o.pages*layout.PageSize || perm != o.perm {
		return false
	}
	o.pages++
	return true
}
