// Package team runs a computation on several threads that share memory: they divide what there
// is to do, wait for each other, and add up.
//
// A member of a team is a thread of the operating system, so that on Atoll it is a dispatcher,
// wherever that runs. The package knows nothing of Atoll, and is tested on the host.
//
// # What is divided
//
// n things are Blocks blocks, whatever n and the number of threads are; a member has some
// that follow each other. A sum is one of the sums of the blocks, in their order: so it has the
// same bits for any number of threads, though floating-point addition is not associative.
//
// # Invariants
//
//	T1  nobody leaves a barrier before all have come         TestBarrier
//	T2  each of n things is in one member's share            TestShare
//	T3  a sum does not depend on the number of threads       TestSum
//
// A member that panics ends the process, as any goroutine does: nobody is left waiting.
package team
