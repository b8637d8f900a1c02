// Package pipe is streams within the kernel: pipes, and event counters (eventfd).
//
// A pipe holds 64 KiB at most, and memory only for what is in it. A write of up to 4096 bytes
// goes in whole or not at all.
//
// # Invariants
//
//	P1  what is read is what was written, in its order, once              TestPipe
//	P2  a write of up to Atomic bytes is in one piece                     TestAtomic
//	P3  who waits is woken by what it waits for, and by the other end's
//	    end                                                              TestEnds
//
// # Context
//
// As package vfs: the CPU driver's loop, no locks.
package pipe
