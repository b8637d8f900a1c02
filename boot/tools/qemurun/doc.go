// Package qemurun knows how a machine is described to QEMU: it is the one place
// that builds the emulator's command line. `make run`, `make gdb` (both through the
// command boot/tools/qemu) and the tests (through package test/qemu) call it, on
// the host.
//
// A Machine is a value; Command checks it and returns the program with its
// arguments. It starts no machine. The files it writes are the trampoline, where an
// image is to run at another address than the one QEMU loads a kernel at, a device
// tree of dts/boards, compiled, and the card that U-Boot starts the kernel from.
//
// Board knows the boards that QEMU imitates.
package qemurun
