// Package memory is memory that a program manages itself, beside what the Go runtime has:
// RAM of the core's memory server, objects made of it, and the gigapage of the program's
// address space that the program builds (abi.OwnBase).
//
// An Arena is RAM and says which of its pages are in use: the kernel refuses to make two
// objects of one page, but it does not say where there is room. A Space maps frames and makes
// the page tables that this takes, from an Arena too. So all that a program makes is charged to
// RAM that it holds, down to page tables.
//
// Callers: programs, and packages beside this one. Callees: sys, slots. Safe for concurrent
// use.
//
// # Invariants
//
//	M1  a page of an arena belongs to at most one object, and comes
//	    back when that is dropped                                  TestArena
//	M2  an address is mapped at most once, and tables of a Space
//	    that map nothing are given back                            TestSpace
//	M3  what fails leaves no slot, page or address taken           TestRefused
package memory
