package abi

// Frame is what a dispatcher and its CPU driver share, the first page of the frame that
// CallConfigure was given. User code writes it, but for what is said to be the kernel's.
// All of it is input to both sides.
//
// A dispatcher with a frame is run by upcalls (Anderson et al., Scheduler Activations,
// 1991; Barrelfish Technical Note 0). While it is enabled, a trap or the end of its turn
// saves its registers here; when it runs again it does so at Entry, disabled, with the
// frame's address in a0, why in a1, and two words more in a2 and a3. Code there picks a
// thread and resumes it. While it is disabled a turn's end is not seen: it goes on where it
// was. A fault while it is disabled stops it.
//
// What comes while it is disabled sets a bit of Pending and makes it run. The kernel never
// clears one: whoever picks a thread does, by one atomic instruction, before it looks for
// what has come. While a bit is set CallWait returns OK at once, also one that has begun,
// and CallResume, once the registers are those of the Save, is followed by the upcall for
// the lowest bit. Code in the critical range cannot see a bit that is set behind its back:
// that upcall comes at the end of the turn.
//
// It is disabled while Disabled is not 0, or the program counter lies in [CriticalFrom,
// CriticalTo): code there can load a thread's registers and jump, without a call.
type Frame struct {
	Disabled     uint64
	Entry        uint64 // address of the upcalls
	CriticalFrom uint64
	CriticalTo   uint64
	Stack        uint64 // stack pointer of an upcall
	Pending      uint64 // bit 1<<Upcall for each that has come while it was disabled; the kernel sets them, user code clears them
	Upcalls      uint64 // the kernel's: how many there were
	_            uint64
	Enabled      Save // the kernel's: what an upcall of a turn's end or a message interrupted
	Trap         Save // the kernel's: what a fault or an unknown call interrupted
}

// Save holds registers.
type Save struct {
	X    [32]uint64 // X[0] is the program counter
	F    [32]uint64
	FCSR uint64
	_    [7]uint64
}

// Upcall says why there is one.
type Upcall uint64

// Upcalls. Behind each stands what is in a2 and a3.
const (
	UpcallRun     Upcall = iota // its turn has come
	UpcallFault                 // cause, address: a page fault, an illegal instruction, ...
	UpcallCall                  // number: a call that is none of the native ones
	UpcallMessage               // a message has come to an endpoint, or an interrupt, or a ring
	UpcallTime                  // the time of CallWait has come
)

// State is what a dispatcher does.
type State uint64

// States.
const (
	StateNew     State = iota // has not been started
	StateRuns                 // wants the hart, or waits
	StateFaulted              // has done what it may not; cause and value say what
	StateStopped
)
