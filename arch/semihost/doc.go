// Package semihost ends the emulator with an exit code through semihosting, on
// machines that have no test finisher.
//
// Callers: package power, and test programs that boot without the kernel. QEMU
// listens only when started with -semihosting-config enable=on,target=native.
//
// Execution context: S-mode, any stack with 64 bytes left, with or without a
// Go runtime, MMU on or off. No allocation, nosplit.
//
// Without a host that listens the EBREAK is a breakpoint exception (scause 3). A trap
// handler that finds sepc at TrapPC goes on behind it, and Exit returns; so no boot
// argument need say whether a host listens. A debugger that is attached to a board
// halts there if it takes S-mode's breakpoints.
//
// Sources: RISC-V Semihosting 0.4 (call sequence); Arm Semihosting for AArch64,
// "SYS_EXIT (0x18)".
package semihost
