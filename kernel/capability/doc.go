// Package capability is who may do what with which memory and kernel object on one
// core: typed references with rights, which user code holds, derives and gives back,
// and which the CPU driver checks. The model is seL4's and Barrelfish's (Technical
// Note 13): the mapping database knows all capabilities of the core, and what was
// made from what follows from their types and ranges alone, so that it can also be
// told of a capability that another core holds.
//
// The whole type system stands in types.go. A capability lives in a slot: 64 bytes
// without a Go pointer, in memory that was itself made from a RAM capability. So
// every object is charged to the RAM that it is made from, and no user can exhaust the
// kernel's heap: nothing here allocates.
//
// # Operations
//
// Copy, Mint, Move, Delete, Revoke, Retype, Identify, Map, Unmap and Replace. Each decodes first:
// it looks at everything that could be wrong and then refuses with an Error, having
// changed nothing; what it does after that cannot fail. Delete does not refuse at all but
// for an empty slot.
//
// What takes long is done in steps. Dispatchers and endpoints hold capabilities as CNodes do,
// in slots that only the kernel reaches. The last capability to such an object leaves it to
// the cleaner: it has ended, but stays in the database as a dying one, in its own first slot,
// until Clean has deleted all it holds. Revoke deletes as many capabilities as it is told
// to and is called again until it is done, and so does RetypeStep with what is to be cleared.
//
// # Relations
//
// Two capabilities are copies of each other if they are of one type and one range.
// b is a descendant of the RAM capability a if its range lies in a's and it is no copy
// of it. Retype refuses a range in which the capability has descendants, so:
//
//	C1  two ranges are disjoint, or equal, or the outer one is RAM's      TestRandom
//	C2  a range belongs to at most one object: RAM apart, capabilities
//	    of overlapping ranges are copies of each other                    TestRandom
//	C3  all memory is the range of some capability, or has been handed to
//	    Objects.Reclaim: deleting loses none                              TestRandom
//	C4  a frame's entry in a table names the slot whose capability maps
//	    it, and that slot the entry: when one goes, so does the other     TestMappings
//	C5  rights never grow along Copy, Mint and Retype                     TestRandom
//	C6  the tree is ordered, its ranks too, and its reach is that of
//	    its subtrees; the copies of each node are on a ring               checkTree
//	C7  an object is cleared before there is a capability that permits
//	    anything, and nobody can write to it meanwhile                    TestRetypeInSteps
//
// # Execution context
//
// The CPU driver's, on one core: no locks, not safe for concurrent use. No operation
// allocates or blocks. Copy, Mint and Move, and Delete of a capability that has copies, take
// the same time however many capabilities there are. Other operations take time in the
// logarithm of their number, but for Retype (one insertion for each object, and a step of
// clearing), Delete of the last capability to RAM (one step for each child that survives it)
// and what is done in steps.
package capability
