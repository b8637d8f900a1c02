// Package sbi calls the supervisor execution environment (OpenSBI on every
// board we know) through the RISC-V Supervisor Binary Interface.
//
// Callers: the entry code on every hart, the runtime shim, the boot planner, the
// monitor (doorbells, hart life) and the last words of a dying instance.
//
// Execution context: S-mode, any stack with 200 bytes left, interrupts on or
// off, with or without a Go runtime, MMU on or off. Nothing here allocates,
// grows a stack, reads a variable or follows an absolute address, so that the
// code also runs where it was loaded and not only where it was linked. The
// names of errors and states (names.go) are for those who have a runtime.
//
// State: none but in a Console, which is its owner's. The firmware serialises what
// needs it.
//
// Invariants:
//
//  1. A call changes A0 and A1 only (SBI 2.0, chapter 3), which the Go calling
//     convention lets a callee change.
//  2. Every exported function of calls_riscv64.go is nosplit. The early test
//     runs them with no runtime, with the MMU off and away from the link
//     address.
//
// In the kernel build the word ECALL is redefined only in the files of the
// standard library that boot/tools/overlay lists; here it is the instruction.
//
// Numbers and semantics: RISC-V Supervisor Binary Interface Specification,
// version 2.0; the chapter stands with each group.
package sbi
