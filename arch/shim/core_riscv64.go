package shim

import (
	"unsafe"

	"atoll/arch/layout"
	"atoll/arch/sbi"
)

// Places in the core area, as distances from layout.CoreArea. What a trap needs
// lies here, mapped before stvec is set; pages between the parts are guards.
const (
	coreBytes   = unsafe.Sizeof(core{})
	shimTop     = 0x4_0000 // top of the shim's stack
	nestedTop   = 0x5_0000 // top of the stack for faults inside the shim
	fatalTop    = 0x6_0000 // top of the stack for faults inside those
	shimStack   = 32 << 10 // bytes of each
	nestedStack = 16 << 10
	threadsAt   = 0x8_0000 // thread slots, a page at a time as they are needed
	threadSlot  = 1 << 10
	maxThreads  = 256
	traceAt     = 0x10_0000 - traceBytes // ring of the trace
	traceBytes  = unsafe.Sizeof(layout.TraceBuffer{})
	maxDepth    = 8         // of faults within faults; the third stops the hart, see fatal
	stackTop    = 0x16_0000 // top of the first thread's stack, demand-zero
	stackBytes  = 256 << 10
)

// core is the state of the shim of one instance, at layout.CoreArea. It holds no
// Go pointers: addresses are uintptr and never of Go objects that could move or
// be freed. The assembly reads the first fields through TP by the names that
// go_asm.h gives them.
type core struct {
	cur     uintptr           // running thread
	saved   uintptr           // save area of the latest trap from S-mode
	depth   uintptr           // 0 outside the shim, 1 in it, 2 in a fault of it, ...
	stacks  [maxDepth]uintptr // stack to use when entered at this depth
	nest    [maxDepth]uintptr // save area for a trap at depth+1
	fpOwner uintptr           // thread whose FP registers are live
	mult    uintptr           // nanoseconds a tick, fixed point, see clock
	wall    uintptr           // wall clock at time 0, ns
	tmp     [4]uintptr        // registers of the clock's fast path
	userEnd uint64            // when runs in U-mode end, forever if that is over

	userStop [2]uint32 // not 0: none begins; in one word, for the assembly
	userRoot uintptr   // root table of the address space in use, 0 = ownRoot
	ownRoot  uintptr   // that of the instance alone
	userLink uintptr   // where enterUser returns, with which stack and on which goroutine
	userSP   uintptr
	userG    uintptr
	fpZero   uintptr // 1: the FP registers, unless they are dirty, are those of a beginning

	traceOn    uintptr // 1: events are recorded
	traceNext  uint64  // number of the next record
	traceFirst uint64  // number of the first since the ring was emptied

	fakeG [64]uintptr

	nested [3]thread // save areas for faults inside the shim

	row   layout.Row
	info  layout.ImageInfo
	dtb   uintptr // device tree, as the firmware handed it over (planner only)
	entry uint64  // time CSR at entry

	incarnation uint64
	starter     uintptr // core that started this life
	alone       uintptr // 1: nobody else lives
	watch       watchList
	messages    [messageWords]uint64 // identities taken, for EventExternal

	mem      memory
	sched    scheduler
	sig      [65]sigaction
	out      outRing
	firmware sbi.Console // the firmware's
	rnd      random
	poll     eventfd
	finisher uintptr // test finisher to end the machine with, 0 = others live
	lentVA   uintptr // where to map the finisher at lentPA if nobody is left, 0 = nowhere
	lentPA   uintptr
	dying    uintptr // 1 from the first fatal error on
}

// thread is one thread of the runtime (an M), or a save area. It lies in a slot
// of threadSlot bytes.
type thread struct {
	x      [32]uintptr // registers; x[0] is unused
	pc     uintptr
	status uintptr // sstatus at the trap
	cause  uintptr
	tval   uintptr
	f      [32]uintptr
	fcsr   uintptr
	fpUsed uintptr // of a User
	full   uintptr // the save area holds a trapped context, else that of a call

	id      uintptr // Linux thread id, from 1
	state   threadState
	next    uintptr // run queue
	key     uintptr // futex address
	wake    uint64  // time CSR at which a sleep ends, 0 = no bound
	arg     uintptr // of the call that blocks: event buffer
	again   uintptr // begin the call anew when the wait ends, instead of answering it
	mask    uint64  // blocked signals
	pending uint64  // signals sent, not yet delivered
	altSP   uintptr
	altSize uintptr
	calm    uint64 // ticks that it runs yet before it enters a handler again, see sigReturn
}

var _ [threadSlot - unsafe.Sizeof(thread{})]byte

func ptr(a uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&a)) }

func load(a uintptr) uintptr { return *(*uintptr)(ptr(a)) }

func store(a, v uintptr) { *(*uintptr)(ptr(a)) = v }

func theCore() *core { return (*core)(ptr(layout.CoreArea)) }

func threadAt(a uintptr) *thread { return (*thread)(ptr(a)) }

func (t *thread) addr() uintptr { return uintptr(unsafe.Pointer(t)) }

// slot returns the address of thread slot i.
func slot(i uintptr) uintptr { return layout.CoreArea + threadsAt + i*threadSlot }
