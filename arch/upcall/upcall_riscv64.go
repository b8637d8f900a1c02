package upcall

import "unsafe"

// Entry returns the address for the Frame's Entry, and for CallStart, with the Frame's
// address in a0 and all else 0, once the Frame says that it is disabled.
func Entry() uint64

// Begin returns the address at which a new thread begins: with the Code of a
// func(uint64) in X[RegS0] and its argument in X[RegA0]. When that returns, the
// thread enters the scheduler with Exit as why.
func Begin() uint64

// Critical returns the range of Resume.
func Critical() (from, to uint64)

// Code returns the address of the code of a function that is no closure.
func Code[F any](f F) uint64 { return **(**uint64)(unsafe.Pointer(&f)) }

// Enter leaves the running thread for its scheduler, whose Handler is called with these
// words, and returns what is in its Save's X[RegA0] when the thread is resumed.
//
// Execution context: a thread of the dispatcher.
//
//go:noescape
func Enter(why, a, b uint64) uint64

// Resume enables the dispatcher and goes on with the thread whose registers are in s: all
// of them, or those that Enter leaves there. It returns, disabled, only if something is
// pending.
//
// Execution context: Handler.
//
//go:noescape
func Resume(h *Head, s *Save, all bool)

// Self returns the running thread.
//
// Execution context: a thread of the dispatcher.
func Self() *Thread

// What has no address in Go but in upcall_riscv64.s.
func entry()
func handle()
func begin()
func entered()
func criticalEnd()
