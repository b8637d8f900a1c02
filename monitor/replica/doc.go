// Package replica is the table of services that every core has a copy of: a name of
// up to 24 bytes, the core and its incarnation, and the number by which that core's
// monitor knows the service. Package agree keeps the copies equal; the monitor reads
// its own without asking anybody.
//
// A Table is one core's copy and belongs to the goroutine that owns its agree.Node.
// No locks; no allocation once it is made.
//
// # Operations
//
// Put is two-phase: a name that anybody has, or that another Put holds at the
// moment, is refused at once. Delete is one-phase, and only of the coordinator's own
// services, so that deletes of different cores never meet. A service belongs to the
// life of its core: it vanishes with the view that this life is not a member of.
//
//	at the participant        Put by any core      Delete by its owner
//	name unknown              held                 nothing happens
//	held by another Put       no                   nothing happens
//	a service                 no                   deleted
//	table full                no                   -
//
// The owner itself refuses to delete what is not there yet, so a Delete never
// overtakes the Put of the same service.
//
// # Invariants
//
//	T1  a name has one entry on all cores          TestTable, TestRandom
//	T2  the table equals a plain map               TestModel
//	T3  no allocation                              TestNoAllocation
//	T4  nonsense is refused                        TestNonsense
package replica
