package semihost

// Exit ends the emulator with the exit code. It returns if the host resumed us.
// It is nosplit: a dying instance calls it on any stack.
//
//go:noescape
func Exit(code uint64)
