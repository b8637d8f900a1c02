package shim

import "atoll/arch/layout"

// Control and status registers and instructions that the shim needs. All of them
// are nosplit assembly in csr_riscv64.s.

// readTime returns the time CSR.
func readTime() uint64

// setStimecmp sets the supervisor timer (extension Sstc).
func setStimecmp(at uint64)

// pending returns sip.
func pending() uintptr

// clearPending clears bits of sip.
func clearPending(bits uintptr)

// enable sets bits of sie.
func enable(bits uintptr)

// disable clears bits of sie.
func disable(bits uintptr)

// wfi waits for an interrupt that sie enables, whether or not sstatus does.
func wfi()

// sfence drops this hart's translations of one page.
func sfence(va uintptr)

// sfenceAll drops all of this hart's translations.
func sfenceAll()

// fenceI makes stores to code visible to this hart's fetches.
func fenceI()

// setSatp selects an address space and drops all of this hart's translations.
func setSatp(satp uintptr)

// zeroPages clears the pages from an address to another.
func zeroPages(p, end uintptr)

// zeroPage clears the page at an address.
//
//go:nosplit
func zeroPage(p uintptr) { zeroPages(p, p+layout.PageSize) }

// Bits of sie and sip.
const (
	softInterrupt     = 1 << 1
	timerInterrupt    = 1 << 5
	externalInterrupt = 1 << 9
)

// Values of scause.
const (
	interruptCause       = 1 << 63
	causeSoftInterrupt   = interruptCause | 1
	causeTimerInterrupt  = interruptCause | 5
	causeExternInterrupt = interruptCause | 9
	causeIllegal         = 2
	causeBreakpoint      = 3
	causeLoadFault       = 13
	causeStoreFault      = 15
)
