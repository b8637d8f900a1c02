package ecall

import _ "unsafe" // for go:linkname

// Call makes a call that does not block. It can be made from code that runs without a
// goroutine: it needs no stack but for its arguments.
//
//go:noescape
func Call(number uint64, r *Registers)

// SyncCode has this hart fetch code that was written on it before (Unprivileged ISA,
// FENCE.I).
func SyncCode()

// Wait makes a call that may block. Nothing may grow the stack from entersyscall to
// exitsyscall, so it is nosplit.
//
//go:nosplit
func Wait(number uint64, r *Registers) {
	entersyscall()
	Call(number, r)
	exitsyscall()
}

// The runtime lets packages use these two by name: the declarations there say so, and the
// linker would refuse others.

//go:linkname entersyscall runtime.entersyscall
func entersyscall()

//go:linkname exitsyscall runtime.exitsyscall
func exitsyscall()
