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
