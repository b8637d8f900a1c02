// Package ram gives domains RAM of the user pool, and takes all of it back when they end.
//
// The kernel has one capability to all of the pool, which nobody else gets. A piece is a run
// of frames of which a domain got a capability that was made from it. Domains make of pieces
// what they want, and give them to others; the end of a piece revokes whatever was made in
// its range, wherever the capabilities went. A domain is charged for its pieces, whoever
// uses them, and for what others hold for it (Charge). Capabilities that the kernel keeps, that
// one among them, lie in pages of slots that are no CNode, so that no address names them.
//
// Others who take frames of the pool can make capabilities to them from Root.
//
// # Invariants
//
//	R1  two pieces have no frame in common, and a frame of a piece is
//	    in nobody else's hands                                      TestRandom
//	R2  a domain holds no more than its limit, in no more than
//	    MaxPieces pieces                                            TestRandom
//	R3  when a domain has ended, all its frames are free, and no
//	    capability to them is left                                  TestRandom
//	R4  the margin of the pool stays for others                     TestRandom
//	R5  a piece of which something is made is not taken back before
//	    its domain ends                                             TestGiveInUse
//
// # Execution context
//
// The CPU driver's loop, on one core: no locks. Ends are done in parts (dispatch.Loop.Chore),
// since a domain can have made much of a piece.
package ram
