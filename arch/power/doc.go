// Package power ends the machine, or starts it afresh, by what the hart itself and
// the firmware offer. A device that does it (the test finisher) is a driver's, and
// its owner asks that first.
//
// Off tries in this order:
//
//  1. semihosting: an emulator or a debugger that listens takes the exit status.
//     Without one the EBREAK is a breakpoint exception, which the trap handler
//     steps over: package semihost says how;
//  2. SRST shutdown, where the firmware has the extension;
//
// and returns if the machine is still on. Some boards cannot switch themselves off:
// OpenSBI then has no SRST, or answers that it is not supported. The caller says so
// in a sentence and calls Halt, by which OpenSBI stops all harts for good.
//
// Callers: the monitor, for the commands poweroff and reboot, and the shim, for the
// last instance that ends.
//
// Execution context: S-mode with the kernel's trap entry installed, any stack with
// 400 bytes left, with or without a Go runtime. Nothing allocates; all is nosplit.
//
// Sources: RISC-V Supervisor Binary Interface 2.0, chapters 5 and 10.
package power
