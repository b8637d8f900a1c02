// Package capops lets a core have capabilities to another core's memory, and takes them back:
// transfer, delete, revoke and retype across cores. What a capability is, and all that goes
// on within one core, is package capability's.
//
// A Node is one core's part. It is pure: it is stepped with the messages of others, asked for
// what user code of its core wants, and says what is to be sent. It knows no time and no
// channel, starts nothing and waits for nothing. The core's capabilities are a Store.
//
// # Owner and holders
//
// The owner of a capability is the core in whose partition its memory lies: every core knows
// it from the address. It does not move when the owner's own copies are deleted (as
// Barrelfish's does, Technical Note 13): whoever has memory of a partition, only that core's
// next life decides what becomes of it, so that core has to know of him anyway, and a
// death of anybody else leaves nothing to search for. A core that has a copy is a holder.
// For each capability of which others have copies the owner has a loan: who holds, and an
// anchor, a capability of the kernel's by which the memory stays in use.
//
// A core holds as long as there is a copy, or anything made of one. What is made of RAM at a
// holder needs no word to the owner, but for the permission before.
//
// Delete is local, always. A holder tells the owner when nothing is left; the owner's last
// copy is the anchor. Copy, mint, move and map are local. What has no anchor and is of the own
// partition is purely local, and all that is done with it takes no message at all.
//
//	transfer  sender   Pass -> owner       enters the receiver as a holder, first of all
//	          owner    Give -> receiver    delivers the copy
//	          receiver Took -> owner       Answer -> sender
//
//	revoke    asks     Revoke -> owner     queues it behind what meets it
//	          owner    Mark -> who asks    does he still have it? freezes it
//	          asks     Ready -> owner      a no: Answer
//	          owner    Mark -> all others  who hold part of it, itself: freeze it
//	          each     Ready -> owner      from all: nobody makes more of it
//	          owner    Commit -> all       each deletes, in steps
//	          each     Done -> owner       from all: Answer, the next one begins
//
//	retype    asks     Retype -> owner     queues it behind what meets it
//	          owner    Mark -> all         is the range free there?
//	          each     Ready -> owner      a no of anybody: Answer
//	          owner    Commit -> who asks  makes the objects
//	          asks     Done -> owner       the next one begins
//
// # Conflicts
//
// All that is about one capability passes its owner, who is the total order that the note
// asks for. What arrives at the owner (down), while something that meets it is in flight:
//
//	          transfer                revoke              retype
//	Pass      both                    ErrAgain            ErrAgain
//	Revoke    marks the receiver too  afterwards, if the  afterwards
//	                                  asker still holds
//	Retype    asks the receiver too   likewise            afterwards
//	Dropped   the receiver stays a    counts              counts
//	          holder: of an earlier
//	          give
//
// A sender that keeps a copy until the receiver has acknowledged it is not enough: with three
// cores a revoke reaches the receiver before the copy and the sender after the acknowledgement
// (Technical Note 13 has that). Here the copy and the revoke come to the receiver by the same
// channel, in order: TestInFlight.
//
// # Deaths
//
// Dead is called when firmware has said so (law L10), after all that the core had sent was
// stepped. A dead holder is taken out of loans, and counts as Ready and Done; what it had
// asked for is finished, or not begun. With an owner goes all that it had lent: the holders
// delete it, and until Clean says that they have, its next life may not use its memory.
//
//	who waits            for what                      ends with
//	asker                Answer or Commit              it, or the owner's death
//	owner                Took, Ready, Done             each, or that core's death
//	queued operation     those before it               their end
//	owner's next life    Clean of all                  it, or their deaths
//
// # Invariants
//
//	P1  who has something of another core's memory is a holder   TestExplore, TestRandom
//	P2  when a revoke is answered nobody else has a copy, and     TestExplore, TestRandom
//	    none is on its way
//	P3  no two objects are made of the same memory               TestExplore, TestRandom
//	P4  nothing waits for ever, or stays frozen or lent           TestExplore, TestRandom
//	P5  the table of conflicts                                   TestCells
//	P6  no message of a peer panics, or takes a capability        FuzzNode, TestLies
//	    that is not its sender's, TestLies
//	P7  nothing is taken away for who has lost it himself        TestExplore, TestRandom
//
// TestExplore goes through all orders of a few operations on three cores, with deaths
// anywhere and a rejoin; TestRandom through histories of many that a seed draws.
package capops
