package memory

import "unsafe"

// Bytes returns the memory at an address that a Space has mapped, to use until it is
// unmapped. The collector does not look there: no Go pointer may be kept in it.
func Bytes(va, size uint64) []byte {
	return unsafe.Slice((*byte)(pointer(va)), size)
}

// Words returns the same as 64-bit words.
func Words(va, size uint64) []uint64 {
	return unsafe.Slice((*uint64)(pointer(va)), size/8)
}

// pointer is an address that is none of the Go heap's as a pointer.
func pointer(va uint64) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&va)) }
