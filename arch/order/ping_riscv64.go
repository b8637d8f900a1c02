package order

// PingBare and PongBare pass a counter to and fro through two words, each in a
// line of its own: the least that a message between two cores can cost, and so
// the baseline for the channels. PingBare writes first, first+1, ... to *mine
// and waits after each for the same number in *theirs; PongBare answers. Each
// gives up after spins loads without an answer and returns how many round trips
// it completed, n if all. There is a fence after each look, as in Take: it makes
// the loop faster, see there.
//
// Execution context: nothing preempts the loop but an interrupt, so keep n times
// a round trip short.
//
//go:noescape
func PingBare(mine, theirs *uint64, first, n, spins uint64) uint64

// PongBare is the answering side of PingBare.
//
//go:noescape
func PongBare(mine, theirs *uint64, first, n, spins uint64) uint64
