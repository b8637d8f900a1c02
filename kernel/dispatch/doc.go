// Package dispatch is who of a core's dispatchers runs, and for how long. A dispatcher
// is a domain's presence on the core; the CPU driver picks one, lets it run in U-mode
// and handles what ended the run.
//
// The loop (loop.go) is a goroutine of the instance; other goroutines leave it word. The
// policy stands in fair.go, and nothing else knows it. It is to give whoever has got a
// message the hart soon, and all others a fair share.
//
// Terms: ready (wants the hart), asleep (waits for a message or a time), virtual time
// (time on the hart, divided by the share), slice, direct switch (from who calls to who
// answers, without asking the scheduler), turn (begins when the scheduler picks a dispatcher,
// goes on over interrupts, and ends with its slice or when somebody else runs), group (the
// dispatchers that have one share of the hart together).
//
// # Whose the share is
//
// A share is for what cannot be multiplied by who has it: a run, with all that comes of it. The
// threads and processes of a program and the dispatchers that it starts are one group, and so
// is a shell with all its jobs: it is one run. Within it the shell leads, and what it has itself begun
// (package linux): beside however many they make, somebody who types is answered. Linux's process groups and sessions would give
// jobs shares of their own, but any program makes as many of those as it likes. Two levels are
// all that there are.
//
// Programs that a program runs belong to its run too: on its core they are of its group, on another
// all that one run has there are one group, which is found by the run's name (user/spawn). A group
// whose dispatchers have ended is kept for more of its run as long as it owes, else who has one
// short program run after the other would begin each time as one that has had nothing.
//
// # Invariants
//
//	D1  of ready groups each gets the same share of the hart, to within
//	    one slice and what it had not used within the latest one, and
//	    of a group's dispatchers each gets its share of that       TestGroupShares, TestShares
//	D2  who sleeps mostly, and wakes, runs before all who used their
//	    share: after at most one run, if its group has not used its
//	    own, else after a slice of each other group                TestLatency
//	D3  waking often, or being sent many messages, gets nobody more
//	    than its share                                             TestWakingOften, TestOwes
//	D4  the order of groups, and of the dispatchers of each, is
//	    that of their virtual times                                TestHeap
//	D5  a wake from another goroutine is never lost, and counts
//	    at once, in U-mode too                                     TestLoopWakeLater
//	D6  what other goroutines leave is done in its order, and
//	    dispatchers run between two parts of a long work           TestLoopDo, TestLoopChore
//	D7  no code runs in an address space that has ended            TestLoopEnd
//	D8  a Picker is told of each turn that begins, before code runs
//	    in it, and of nothing else                                 TestLoopPicked
//	D9  one that leads has half of its group's time at least, and nobody
//	    waits for those who have just been made        TestLeads, TestFollow
//
// # Execution context
//
// One goroutine, which nothing but Machine.Wait blocks; WakeLater, Do and Stop are for
// all others, and take the one lock that there is. Only Do, Chore and the first Join of a group
// allocate: a dispatcher's
// links lie in itself, so that no number of them exhausts the kernel's heap. It may lie in memory
// that the collector does not know; one in the Go heap that such a one may link to must be held
// by somebody else until it ends.
package dispatch
