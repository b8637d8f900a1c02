// Command overlay writes the build overlay that turns the Go runtime's system
// calls into calls of the kernel's shim.
//
// The runtime for linux/riscv64 enters its operating system with ECALL, and all
// ECALLs stand in three assembly files of the standard library. For each of them
// the command writes a copy with one line in front, which makes ECALL a macro
// that calls the function atollEcall of package arch/shim, and it writes the JSON
// file that `go build -overlay` reads. Nothing of Go's source becomes part of the
// project.
//
//	go run ./boot/tools/overlay [-out build] [-add path=file]...
//
// The Makefile runs it before each build of the kernel, on the host. Files whose
// bytes would not change are left alone, so that the build cache stays valid.
// Whatever the command does not know for certain (another Go version, a file
// of another form) ends it with one sentence and exit status 1: a kernel built
// with a half-fitting overlay would call the firmware with the runtime's
// registers.
//
// Invariant: the registers that the macro changes beside A0 (X5, and X31 which
// the assembler may use) are scratch at every ECALL; check.go tests the first.
package main
