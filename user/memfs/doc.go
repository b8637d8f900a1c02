// Package memfs is a file system in memory: the root that the initial RAM disk fills, and
// /tmp.
//
// The files of an archive are not copied: a file reads from where its bytes lie, and gets
// pages of its own where it is written. Pages lie in the kernel's heap, and so do nodes;
// both are charged to the file system, which has a bound.
//
// # Invariants
//
//	M1  what is read is what was written last, and 0 where nothing was    TestModel
//	M2  what the file system holds is within its bound, and all of it
//	    comes back when files end                                         TestBound
//	M3  an archive's bytes are never written                              TestModel
//
// # Context
//
// As package vfs: the CPU driver's loop, no locks.
package memfs
