// Package ump is the message channel between two instances: UMP of Barrelfish,
// for RISC-V's weak memory order and for peers that die and come back.
//
// A pair frame is one page that exactly two cores map. It holds a ring of 31
// slots for each direction and a status line for each end. Callers are the
// monitor's goroutine and, for benchmarks, anyone who owns both the frame and the
// time; a Channel is not safe for concurrent use. Sending and receiving neither
// allocate nor enter the kernel; Advance may allocate when it finds a fault, for
// the sentence.
//
// # Every shared word
//
//	word           writer   reader   what if the peer lies
//	Ring[e] slots  end e    other    Take judges the control word; payload is the
//	                                 business of whoever asked for the message
//	Line[e].Ack    end e    other    count: refill judges it; life: going back is a
//	                                 fault, going on is a rebirth
//	Line[e].Link   end e    other    wrong incarnations are a fault
//	Line[e].Wait   end e    other    a false alarm costs one interrupt; a missing
//	                                 one only the peer's own sleep
//	others of Line end e    other    not the channel's: see the monitor
//
// A fault breaks the channel and nothing else: Err has the sentence, this end
// says in its Link word that it is closed, and nothing but a new incarnation of
// either side links it again. A mad peer may also write over the half that is
// ours: our own words are never read back, and are written anew for its next life.
//
// The order of the steps of a link is in link.go, that of blocking in wait.go, and
// that of the rings in package order; each names the fences that pair.
//
// # Invariants
//
//	U1  one writer for every word            TestOneWriter
//	U2  no message torn, lost, twice, or     TestNoLostWakeup, TestNoOverwrite,
//	    out of order                         TestStress
//	U3  no wake-up is lost                   TestNoLostWakeup, TestNoLostRoom,
//	                                         TestBirthOfBoth
//	U4  a slot of another life is not taken  TestRestart, TestStaleSlots,
//	                                         TestHalfALink
//	U5  a lying peer costs its channel only  TestLies, TestHostileMemory,
//	                                         FuzzScribble, TestMadPeer
//	U6  no allocation on the data path       TestNoAllocation
//
// # Limits
//
// The search behind U2 to U4 runs the real code over a weak memory, within bounds
// of preemptions, old values and late loads (explore_test.go). What neither it nor
// QEMU shows is in arch/order/fence_riscv64.h.
package ump
