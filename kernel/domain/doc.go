// Package domain serves the native calls of user code, those of package abi: what a
// dispatcher may ask of the CPU driver of its core.
//
// A Core is all that the CPU driver of one core knows of its domains: the mapping database,
// memory, and the loop in which the dispatchers run. A Caller is a dispatcher that makes
// calls: a thread of a Linux process (user/linux), which lies in the Go heap, or a native
// dispatcher, which lies in the RAM that a domain has made it from. Both have a table of
// capabilities, and nothing else says what they may do.
//
// The calls stand in one table (table.go): number, name, handler. A handler decodes first,
// and refuses having changed nothing; it returns who runs next, as dispatch.Handler.Trap
// does, and puts its results into the caller's registers.
//
// # Invariants
//
//	N1  no call, with any arguments, panics or reaches memory that no
//	    capability of the caller's names                           FuzzCalls
//	N2  what a call does to capabilities is what package capability
//	    does                                                       TestCalls
//	N3  a refused call has changed nothing                  TestRefusedChangesNothing
//	N4  a message comes once, in its sender's order, with his badge
//	    and its capability, unless that was revoked on the way     TestMailboxes
//	N5  a wait ends by a message, at its time, with the endpoint,
//	    or with who would have answered                            TestMailboxes, TestUntil
//	N6  a native runs only while there is its root table and its
//	    frame, and nobody uses its memory when it has ended   TestNativeEnds, FuzzCalls
//	N7  what comes to a native is told once, by an upcall or in
//	    its frame                                           TestPending, TestUpcallRun
//	N8  a channel to another core ends with its last capability, or
//	    with the other end; then nobody here maps its frame        TestBinding,
//	                                                               TestRandomBindings
//	N9  what comes from another core is collected once, by whoever has
//	    the end of the channel, or deleted with that               TestCollect
//	N10 an end of a channel is charged to who has it made, and ends
//	    with him                                                   TestChannelCharges
//	N11 who depends on one that has ended is told, in steps that
//	    take no longer than a call may           TestStopInSteps, TestEndOfServerInSteps
//	N12 an interrupt is told once, and none comes before it is
//	    acknowledged; its source is free, and nobody maps the
//	    registers, with its last capability                        TestIRQ
//
// # Execution context
//
// The CPU driver's loop of one core; other goroutines come in by dispatch.Loop.Do. No
// locks. Nothing a domain asks for allocates in the kernel's heap, but for ends of channels
// and interrupt sources, of which there are few (channels.go, interrupts.go).
package domain
