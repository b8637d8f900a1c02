package ump

import "unsafe"

// A frame is one page, and a status line is one cache line.
var (
	_ [FrameSize - unsafe.Sizeof(Frame{})]byte
	_ [unsafe.Sizeof(Frame{}) - FrameSize]byte
	_ [64 - unsafe.Sizeof(Line{})]byte
	_ [unsafe.Sizeof(Line{}) - 64]byte
)

// FrameAt returns the pair frame mapped at a virtual address, which must be on
// a page boundary, mapped read-write, outside the Go heap and stay mapped.
func FrameAt(va uint64) *Frame {
	return *(**Frame)(unsafe.Pointer(&va))
}

// FrameIn returns the frame that memory outside the Go heap holds. It panics if that is
// not a whole, aligned frame: it is the caller's.
func FrameIn(b []byte) *Frame {
	if len(b) != FrameSize || uintptr(unsafe.Pointer(&b[0]))%64 != 0 {
		panic("ump: the memory is not a frame")
	}
	return (*Frame)(unsafe.Pointer(&b[0]))
}

// StartOffset returns where the Start record of an end stands in a frame, bytes.
func StartOffset(end int) uint64 {
	return uint64(unsafe.Offsetof(Frame{}.Line)) + uint64(end)*uint64(unsafe.Sizeof(Line{})) + uint64(unsafe.Offsetof(Line{}.Start))
}
