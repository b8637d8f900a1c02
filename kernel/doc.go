// Package kernel is the CPU driver of one hart. It is local: it knows no other
// core, no channel and no driver (law L3).
//
// What stands here so far is what an instance says of itself: its memory, its
// runtime, its counters. Traps, threads and page tables are mechanism of
// arch/shim.
//
// Execution context: S-mode Go on the instance's own runtime; may allocate. No
// locks: nothing here is written after the instance has come up.
package kernel
