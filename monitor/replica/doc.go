// Package replica is what every core has a copy of: the table of services, the record of
// each core, and who holds which device. Package agree keeps the copies equal; the
// monitor reads its own without asking anybody.
//
// A Replica is one core's copy and belongs to the goroutine that owns its agree.Node.
// No locks; no allocation once it is made.
//
// # Services
//
// A service is a name of up to 24 bytes, the core and its incarnation, and the number
// by which that core's monitor knows it (Table). Put is two-phase: a name that anybody
// has, or that another Put holds at the moment, is refused at once. Delete is one-phase,
// and only of the coordinator's own services, so that deletes of different cores never
// meet. A service belongs to the life of its core: it vanishes with the view that this
// life is not a member of.
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
// # Cores
//
// A view makes its members' records, and those of who is no member any more. What no
// view says the console's owner tells by a Note, which is one-phase: of two notes about
// one core the one that ranks higher counts, in whatever order they come (Cores).
//
// # Devices
//
// Each device of the plan has a holder, a life of a core, and an order in which the cores
// follow (Devices). Take is two-phase: refused as long as the holder is a member, or
// another Take holds the device. Clear is one-phase, of the holder alone, and Heirs of
// the lowest member alone, so that those of different cores never meet either.
//
//	                          dirty: cores whose memory the device may reach, but the holder
//	Take                      and the last holder
//	Clear                     nobody
//	founders in a later life  and these: what was agreed on before is lost
//
// # Invariants
//
//	T1  a name has one entry on all cores          TestTable, TestRandom
//	T2  the table equals a plain map               TestModel
//	T3  no allocation                              TestNoAllocation
//	T4  nonsense is refused                        TestNonsense, TestNonsenseOfAll
//	T5  one-phase operations of different cores
//	    commute                                    TestNotesCommute
//	T6  a device has one holder                    TestTake
//	T7  a snapshot makes an equal replica          TestSnapshot, TestSnapshotOfAll
package replica
