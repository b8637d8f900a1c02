// Package binding is the data path of a binding: a UMP channel over a frame that the
// server has granted to the client, which goroutines of the two ends use directly. The
// monitors set it up and tear it down, and are out of the way in between.
//
// A Binding is one end. Its methods may be called from any goroutine but the event
// loop's, several at a time. Whoever has to wait polls for a while and then blocks; the
// peer rings this core's doorbell then, of which the monitor's event loop learns, and
// has all bindings looked at (Look). The event loop itself never waits for a binding:
// where it finds one in use it leaves a mark, at which who uses it looks on leaving
// (unlock).
//
// # The end
//
// End, from the event loop or from a user, ends a binding: because the peer is dead, has
// closed its end or revoked the frame, or writes what cannot be. What the peer had sent
// is kept and received first. As soon as nobody uses the frame, or a buffer, Host.Released
// is called; then the frame is unmapped.
//
// # Bulk
//
// Each end may have a region of buffers, memory of its own that the peer can read. A
// buffer is filled, handed over by a message, read in place, and given back by another.
//
// # What the peer may do
//
// The channel judges its own words (package ump); of the buffers' messages number and
// length are judged here. A peer that lies loses the binding. What it writes into a
// buffer may change while that is read: it is input, too.
//
// # Invariants
//
//	B1  no wake-up is lost, with several waiters              TestPingPong, TestBothWays
//	B2  nobody waits longer than the bound, or than the peer lives    TestBounds, TestEndWakes
//	B3  after Released nobody here touches frame or buffers   TestReleasedLast
//	B4  no allocation on the data path                        TestNoAllocation
//	B5  a lying peer costs its binding only                   TestLies
package binding
