// Package threads is user-level threads over upcalls: the half of a dispatcher that
// stands in user mode (Anderson et al., Scheduler Activations, 1991; Barrelfish Technical
// Note 0). The CPU driver decides when a dispatcher runs, this package which of its
// threads does: the kernel knows no threads.
//
// A Go program is a Linux process; it makes a native dispatcher (New, Build), which runs in
// the same address space, and gives it functions to run as threads. When a turn ends in the
// middle of a thread, the next turn begins with an upcall, and the next thread runs. A thread
// that waits does so here: the others go on. A fault becomes an upcall too, and a pager may
// make it good (package paging); if none does the thread ends, and no other notices.
//
// # What threads may do
//
// Threads are Go code outside of the Go runtime (arch/upcall): no goroutine runs them, the
// collector does not know their stacks, and no function may grow one. So functions that
// threads run, and what these call
//
//   - are no closures, allocate nothing, and start no goroutine;
//   - use no channel, map, string concatenation, defer or interface conversion;
//   - store no pointer anywhere but in local variables, read no memory that the collector may
//     free, and none that has never been touched: the kernel makes pages of variables
//     when a goroutine first uses them, not for a dispatcher;
//   - make native calls by arch/ecall, those that do not wait, and no system calls of Linux.
//
// They may use numbers, arrays and structs, variables of packages, sync/atomic, and the
// functions of calls.go. What would panic ends the thread, as a fault.
//
// # Execution context
//
// calls.go: on a thread. dispatcher.go, build.go: a goroutine of the program, before Begin
// but for what reads. All else: the scheduler, disabled, on the dispatcher's own stack.
//
// # State, and whose it is
//
// A control lies in the memory that the dispatcher shares with its CPU driver. Only the
// dispatcher writes it once it runs, but for what package abi says is the kernel's; as only
// one of its threads, or its scheduler, runs at a time, there are no locks.
//
// # Invariants
//
//	T1  a thread that was interrupted goes on with all its registers,
//	    one that has called with those it needs                    TestRegisters, TestS86Threads
//	T2  ready threads take turns, sleepers wake in the order of
//	    their times, and nobody keeps the others from running       TestQueue, TestNoStarving
//	T3  no message or Wake is slept over                           TestNoLostMessage, TestQueue
//	T4  a fault ends the thread, and no other                      TestEnds, TestS86Threads
package threads
