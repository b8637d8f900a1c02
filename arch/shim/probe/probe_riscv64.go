package probe

// Hold loads the registers from in, holds them for a number of rounds (>= 1) of a
// loop without memory access, and stores what they are then to out.
//
//go:noescape
func Hold(in, out *Registers, rounds uint64)

// Call loads X1-X30 from in, calls the shim in place of an ECALL (X17 = number,
// X10-X15 = arguments), and stores the registers to out.
//
//go:noescape
func Call(in, out *Registers)

// Jump calls the function at an address that may hold none.
func Jump(addr uint64)
