// Package semihost ends the emulator with an exit code through semihosting, on
// machines that have no test finisher.
//
// Callers: test programs that boot without the kernel. QEMU listens only when
// started with -semihosting-config enable=on,target=native.
//
// Execution context: S-mode, any stack with 64 bytes left, with or without a
// Go runtime, MMU on or off. No allocation, nosplit.
//
// Without a host that listens the EBREAK is a breakpoint exception (scause 3):
// call it only where the boot arguments or the machine say that one does.
//
// Sources: RISC-V Semihosting 0.4 (call sequence); Arm Semihosting for AArch64,
// "SYS_EXIT (0x18)".
package semihost
