package stream

import "unsafe"

// wordsOf returns the control words of a core's memory.
func wordsOf(memory []byte) *control {
	return (*control)(unsafe.Pointer(&memory[:unsafe.Sizeof(control{})][0]))
}

// aligned reports whether memory may hold control words.
func aligned(memory []byte) bool { return uintptr(unsafe.Pointer(unsafe.SliceData(memory)))%64 == 0 }
