// Package trace is about what the instances have recorded of their latest events:
// how it goes from core to core, in which order the events of several cores come,
// which send belongs to which receive, and how all that is shown.
//
// The records themselves and the words for them are in arch/layout, the ring is in
// arch/shim. The monitor answers requests for a core's ring with a [Ring]; the
// console's command trace merges the rings and prints them; the host tool
// boot/tools/trace reads what `trace dump -json` has printed, and draws it.
//
// Terms: a ring is the trace of one core; an event is a record with its core; a flow
// is a message, from its send to its receive; a message's name is its control word.
//
// Execution context: goroutines, on any machine. It may allocate, within bounds that
// the size of a ring and the number of cores set. Nothing here is shared, so there
// are no locks.
//
// Invariants:
//  1. What a core answers is input: it is a ring or an error. TestNewRing, FuzzRing
//  2. Merging keeps every event, the order of time, and within equal times the order
//     of each core and that of send and receive. TestMerge*
//  3. A receive has at most one send, of the same name between the same cores.
//     TestMatch
//  4. What is written for a viewer is valid, its flows have both ends, and the same
//     events give the same drawing. TestChrome, TestDraw*
//  5. The steps of a shootdown follow each other without a gap, and one of which something was not recorded is
//     left out. TestShootdowns
//
// Known limits: clocks are taken to run alike on all cores, as the Unprivileged ISA
// demands of the time CSR. A message that was sent before its core was traced, or
// whose send has been written over, has no flow.
package trace
