package ecall

// Registers are a0 to a6, then t0 to t2. A call replaces the first seven with its results.
type Registers [10]uint64

// Indices of t0 to t2.
const (
	T0 = 7 + iota
	T1
	T2
)

// NoCall is the result in a0 where there is nobody to call: on other architectures than
// riscv64.
const NoCall = 64
