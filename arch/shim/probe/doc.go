// Package probe does to the hart it runs on what Go cannot express and the tests
// of the shim need: it holds known values in all registers, calls the shim as the
// runtime does, and enters code that is none.
//
// Callers are tests inside an instance (package test/inside), and in U-mode threads of
// user/programs/ticker, for Hold only; nothing of the kernel imports it.
//
// Context: S-mode Go on an instance's own runtime, or U-mode. The functions do not allocate
// and cannot be preempted by Go's scheduler, though the shim may let other threads
// run in the middle of them.
package probe
