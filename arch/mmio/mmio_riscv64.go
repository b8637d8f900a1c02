package mmio

// All functions are nosplit assembly: early code calls them without a runtime.

// Load8 reads the 8-bit register at addr.
//
//go:noescape
func Load8(addr uintptr) uint8

// Load16 reads the 16-bit register at addr, which must be aligned to 2 bytes.
//
//go:noescape
func Load16(addr uintptr) uint16

// Load32 reads the 32-bit register at addr, which must be aligned to 4 bytes.
//
//go:noescape
func Load32(addr uintptr) uint32

// Load64 reads the 64-bit register at addr, which must be aligned to 8 bytes.
//
//go:noescape
func Load64(addr uintptr) uint64

// Store8 writes the 8-bit register at addr.
//
//go:noescape
func Store8(addr uintptr, v uint8)

// Store16 writes the 16-bit register at addr, which must be aligned to 2 bytes.
//
//go:noescape
func Store16(addr uintptr, v uint16)

// Store32 writes the 32-bit register at addr, which must be aligned to 4 bytes.
//
//go:noescape
func Store32(addr uintptr, v uint32)

// Store64 writes the 64-bit register at addr, which must be aligned to 8 bytes.
//
//go:noescape
func Store64(addr uintptr, v uint64)
