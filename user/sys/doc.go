// Package sys is the native calls of kernel/abi as Go functions, one for each: what a
// program may ask of the CPU driver of its core.
//
// Callers: programs, and the packages beside this one, which most programs use instead:
// slots keeps the program's table of capabilities, memory has RAM and addresses, lrpc has
// messages. Callee: arch/ecall.
//
// A function answers nil or an abi.Error, which is a number and a sentence; compare it
// with ==. What is refused has changed nothing. Where nobody serves native calls, on Linux
// or where a call is not there yet, the error is abi.ErrNoCall.
//
// # Context
//
// Any goroutine of a Linux process. Functions that wait say so: they let other goroutines
// run meanwhile, as system calls do. All others are a few hundred instructions of the
// kernel's. No function but those that take a name allocates.
//
// # Invariants
//
//	Y1  each call has one function, and its arguments stand where
//	    kernel/abi says                                            TestArguments
package sys
