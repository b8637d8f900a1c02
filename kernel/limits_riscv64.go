package kernel

import (
	"runtime"
	"runtime/debug"

	"atoll/arch/layout"
	"atoll/arch/shim"
)

// defaultProcs lets the goroutine that an event wakes take a P at once while
// another goroutine spins on the hart (docs/interrupts.md has the measurement).
const defaultProcs = 2

// maxThreads is less than the shim has slots for, so that a runtime with too many
// ends with a trace.
const maxThreads = 240

// SetLimits fits the Go runtime to the instance: its Ps (0 = the default), and a
// soft memory limit within the kernel reserve, so that the collector works harder
// before the pages run out. Called once, early.
func SetLimits(procs int) {
	if procs == 0 {
		procs = defaultProcs
	}
	if procs != runtime.GOMAXPROCS(0) {
		runtime.GOMAXPROCS(procs)
	}
	// An eighth is left for tables, the runtime's own structures and what a
	// collection allocates while it runs.
	reserve := int64(shim.ReadStats().PagesTotal) * layout.PageSize
	debug.SetMemoryLimit(reserve - reserve/8)
	// Endless recursion ends as such, and not when the pages run out.
	debug.SetMaxStack(int(reserve / 8))
	debug.SetMaxThreads(maxThreads)
}
