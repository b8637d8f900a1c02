package kernel

import (
	"atoll/arch/layout"
	"atoll/arch/shim"
	"atoll/kernel/capability"
)

// Physical is memory of the instance's own user pool as the CPU driver reaches it: through
// the RAM window, but for page tables, which have no address there (law L7).
//
// Execution context: S-mode Go; does not allocate.
type Physical struct {
	// Ended is told which objects have ended, Reclaimed what memory nobody has a
	// capability to. Either may be nil.
	Ended     func(capability.Cap)
	Reclaimed func(capability.Cap)

	low, high uint64 // all that has been adopted lies between
}

// toWindow is what the address of physical memory in the RAM window is more.
var toWindow = layout.WindowBase - shim.Row().WindowPA

// window returns that address.
func window(pa uint64) uint64 { return pa + toWindow }

// Adopt maps a part of the user pool, so that objects can be made of it.
func (p *Physical) Adopt(base, size uint64) error {
	if p.high == 0 {
		p.low = base
	}
	p.low, p.high = min(p.low, base), max(p.high, base+size)
	return shim.Map(window(base), base, size, layout.R|layout.W)
}

// Release takes it out again. Nothing must be made of it any more.
func (p *Physical) Release(base, size uint64) error { return shim.Unmap(window(base), size) }

// Reaches reports whether memory that somebody has a capability to is of the own user pool,
// not another core's that it has granted.
func (p *Physical) Reaches(base, size uint64) bool {
	return base >= p.low && base < p.high && size <= p.high-base
}

// Origin returns what would be the last slot before the window.
func (p *Physical) Origin() (*capability.Slot, capability.Ref) {
	at := shim.Row().WindowPA - capability.SlotSize
	return (*capability.Slot)(shim.At(window(at))), capability.Ref(at)
}

// Word returns a word.
func (p *Physical) Word(pa uint64) *uint64 { return (*uint64)(shim.At(window(pa))) }

// Bytes returns n bytes, all in one page.
func (p *Physical) Bytes(pa, n uint64) []byte { return shim.Bytes(window(pa), n) }

// SyncCode has the hart fetch code that has been written.
func (p *Physical) SyncCode() { shim.SyncCode() }

// Clear zeroes whole pages. Those of another core's user pool, which somebody here has RAM of,
// are in the window for as long as that takes.
func (p *Physical) Clear(base, size uint64) {
	if !p.Reaches(base, size) {
		must(shim.Map(window(base), base, size, layout.R|layout.W))
		defer func() { must(shim.Unmap(window(base), size)) }()
	}
	shim.ClearPages(window(base), size)
}

// Import copies a page of another core's user pool, which is in the window for as long as that
// takes, to one of the own.
func (p *Physical) Import(to, from uint64) {
	must(shim.Map(window(from), from, layout.PageSize, layout.R))
	copy(p.Bytes(to, layout.PageSize), p.Bytes(from, layout.PageSize))
	must(shim.Unmap(window(from), layout.PageSize))
}

// Create takes a new table out of the window; the page behind it, which the capabilities
// keep, stays.
func (p *Physical) Create(c capability.Cap) {
	switch c.Type {
	case capability.VNodeL2, capability.VNodeL1, capability.VNodeL0:
		must(shim.Unmap(window(c.Base), layout.PageSize))
		must(shim.NewTable(c.Base, c.Type == capability.VNodeL2))
	}
}

// Destroy puts what was a table back into the window.
func (p *Physical) Destroy(c capability.Cap) {
	switch c.Type {
	case capability.VNodeL2, capability.VNodeL1, capability.VNodeL0:
		must(shim.Map(window(c.Base), c.Base, layout.PageSize, layout.R|layout.W))
	}
	if p.Ended != nil {
		p.Ended(c)
	}
}

// Settle has nothing to do.
func (p *Physical) Settle(capability.Cap) (more bool) { return false }

// must is for what cannot fail but if the kernel reserve is used up, which ends the
// instance as any lack of kernel memory does.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

// SetEntry writes an entry of a page table.
func (p *Physical) SetEntry(table, index, entry uint64) { must(shim.SetEntry(table, index, entry)) }

// Flush makes the hart forget translations.
func (p *Physical) Flush() { shim.FlushUser() }

// Reclaim hands memory on.
func (p *Physical) Reclaim(c capability.Cap) {
	if p.Reclaimed != nil {
		p.Reclaimed(c)
	}
}
