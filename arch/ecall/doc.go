// Package ecall is how a program in U-mode calls the CPU driver: one instruction, with
// registers on both sides. What the registers mean is not known here (kernel/abi).
//
// Callers: the user library (user/sys), in user programs. The kernel does not use it.
//
// # Two stubs
//
// Call leaves the Go scheduler alone, and so is for calls that answer at once: the
// thread's P waits with it, and so does a collector that wants to stop the world. Wait is
// for calls that may block: it tells the scheduler as package syscall does, so that other
// goroutines run on the P meanwhile.
//
// # Invariants
//
//	E1  arguments arrive in a0 to a6 and t0 to t2 and the number in a7;
//	    what comes back in a0 to a6 is what the caller sees            TestRegisters
//	E2  while a goroutine is in Wait, others run, and a collection ends  TestWait
//
// Both tests make calls of Linux, whose registers are the same, on any machine that runs
// riscv64 programs.
package ecall
