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
//
// A fault breaks the channel and nothing else: Err has the sentence, this end
// says in its Link word that it is closed, and nothing but a new incarnation of
// either side links it again. What the peer may do to the half of the page that
// is ours, writing over our line or our ring, is a fault of its own that only it
// and we can see: our own words are never read back.
//
// # Link and death
//
// Core X of incarnation x and core Y of incarnation y. A slot's tag names both
// incarnations, so that no slot of another pair of lives is ever taken.
//
//	birth   Open: Wait=(x,0) Link=(x,0); H1 fence rw,w; H2 Ack=(x,0).
//	greet   Advance: H3 load Y.Ack; H4 fence r,rw; a new y is there. If Y.Link names
//	        an older x, wait: Y may still read what that one sent.
//	link    prepare our ring, Ack=(x,0); L1 fence rw,w; L2 Link=(x,y).
//	open    L3 load Y.Link; L4 fence r,rw; it is (y,x): Linked, messages pass.
//	death   PeerDead(y), or Y.Ack shows a newer life: Draining. Drain returns what
//	        y had completed; then D1 fence rw,w; D2 Link=(x,0), for which the next
//	        y waits before it touches its ring.
//
// The pairs: H1 with H4 (who sees the life sees a Link word of it or of a newer
// one), L1 with L4 (who sees the link sees the ring prepared and the count 0), D1
// with L4 (who sees the end closed writes its ring after our last load of it).
// Those of the rings, S2-R2 and R4-W2, are in package order.
//
// Tags are 16 bits of each incarnation. Reuse after 65,536 restarts does no harm,
// for a ring is prepared anew for each link. Only after a death in the moment
// between the two halves of a link is a ring looked at that may not have been
// prepared, and its slots are then 65,536 lives old or not taken.
//
// # Poll, then block
//
// The receiver polls TryRecv for as long as blocking would cost, then:
//
//	receiver (PrepareToWait)            sender (PeerWaiting, after TrySend)
//	B1 store Wait=flag                  S3 store control
//	B2 fence rw,rw                      F1 fence rw,rw
//	B3 look again: control, line, room  F2 load Wait: ring?
//
// Dekker: of two full fences one is first in the global order. If B2 is, F2 sees
// the flag and the sender rings. If F1 is, B3 sees the message and the receiver
// does not block. The same holds for the words of the line in place of S3 (a
// step of the link wakes the peer) and for a sender that blocks on a full ring,
// with the reader's acknowledgement in place of S3. The number in the Wait word
// differs each time, so that one sleep is rung once. The doorbell itself must be
// ordered after the stores before it, which SBI's send_ipi is.
//
// A spurious doorbell is harmless: look at every channel, block again.
//
// # Invariants
//
//	U1  one writer for every word            TestOneWriter
//	U2  no message torn, lost, twice, or
//	    out of order                         TestNoLostWakeup, TestStress
//	U3  no wake-up is lost                   TestNoLostWakeup, TestNoLostRoom,
//	                                         TestBirthOfBoth
//	U4  a slot of another life is not taken  TestRestart, TestStaleSlots
//	U5  a lying peer costs its channel only  TestLies, FuzzScribble, TestHostileMemory
//	U6  no allocation on the data path       TestNoAllocation
//
// # Limits
//
// The search behind U2 and U3 runs the real code over a weak memory, within a
// bound of preemptions, but without load buffering; see package order for that
// and for what QEMU does not show.
package ump
