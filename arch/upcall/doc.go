// Package upcall is the part of user-level threads that is machine code: where the CPU
// driver enters a dispatcher, how a thread enters its scheduler, and how one is resumed
// without a call of the kernel. What is scheduled how stands in user/threads.
//
// It is mechanism for one dispatcher. The memory that this shares with its CPU driver
// begins with the Frame of package abi, which is known here by offsets (Head), for arch
// knows nothing that stands on it; user/threads checks that both say the same. Behind it
// lies a Scheduler.
//
// # Execution context
//
// U-mode, on no goroutine: what runs here and what it calls has a fake g, of which only
// the stack guard counts. That is 0, so that no check asks for more stack. Nothing may
// allocate, grow a stack, store a Go pointer, panic or defer: the Go runtime of the
// program does not know of this code, and may be anywhere. What would panic reads through
// the fake g, which has no m, and so becomes a fault.
//
//	Entry   disabled, on the dispatcher's stack, fake g of the Scheduler
//	Enter   enabled at first, on a thread's stack, g is its Thread; disabled from its
//	        third instruction on
//	Resume  disabled, inside the critical range until its last instruction
//
// # Registers
//
// Code of threads is Go's, or keeps to its rules: it does not use X3 (GP). With that one
// register left, all others of a thread that was interrupted can be loaded and its code
// be jumped to. A thread that has called Enter needs only its stack pointer, g and where
// to go on: all else is the caller's to save (Go's assembly ABI0).
//
// # Invariants
//
//	U1  a thread that an upcall interrupted goes on with all its registers,
//	    floating-point ones too                              TestRegisters, TestS86Threads
//	U2  no upcall comes between Resume's enabling of the dispatcher and
//	    its jump into the thread                             TestS86Threads
package upcall
