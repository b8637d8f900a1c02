package reg

// Block is a device's registers. Offsets are in bytes from the first register
// and aligned to the access; each call is one access of that width.
type Block interface {
	Read8(off uintptr) uint8
	Read32(off uintptr) uint32
	Write8(off uintptr, v uint8)
	Write32(off uintptr, v uint32)
}
