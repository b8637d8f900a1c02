package main

import (
	"unsafe"

	"atoll/arch/layout"
)

// words returns the page of memory at an address, which is not the Go heap's.
func words(va uint64) []uint32 {
	p := uintptr(va)
	return unsafe.Slice(*(**uint32)(unsafe.Pointer(&p)), layout.PageSize/4)
}
