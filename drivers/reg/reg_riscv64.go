package reg

import "atoll/arch/mmio"

// At returns the registers that are mapped at virtual address va.
func At(va uintptr) Block { return device(va) }

type device uintptr

func (d device) Read8(off uintptr) uint8       { return mmio.Load8(uintptr(d) + off) }
func (d device) Read32(off uintptr) uint32     { return mmio.Load32(uintptr(d) + off) }
func (d device) Write8(off uintptr, v uint8)   { mmio.Store8(uintptr(d)+off, v) }
func (d device) Write32(off uintptr, v uint32) { mmio.Store32(uintptr(d)+off, v) }
