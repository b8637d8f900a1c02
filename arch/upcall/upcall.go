package upcall

// Save holds registers: the Save of package abi.
type Save struct {
	X    [32]uint64 // X[0] is the program counter
	F    [32]uint64
	FCSR uint64
	_    [7]uint64
}

// Head is the beginning of the Frame of package abi.
type Head struct {
	Disabled     uint64
	Entry        uint64
	CriticalFrom uint64
	CriticalTo   uint64
	Stack        uint64
	Pending      uint64
}

// FrameSize is the size of that Frame.
const FrameSize = 64 + 2*(64*8+64)

// fakeG is what code finds where g points: no stack guard, no m. Go's runtime reads less
// of it before it fails.
type fakeG [16]uint64

// Scheduler lies behind the Frame.
type Scheduler struct {
	g fakeG
	// Handler is the address (Code) of a func(frame *T, why, a, b uint64), where T is what
	// lies at the Frame's address. It is called disabled, and never returns.
	Handler uint64
}

// Thread is where g points while a thread runs.
type Thread struct {
	g     fakeG
	Frame uint64 // address of its dispatcher's Frame
	// Save has all registers, or, after Enter, the stack pointer, g, where to go on, and
	// Enter's result in X[10].
	Save Save
}

// Indices in Save.X.
const (
	RegPC = 0
	RegSP = 2
	RegS0 = 8
	RegA0 = 10
	RegG  = 27
)

// Exit is why a thread enters its scheduler when its function has returned. It is none of
// the upcalls of package abi.
const Exit = 1 << 32
