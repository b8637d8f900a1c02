// Package pipe is streams within the kernel: pipes, and event counters (eventfd).
//
// A pipe holds 64 KiB at most, and memory only for what is in it. A write of up to 4096 bytes
// goes in whole or not at all.
//
// A pipe may be written on one core and read on another: then its bytes go through a stream (package stream), and who has the pipe
// carries the word that there is something to do (far.go).
//
// # Invariants
//
//	P1  what is read is what was written, in its order, once              TestPipe
//	P2  a write of up to Atomic bytes is in one piece                     TestAtomic
//	P3  who waits is woken by what it waits for, and by the other end's
//	    end                                                              TestEnds
//	P4  so it is with streams, and of several writers nobody starves     TestSend, TestReceive, TestSources
//
// # Context
//
// As package vfs: the CPU driver's loop, no locks.
package pipe
