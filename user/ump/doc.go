// Package ump is the channel between two programs, on two cores or on one: UMP over a
// frame that both map. On the path of the data there is no kernel. Who waits polls for
// about as long as blocking costs and then blocks in the kernel; who sends rings him there.
//
// The rings and the words of the frame are those of the channel between two instances
// (atoll/monitor/ump, over atoll/arch/order), which needs nothing but the memory. What is
// here is the waiting, and the end. Of the two ends the client, which has bound, is end 0,
// and the server, which has accepted, is end 1: "core 0" and "core 1" in the sentences of
// that package. Every binding has a frame of its own that was cleared, so that both ends
// are in their first and only life.
//
// # The end
//
// The kernel says that a binding has ended, because the peer has given its capability
// back, or it or its core is dead. What the peer had sent before is received first, then
// all methods answer abi.ErrPeerDead. The frame stays readable (a copy takes its place
// where it was another core's memory), so that who polls it does not fault.
//
// # What the peer may do
//
// It writes all of the frame as it likes: the channel judges each word (package ump of
// monitor), a fault breaks it, and Recv and Send answer ErrBroken. It may ring for
// nothing, which costs a look, or not at all, which costs the caller his patience: waits
// have a bound, which ringing without end does not put off.
//
// # Execution context
//
// User mode, one goroutine. Sending and receiving neither allocate nor enter the kernel.
//
// # Invariants
//
//	C1  nothing is lost, doubled, torn or out of order        TestBothWays
//	C2  no wake-up is lost: who blocks is rung                TestBothWays, TestFullRing
//	C3  what was sent is received before the end              TestPeerDead
//	C4  nobody waits longer than he wants to                  TestTimes, TestStorm
//	C5  a lying peer costs its channel only                   TestLies
//	C6  no allocation on the data path                        TestNoAllocation
package ump
