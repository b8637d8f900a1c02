package shim

import (
	"errors"
	"unsafe"

	"atoll/arch/layout"
	"atoll/arch/sv39"
)

// runUser runs u, and whom serve returns, in U-mode (user_riscv64.s).
//
//go:noescape
func runUser(u *User, serve func() *User)

// A User is laid out as the beginning of a thread.
var (
	_ [unsafe.Offsetof(User{}.fpUsed) - unsafe.Offsetof(thread{}.fpUsed)]byte
	_ [unsafe.Offsetof(thread{}.fpUsed) - unsafe.Offsetof(User{}.fpUsed)]byte
	_ [unsafe.Offsetof(User{}.PC) - unsafe.Offsetof(thread{}.pc)]byte
	_ [unsafe.Offsetof(thread{}.pc) - unsafe.Offsetof(User{}.PC)]byte
)

// RunUser lets the code of u run in U-mode, in its address space, until a trap. The kernel's
// half is the same in all of them, so that a trap changes nothing. Then it calls serve, lets the one that this returns run, and so on, until serve returns
// nil. An interrupt ends a run as anything else does, so that Go code can be preempted, and
// the world stopped, while U-mode spins. There is one at the time until (ticks) at the
// latest. If that time has come, or UserStop is set, the code does not run, and the cause is
// CauseStopped.
//
// Execution context: Go, on any goroutine, which may be on another thread afterwards; one
// at a time. Does not allocate. Who runs must be held by somebody else.
func RunUser(u *User, until uint64, serve func() *User) {
	c := theCore()
	if c.sched.urgent.head != 0 {
		call(callYield, 0, 0, 0, 0) // who this thread has woken runs first, not at its slice's end
		c = theCore()
	}
	c.userStop[userOver] = 0
	c.userEnd = until // in one store; counts from the next time that the timer is set
	if until < c.sched.armed {
		call(callArm, 0, 0, 0, 0)
	}
	runUser(u, serve)
}

// UserStop is a word that any goroutine may set, at any time, to have no code run in U-mode
// until it is 0 again. It counts if that is before U-mode is entered: afterwards nobody
// else runs before an interrupt.
func UserStop() *uint32 { return &theCore().userStop[userAsked] }

// Why there is to be no run: words of core.userStop.
const (
	userAsked = iota // UserStop
	userOver         // userEnd has come, and its interrupt
)

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
	bad := entry&(sv39.G|sv39.U) != sv39.U && (entry&sv39.G != 0 || sv39.IsLeaf(entry)) // most are U-mode's leaves
	if table == 0 || table%layout.PageSize != 0 || index >= sv39.Entries || bad {
		return errTable
	}
	writeEntry(uintptr(table), uintptr(index), uintptr(entry))
	return nil
}

var errTable = errors.New("no such page or entry for a table")

// LeaveRoot takes the address space with a root table out of use, if it is that which the
// hart uses: its tables may end.
func LeaveRoot(pa uint64) {
	c := theCore()
	if pa == 0 || c.userRoot != uintptr(pa) {
		return
	}
	setSatp(uintptr(sv39.Satp(uint64(c.ownRoot))))
	c.userRoot = 0
	c.fpOwner = 0 // so that who runs next looks at the address space
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
