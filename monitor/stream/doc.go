// Package stream carries bytes from one core to another through a ring that lies in memory of the core that writes, and that the other can
// read. A byte is copied twice: by who writes into the ring, and by who reads out of it. Nobody is told of it but by who waits: then the
// other end says so, by a message of its user's.
//
// Callers: package parcel and the monitor carry streams beside parcels, packages pipe and linux use them. Callees: package order.
//
// # Memory
//
// Each core of a pair has memory of its own that the other can only read: control words (package layout: type words), and behind them Most
// rings. A ring has two positions that only grow, in bytes: what was written, a word of the writer's core, and what was read, one of the reader's.
//
//	writer                                reader
//	W1 load tail, fence r,rw              R1 load head, fence r,rw
//	W2 store bytes                        R2 load bytes
//	W3 fence rw,w, store head             R3 fence rw,w, store tail
//
// W3 pairs with R1: who sees the position sees the bytes. R3 pairs with W1: what is written over has been read.
//
// # Waiting
//
// Who finds nothing to do stores a new number in a word of its core, fences, and looks once more (Await). Who has done something fences and
// looks at the other's number; if it is another than the last time it is to tell the other (Stir). Of the two full fences one is
// first: either the number is seen, or what was done (Dekker; package ump has the same).
//
// # Uses
//
// A ring is one stream after another. It may be the next when the writer has closed it, which that core knows, and the reader, which says so by
// the number of the use in a word of its own.
//
// # What the peer may do
//
// Positions are looked at as numbers: one that cannot be is none, so that a core that lies, or whose words are wild, has a stream that is full, or empty, and
// nothing else; what the bytes are is its own affair. Of a core that dies nothing is heard here: who uses a stream closes it when he learns of that, and
// Close of the set takes the memory from who has not.
//
// # Context
//
// One goroutine, or loop, has all the streams of a core's end. No locks, and no allocation but of the ends.
//
// # Invariants
//
//	S1  what is read is what was written, in its order, once               TestStream
//	S2  who waits is told, or finds that he need not wait                  TestWaits
//	S3  no word and no byte outside a ring is read or written, whatever
//	    the peer's words are                                              TestLies
//	S4  a ring is used again when neither end uses it any more             TestUses
package stream
