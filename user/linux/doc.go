// Package linux runs static linux/riscv64 programs as user programs: a process is a
// domain, its threads are dispatchers, and its system calls are Go code on the core that it
// lives on. So far it serves what the Go runtime asks for, no more: memory, threads,
// futexes, clocks, signals, and output.
//
// Callers: tests, for now. Callees: kernel/dispatch runs the threads, kernel/vspace has the
// memory.
//
// The calls stand in one table (table.go): number, name, handler, and what is missing.
// A number that is not there answers ENOSYS and is counted.
//
// # Context
//
// Everything runs in the CPU driver's loop (package dispatch), but for Start, which may run
// anywhere before the loop has the process. Handlers do not block: who waits is put to
// sleep and answered later. What a program passes is input: pointers are copied through
// vspace, numbers are checked.
//
// # Invariants
//
//	X1  no call, with any arguments, panics or reaches memory that is
//	    not the process's                                        FuzzCalls
//	X2  a wake of a futex wakes who waits then, and nobody whose time
//	    has come                                                 TestFutex
//	X3  a signal is delivered once, to a thread that does not block it,
//	    and what it interrupted goes on as it was                TestSignal
//	X4  a process's threads are bounded (MaxThreads), and its memory
//	    by its RAM                                               TestThreads
package linux
