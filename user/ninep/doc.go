// Package ninep has a folder of the host as a file system, by 9P2000.L, over a maintained
// library. It is a Server of package farfs, and is called as one.
//
// The library is github.com/hugelgupf/p9 v0.4.1 (Apache-2.0), gVisor's client and server made a module, which
// u-root requires already. It adds 0.4 MB to the image, with package net, of which nothing runs.
//
// Messages go through a Transport, which package monitor has. When that is lost all that was open is,
// too: the next question begins another session, finds files by their paths, and those that have lost
// their names meanwhile fail with ESTALE.
//
// # What the host may do
//
// Anything. What it says is input: the library checks the form of messages, and panics at some numbers,
// which farfs takes for an answer that is none; here lengths, names and how far a walk has come are
// looked at. Fuzz target: FuzzHost.
//
// Other users of the folder may change it at any time. Nothing is kept here but files that are open.
package ninep
