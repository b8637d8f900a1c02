package dma

import (
	"unsafe"

	"atoll/arch/order"
)

// Words of a buffer that its device reads or writes at the same time. Offsets are in
// bytes; one that is not in the buffer, or not aligned, panics: it is never input.

// Load32 is one plain load.
func (b Buffer) Load32(at int) uint32 { return order.Load32(word[uint32](b, at)) }

// Load16 is one plain load, then fence r,rw.
func (b Buffer) Load16(at int) uint16 { return order.LoadAcquire16(word[uint16](b, at)) }

// Store16 is fence rw,w, then one plain store.
func (b Buffer) Store16(at int, v uint16) { order.StoreRelease16(word[uint16](b, at), v) }

// word returns a pointer to the word at an offset.
func word[T uint16 | uint32](b Buffer, at int) *T {
	size := int(unsafe.Sizeof(T(0)))
	p := unsafe.Pointer(&b.Bytes[at : at+size][0])
	if uintptr(p)%uintptr(size) != 0 {
		panic("dma: a word is not aligned")
	}
	return (*T)(p)
}
