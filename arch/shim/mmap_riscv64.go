package shim

import "atoll/arch/layout"

// Flags of mmap and advice of madvise (Linux, asm-generic).
const (
	protWrite    = 2
	mapFixed     = 0x10
	mapAnonymous = 0x20
	madvDontneed = 4
	madvFree     = 8
	arenaBytes   = 64 << 20 // alignment that the runtime wants for its heap
)

func pageUp(n uintptr) uintptr { return (n + layout.PageSize - 1) &^ (layout.PageSize - 1) }

// mmap reserves or commits a range of the heap window; as on Linux, the descriptor
// does not count for anonymous memory. A hint that the window cannot hold is an
// error, not another address: the runtime has other ideas.
func (c *core) mmap(addr, n, prot, flags uintptr) uintptr {
	n = pageUp(n) // 0 also for a length that wraps
	if n == 0 || addr%layout.PageSize != 0 || flags&mapAnonymous == 0 {
		return errno(einval)
	}
	areas := &c.mem.areas
	writable := prot & protWrite / protWrite
	if addr == 0 {
		align := uintptr(layout.PageSize)
		if n >= arenaBytes {
			align = arenaBytes
		}
		if addr = areas.gap(n, align); addr == 0 {
			return errno(enomem)
		}
	} else if addr < layout.HeapBase || addr > layout.HeapEnd || n > layout.HeapEnd-addr {
		return errno(enomem)
	} else if flags&mapFixed != 0 {
		c.discard(addr, addr+n)
		if !areas.remove(addr, addr+n) {
			return errno(enomem)
		}
	} else if areas.overlaps(addr, addr+n) {
		return errno(enomem)
	}
	if !areas.add(addr, addr+n, writable) {
		return errno(enomem)
	}
	return addr
}

// munmap gives a range back.
func (c *core) munmap(addr, n uintptr) uintptr {
	n = pageUp(n)
	if addr%layout.PageSize != 0 || addr < layout.HeapBase || addr > layout.HeapEnd || n > layout.HeapEnd-addr {
		return errno(einval)
	}
	c.discard(addr, addr+n)
	if !c.mem.areas.remove(addr, addr+n) {
		return errno(enomem)
	}
	return 0
}

// madvise gives the pages of a range back to the pool where the runtime does not
// need them; they are zero when they are touched again.
func (c *core) madvise(addr, n, advice uintptr) uintptr {
	if advice == madvDontneed || advice == madvFree {
		lo, hi := pageUp(addr), (addr+n)&^(layout.PageSize-1)
		if lo >= layout.HeapBase && hi <= layout.HeapEnd && lo < hi {
			c.discard(lo, hi)
		}
	}
	return 0
}
