package threads

import (
	"unsafe"

	"atoll/arch/upcall"
	"atoll/kernel/abi"
)

// arch/upcall knows the Frame by offsets. They are those of package abi, and the
// scheduler's g lies where it looks.
var (
	_ [unsafe.Sizeof(abi.Frame{}) - upcall.FrameSize]byte
	_ [upcall.FrameSize - unsafe.Sizeof(abi.Frame{})]byte
	_ [unsafe.Offsetof(control{}.entered) - upcall.FrameSize]byte
	_ [unsafe.Offsetof(abi.Frame{}.Disabled) - unsafe.Offsetof(upcall.Head{}.Disabled)]byte
	_ [unsafe.Offsetof(abi.Frame{}.Pending) - unsafe.Offsetof(upcall.Head{}.Pending)]byte
	_ [unsafe.Offsetof(upcall.Head{}.Pending) - unsafe.Offsetof(abi.Frame{}.Pending)]byte
	_ [unsafe.Sizeof(abi.Save{}) - unsafe.Sizeof(upcall.Save{})]byte
	_ [unsafe.Sizeof(upcall.Save{}) - unsafe.Sizeof(abi.Save{})]byte
	_ [unsafe.Offsetof(abi.Save{}.F) - unsafe.Offsetof(upcall.Save{}.F)]byte
	_ [unsafe.Offsetof(abi.Save{}.FCSR) - unsafe.Offsetof(upcall.Save{}.FCSR)]byte
)

// Offsets of Saves in the Frame.
const (
	enabledOffset = uint64(unsafe.Offsetof(abi.Frame{}.Enabled))
	trapOffset    = uint64(unsafe.Offsetof(abi.Frame{}.Trap))
)

// frameSize is the size of what is shared.
const frameSize = (unsafe.Sizeof(control{}) + page - 1) &^ (page - 1)

// at returns the control at an address, which is mapped.
func at(addr uint64) *control { return (*control)(unsafe.Add(nil, addr)) }

// head is the Frame as arch/upcall knows it.
func (c *control) head() *upcall.Head { return (*upcall.Head)(unsafe.Pointer(c)) }

// asSave is a Save as arch/upcall knows it.
func asSave(s *abi.Save) *upcall.Save { return (*upcall.Save)(unsafe.Pointer(s)) }

// address returns where something lies that does not move.
func address[T any](p *T) uint64 { return uint64(uintptr(unsafe.Pointer(p))) }

// self returns the thread that runs.
func self() *thread { return (*thread)(unsafe.Pointer(upcall.Self())) }
