// Package shim is the part of Linux that the Go runtime of one instance needs, on
// one bare hart in S-mode: birth, traps, thirty system calls, threads, page tables. Beside
// that it lets code run in U-mode (user_riscv64.go), for the CPU driver.
//
// On it stands the unmodified runtime, whose ECALLs the build overlay turns into
// calls of atollEcall (boot/tools/overlay). Under it are the hart and the firmware
// (arch/sbi). boot, kernel and monitor use the functions of api_riscv64.go. The
// shim knows no channel and no driver, and of another core only its hart and the words
// in which it asks whether this one takes interrupts, and marks its end.
//
// Terms, all in docs/glossary.md: core area, save area, depth, fake g, slice, urgent,
// demand-zero, table window, kernel reserve, event, row, planner.
//
// # Execution context
//
//	build_riscv64.go     MMU off, where the image was loaded, on a stack at the
//	                     end of the new instance's own pool
//	trap, ecall and      S-mode, sstatus.SIE = 0, on the stack of its depth; g is
//	what they call       fake, its stack guard 0, so that no check asks for a new
//	                     stack: a stack that is too small ends at an unmapped page
//	api_riscv64.go       Go, on the goroutine that calls
//
// Code of the first two kinds may not allocate, grow a stack, write a Go pointer
// into the heap, use a lock or FP registers, or panic: what it interrupted may be
// any line of the runtime. So no maps, no interfaces, no closures, no append, no
// fmt there. MMU-off code may also not read a variable or a table of pointers.
//
// # State, and whose it is
//
// All of it is one core struct at layout.CoreArea and the thread slots behind it,
// mapped before stvec points here. The shim alone writes it, but for a few words that
// the API sets in one store, and the ring of the trace, which record writes with
// interrupts off for whoever calls. No locks: one hart, and interrupts off.
//
// # Invariants, and the test that holds each (test/inside but where named)
//
//  1. sscratch holds the save area of whoever runs, TP the core area: without it
//     no other test passes.
//  2. A trap changes no register; a call only A0, X5 and X31.
//     TestRegistersOverTraps, TestRegistersOverCalls
//  3. Nothing is writable and executable, no writable page has two addresses, a
//     page table has only the window. TestPermissions, TestS10Walk (test/boot)
//  4. Only memory of this instance's own and what the plan lets it share is
//     mapped. TestOnlyOwnMemory, TestS10Walk
//  5. A page is in use or free, never both, and comes cleared. TestAccounting,
//     TestReservedHeap
//  6. The root table does not change after birth (but in become). No test yet.
//  7. An event is kept until it is fetched, a kick until there is a wait that it ends.
//     TestPostBeforeWait, TestDoorbell, TestKick
//  8. Each futex wake wakes whom Linux would. TestFutexWake, TestFutexTimeout
//  9. A fault of the runtime's code becomes the signal that Linux would send, one
//     of the shim ends the instance. TestNilDereference, TestWriteToText
//  10. The list of memory areas is sorted and free of overlap. No test of its own.
//  11. A record of the trace is whole, and none is lost before the ring is full.
//     TestTraceWhole, TestTraceCount
//  12. The last instance to end ends the machine, whether or not it was told that it is
//     the last. TestS50All (test/boot)
//  13. Code in U-mode changes nothing but its own registers and what its address space
//     shows it, and every trap ends its run, so that it keeps the hart from nobody.
//     TestUserFaults, TestUserSpin, TestUserFP, TestUserRegisters
//
// Sources: RISC-V Privileged Architecture (chapters on the supervisor level, Sv39);
// Linux, uapi/asm-generic/unistd.h and arch/riscv/kernel/signal.c for numbers and
// the signal frame; RFC 8439 for random.go.
//
// Limits: one hart, 256 threads, 512 memory areas. How long interrupts stay off is
// not bounded (docs/interrupts.md); docs/CAVEATS.md has the rest.
package shim
