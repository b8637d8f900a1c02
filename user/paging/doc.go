// Package paging is self-paging: a range of a program's addresses whose pages the program
// itself makes when they are first used, from RAM that it holds (Hand, Self-Paging in the
// Nemesis Operating System, 1999; the exokernels before it). The kernel does no more
// than tell the dispatcher of the fault.
//
// A Region is such a range. Its Fault is the pager for threads of a native dispatcher
// (threads.Dispatcher.Page): it runs there in the upcall, outside of the Go runtime, so it
// and what it calls neither allocate nor store a pointer. Regions lie in one array of this
// package, for a pager is told a word, not a pointer.
//
// A Linux process has its faults served by the kernel, as Linux does it, but for this
// gigapage: there it gets SIGSEGV, which Go's runtime turns into a panic. So a goroutine has a
// range made before it uses it (Make). To page there on demand runtime/debug.SetPanicOnFault
// and a recover would do; the goroutine would begin the work anew, not the instruction.
//
// # Invariants
//
//	P1  a page of the range is made once, from RAM that nothing else has,
//	    and comes cleared                                           TestFaults
//	P2  what is not of the range, and what RAM or slots are missing
//	    for, is refused and changes nothing                         TestRefused
package paging
