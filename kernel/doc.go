// Package kernel is the CPU driver of one hart. It is local: it knows no other
// core, no channel and no driver (law L3).
//
// The CPU driver's parts are the packages below: capability, domain, dispatch, ram,
// vspace, and abi, the contract with user code. What stands here itself is what an
// instance says of itself: its memory, its runtime, its counters. Traps, threads
// and page tables are mechanism of arch/shim.
//
// Execution context: S-mode Go on the instance's own runtime; may allocate. No
// locks: nothing here is written after the instance has come up.
package kernel
