package semihost

// Exit ends the emulator with the exit code. It returns if no host listens, or if
// the host resumed us. It is nosplit: a dying instance calls it on any stack.
//
//go:noescape
func Exit(code uint64)

// TrapPC returns the address of the one EBREAK that Exit executes.
//
//go:nosplit
func TrapPC() uintptr

// call is the host call itself; only assembly jumps there.
func call()
