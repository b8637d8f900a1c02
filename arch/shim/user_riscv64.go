package shim

import (
	"errors"
	"runtime"
	"unsafe"

	"atoll/arch/layout"
	"atoll/arch/sv39"
)

// enterUser runs u in U-mode until a trap (user_riscv64.s), or not at all if stop is not
// 0 or the interrupt at until has been taken: then it answers false.
//
//go:noescape
func enterUser(u *User, stop *uint32, until uint64) bool

// A User is laid out as the beginning of a thread.
var (
	_ [unsafe.Offsetof(User{}.full) - unsafe.Offsetof(thread{}.full)]byte
	_ [unsafe.Offsetof(thread{}.full) - unsafe.Offsetof(User{}.full)]byte
	_ [unsafe.Offsetof(User{}.PC) - unsafe.Offsetof(thread{}.pc)]byte
	_ [unsafe.Offsetof(thread{}.pc) - unsafe.Offsetof(User{}.PC)]byte
)

// Run lets the code run in U-mode, in the address space of UseRoot, until a trap. An
// interrupt ends the run as anything else does, so that Go code can be preempted, and
// the world stopped, while U-mode spins. There is one at the time until (ticks) at the
// latest. If that time has come, or stop is not 0, the code does not run, and the cause is
// CauseStopped. Another goroutine may set stop at any time; it counts if that is before
// U-mode is entered.
//
// Execution context: Go, on any goroutine, which may be on another thread afterwards. Does
// not allocate.
func (u *User) Run(until uint64, stop *uint32) {
	c := theCore()
	c.userEnd = until // in one store; counts from the next time that the timer is set
	if until < c.sched.armed {
		call(callArm, 0, 0, 0, 0)
	}
	if !enterUser(u, stop, until) {
		u.Cause = CauseStopped
	}
	runtime.KeepAlive(u)
}

// forgetUser makes the hart load the user's floating-point registers before it runs.
func forgetUser(u *User) {
	if c := theCore(); c.fpOwner == uintptr(unsafe.Pointer(u)) {
		c.fpOwner = 0 // in one store: a trap in between would do the same
	}
}

// UserEntries is how many entries of a root table belong to U-mode: gigapages.
const UserEntries = layout.UserEnd / layout.GigaPage

// NewTable makes the page at a physical address a page table without entries of its
// own. A root table has those of the kernel, which never change. The page must be
// mapped nowhere, for tables are reached through the table window alone, and must not be
// the root in use.
func NewTable(pa uint64, root bool) error {
	word := uintptr(0)
	if root {
		word = 1
	}
	if call(callNewTable, uintptr(pa), word, 0, 0) != 0 {
		return errTable
	}
	return nil
}

// SetEntry writes an entry of a page table, one of U-mode's if it is a root. What the
// hart has translated before it forgets only with FlushUser.
//
// U-mode may have no global entry, and no leaf that is not for U-mode.
func SetEntry(table, index, entry uint64) error {
	bad := entry&sv39.G != 0 || sv39.IsLeaf(entry) && entry&sv39.U == 0
	if table == 0 || table%layout.PageSize != 0 || index >= sv39.Entries || bad {
		return errTable
	}
	writeEntry(uintptr(table), uintptr(index), uintptr(entry))
	return nil
}

var errTable = errors.New("no such page or entry for a table")

// UseRoot makes the address space with a root table, from NewTable, the one in which
// U-mode runs; 0 is that of the instance alone. The kernel's half is the same in all of
// them, so that a trap changes nothing.
func UseRoot(pa uint64) {
	root := uintptr(pa)
	if root == 0 {
		root = theCore().mem.root
	}
	setSatp(uintptr(sv39.Satp(uint64(root))))
}

// FlushUser makes the hart forget what it has translated (Privileged Architecture,
// SFENCE.VMA).
func FlushUser() { sfenceAll() }

// SyncCode makes the hart fetch code that has been written through another mapping
// (Unprivileged ISA, FENCE.I).
func SyncCode() { fenceI() }

// Forever as a time is no bound.
const Forever = forever

// newTable clears the page at pa and gives it the kernel's entries if it is a root.
func (c *core) newTable(pa, root uintptr) uintptr {
	if pa == 0 || pa%layout.PageSize != 0 {
		return errno(einval)
	}
	va := c.open(slotPage, pa)
	zeroPage(va)
	if root != 0 {
		// The window has no slot for a root table: that of level 1 does.
		from := c.open(slotL1, c.mem.root)
		for i := uintptr(UserEntries); i < UserEntries+numGigas; i++ {
			store(va+i*sv39.EntrySize, load(from+i*sv39.EntrySize))
		}
	}
	return 0
}

// ClearPages zeroes whole pages at a virtual address outside the Go heap.
func ClearPages(va, size uint64) {
	if size > 0 {
		zeroPages(uintptr(va), uintptr(va+size))
	}
}
