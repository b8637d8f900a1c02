package probe

// Registers are the values of X1-X31 and F0-F31 by number, and of fcsr.
type Registers struct {
	X    [32]uint64
	F    [32]uint64
	FCSR uint64
}

// Untouchable are the registers that Hold and Call leave alone: zero, the stack
// pointer, the shim's own TP, and Go's g.
const Untouchable = 1<<0 | 1<<2 | 1<<4 | 1<<27

// Counters are the registers in which Hold counts, bound by its loop to end at 0.
const Counters = 1<<30 | 1<<31

// Scratch are the registers that a call of the shim may change: the result and
// those that no code of the runtime holds a value in across a call.
const Scratch = 1<<5 | 1<<10 | 1<<31

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
