package sv39

import "atoll/arch/layout"

// Bits of a page-table entry (section 10.4.1).
const (
	V = 1 << iota // valid
	R             // readable
	W             // writable
	X             // executable
	U             // for user mode
	G             // global: in every address space
	A             // accessed
	D             // dirty
)

// Sizes and limits.
const (
	Levels     = 3
	Entries    = 512     // of a table
	EntrySize  = 8       // bytes
	MaxPA      = 1 << 56 // first physical address that an entry cannot hold
	ppnShift   = 10
	ppnMask    = 1<<44 - 1
	pageShift  = 12
	indexBits  = 9
	highBits   = uint64(0x3ff) << 54 // N, PBMT and reserved bits
	satpModeSv = uint64(8) << 60
)

// Leaf returns the entry that maps the page at pa, which must be aligned to the
// size of the page. What the format cannot express gives the invalid entry 0:
// no permission at all (that would be a branch), W without R (reserved, section
// 10.3.1, table of encodings), or an address from MaxPA on.
//
//go:nosplit
func Leaf(pa uint64, perm layout.Perm, user, global bool) uint64 {
	perm &= layout.R | layout.W | layout.X
	if perm == 0 || perm&(layout.R|layout.W) == layout.W || pa >= MaxPA {
		return 0
	}
	// The permissions of package layout are R, W and X one bit lower.
	e := pa>>pageShift<<ppnShift | uint64(perm)<<1 | A | V
	if perm&layout.W != 0 {
		e |= D
	}
	if user {
		e |= U
	}
	if global {
		e |= G
	}
	return e
}

// Step returns what the leaf of each of a run of pages of the level is more than the one before.
//
//go:nosplit
func Step(level int) uint64 { return 1 << (ppnShift + indexBits*uint(level)) }

// Branch returns the entry that points to the table at pa, page aligned. A
// branch has A, D and U clear (section 10.3.1).
//
//go:nosplit
func Branch(pa uint64) uint64 {
	if pa >= MaxPA {
		return 0
	}
	return pa>>pageShift<<ppnShift | V
}

// PA returns the physical address that an entry points to.
//
//go:nosplit
func PA(pte uint64) uint64 { return pte >> ppnShift & ppnMask << pageShift }

// IsLeaf reports whether the entry is valid and maps memory.
//
//go:nosplit
func IsLeaf(pte uint64) bool { return pte&V != 0 && pte&(R|W|X) != 0 }

// IsBranch reports whether the entry is valid and points to a table.
//
//go:nosplit
func IsBranch(pte uint64) bool { return pte&(V|R|W|X) == V }

// Perm returns what a leaf allows.
//
//go:nosplit
func Perm(pte uint64) layout.Perm { return layout.Perm(pte >> 1 & 7) }

// Index returns the entry of a table of the level (2, 1, 0) that translates va.
//
//go:nosplit
func Index(va uint64, level int) uint64 {
	return va >> (pageShift + indexBits*uint(level)) & (Entries - 1)
}

// Size returns the bytes that a leaf of the level maps.
//
//go:nosplit
func Size(level int) uint64 { return 1 << (pageShift + indexBits*uint(level)) }

// Satp returns the value of satp that selects Sv39 with ASID 0 and the root
// table at pa (section 10.1.11).
//
//go:nosplit
func Satp(root uint64) uint64 { return satpModeSv | root>>pageShift&ppnMask }
