// Package monitor is what makes one system of the instances: an event loop on
// every core that owns the channels to the other cores and serves their
// requests. Unlike the paper's, which is a user process, this monitor is S-mode
// Go in its instance's own runtime.
//
// # Who runs where
//
// All channels, and all state of a Monitor that has no lock, belong to the event
// loop's goroutine (Run). Other goroutines hand it work with do, which wakes it.
// The loop never waits for a peer: what cannot be sent yet stays in the peer's
// outbox, what takes several messages is a state that the next message moves on.
// It polls for a while after the last message and then blocks until a doorbell,
// an interrupt or a deadline (loop.go). The exception are measurements, which spin
// for their partner, within a bound, and look after the others now and then
// (bench.go, benchserve.go).
//
// # Messages
//
// A message is seven words and a type. Each is declared once, as a Go type, in the file
// of its service (package message), which also says what is done with it (handle.go). A
// request carries an id that its answer repeats; an answer is as many fragments as it
// needs (call.go). What a peer sends is input: a message that cannot be is dropped and
// counted by its type, a channel that carries nonsense is lost (package ump).
//
// # Lives
//
// Every core watches another (suspect.go) and notices its death, which only
// firmware's word proves (death.go). One core, at first core 0, owns the console,
// tells all others who lives, and starts who has died; when it dies itself the
// lowest living core takes over (owner.go, lives.go).
//
// # Knowledge
//
// The lowest living core answers what can be asked of the machine (knowledge.go,
// package skb). What else needs an answer from there has a way without it.
//
// # Agreement
//
// The cores agree on who is a member, on a table of services and on who holds which device
// (agreement.go, package agree). Operate begins an operation from any goroutine and waits
// for its outcome, within a bound:
//
//	m.Operate(ctx, bound, &Operation{replica.Put, true, replica.PutData(name, number)})
//
// The event loop begins one with beginOperation, which calls back when it is decided and
// when all have done it; opNothing is one to be measured with. Names are made of these:
// ExportAs, Withdraw, Lookup, BindName (names.go); so is who holds a device: Drive, Holder
// (handover.go). Operations go by the route that multicasts have (agreementtree.go).
//
// # Bounds
//
// Every Call has a deadline. An outbox, a line, an answer and the lines that wait
// for the console have a size that they cannot exceed.
//
// # Invariants
//
//	M1  whatever sends rings: no message waits for
//	    a sleeper                                    TestBirth, TestDeadlineBeforeBlocking
//	M2  a loop sleeps when there is nothing to do,
//	    and is never too busy for a deadline         TestSleepAfterAFullRing, TestBusyLoop
//	M3  messages to a peer keep their order          TestSendKeepsOrder
//	M4  every call ends: with its own answer, by its
//	    bound, or with its channel                   TestCallsInFlight, TestCallDeadline,
//	                                                 TestLossFailsCalls, TestDeathAndLater;
//	    and what others do for it ends, too          TestGivenUp, TestForNobody
//	M5  a line is printed whole or not at all        TestLinesOfAllCores,
//	                                                 TestWaitingLinesGoToTheNextOwner
//	M6  no peer makes a core panic, hang or spin     TestNonsense, FuzzPeer,
//	                                                 TestMeasurementWithSilence
//	M7  no message of another life is taken          TestStreamsThroughDeaths
//	M8  all that live have the same table of         TestStorm, TestNames,
//	    services, and each operation one outcome     TestDeathAtEveryStep
//	M9  who waits for an operation has a bound       TestOperationWithAZombie, TestOperateWaits
//
// The tests run real monitors on a simulated machine (sim_test.go).
package monitor
