// Package broadcast is a page that one core writes and any number of others poll: a
// message in it is sent once, whoever reads it.
//
// It stands between package route, which decides who is told something in this way, and
// memory that the writer has granted to the readers, read-only. Package monitor grants it,
// has its event loop poll, and rings whoever sleeps. Nothing here waits, allocates, or
// knows of cores. A Writer and a Reader belong to one goroutine each.
//
// # Laps
//
// The page is a ring of slots, numbered from 1 over all laps. Nobody acknowledges in it,
// so the writer does not know how far the readers are: it must not write the message that
// is Keep behind one that somebody still has to read. (Multicasts end with a reply, and
// Keep of them are as many as can be on their way.) Who is not waited for may sleep and be
// lapped; when it looks again it goes on Keep behind what it finds.
//
// # Ordering
//
// The writer's steps are W, the reader's R (RVWMO, Unprivileged ISA).
//
//	W1 control = 0    W2 fence rw,rw   W3 store words   W4 fence rw,w   W5 store control
//	R1 load control   R2 fence r,rw    R3 load words    R4 fence r,rw   R5 load control again
//
// R1 returned W5, so R3 returns W3 or later (W4, R2). If R3 returned a word of a later
// lap, R5 returns that lap's W1 or later (W2, R4), which is another value: what was read
// while it was overwritten is not taken.
//
// # What the writer may do
//
// Every word is loaded once, but for the control word, which is compared. One that is
// ahead of the reader, but not by whole laps, no correct writer leaves: the Reader stops
// with a fault. What the words mean is the caller's to judge.
//
//	B1  each message is read once, whole and in order, by who is no more than Keep
//	    behind it                                     TestConcurrent, TestLapped
//	B2  no page makes a Reader panic or go on for ever FuzzReader
package broadcast
