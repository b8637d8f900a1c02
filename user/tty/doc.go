// Package tty is a terminal as programs know it: the line discipline between the keys of a
// person and the bytes that a program reads, and between what it writes and the screen.
//
// In canonical mode a line is edited before a program sees it: erase, kill, word erase, end of
// file. What is typed is echoed. The keys for signals send them to the foreground process
// group. A shell that edits lines itself switches all of that off (raw mode). Everything
// is what POSIX.1-2017 says of the general terminal interface, with the flags of Linux,
// but for time-outs between keys (VTIME).
//
// # Invariants
//
//	T1  a program in canonical mode reads whole lines, as they were when
//	    they were ended                                              TestCanonical
//	T2  what is typed or written while nobody takes it is bounded: keys
//	    are dropped, writers wait                                    TestBounds
//	T3  no input and no setting panics                               FuzzTerminal
//
// # Context
//
// As package vfs: the CPU driver's loop, no locks. Kick may be called from any method and
// must not block.
package tty
