package shim

import (
	"unsafe"

	"atoll/arch/layout"
	"atoll/arch/sv39"
)

// Constants for entry_riscv64.s, which cannot compute them.
const (
	headerBytes      = layout.PageSize // from the image's first byte to runtime.text
	earlyG           = 2 * layout.PageSize
	infoDataEnd      = layout.InfoOffset + 5*8
	rowPoolEnd       = unsafe.Offsetof(layout.Row{}.PoolEnd)
	claimedAt        = layout.ClaimedOffset
	rowCore          = unsafe.Offsetof(layout.Row{}.Core)
	rowCrash         = unsafe.Offsetof(layout.Row{}.CrashPA)
	startRow         = unsafe.Offsetof(layout.Start{}.Row)
	startLife        = unsafe.Offsetof(layout.Start{}.Life)
	crashIncarnation = unsafe.Offsetof(layout.Crash{}.Incarnation)
	crashMark        = unsafe.Offsetof(layout.Crash{}.Magic)
	crashMagic       = layout.CrashMagic
	crashCause       = unsafe.Offsetof(layout.Crash{}.Cause)
	crashStatus      = unsafe.Offsetof(layout.Crash{}.Status)
	crashTime        = unsafe.Offsetof(layout.Crash{}.Time)
	crashLength      = unsafe.Offsetof(layout.Crash{}.Length)
	causeTrap        = uint64(layout.CauseTrap)
	linkBase         = layout.LinkBase
	scratchBytes     = layout.Scratch
	coreArea         = layout.CoreArea
	firstSP          = layout.CoreArea + stackTop - argumentBytes
	allInterrupts    = softInterrupt | timerInterrupt | externalInterrupt
)

// Entry points and their neighbours in entry_riscv64.s. Only their addresses
// matter here.
func bornAddr() uintptr
func offAddr() uintptr
func sigReturnAddr() uintptr
func ecallAddr() uintptr
func leaveMMU(off, hart, start uintptr)

// call makes one of the shim's own calls as the runtime makes its system calls.
//
//go:noescape
func call(number, a0, a1, a2, a3 uintptr) uintptr

// physical returns the physical address of a link address.
func (c *core) physical(va uintptr) uintptr {
	return va - layout.LinkBase + uintptr(c.row.Image)
}

// become ends this instance (the planner) and is born as that of the start record
// at a physical address, on the same hart. The page that turns the MMU off is
// mapped to itself for this one step.
func (c *core) become(start, hart uintptr) {
	off := c.physical(offAddr())
	root := c.open(slotL0, c.mem.root)
	giga := off &^ (layout.GigaPage - 1)
	store(entryOf(root, giga, 2), uintptr(sv39.Leaf(uint64(giga), layout.R|layout.X, false, false)))
	c.setTimer(forever)
	leaveMMU(off, hart, start)
}
