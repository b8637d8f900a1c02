//go:build !riscv64

package order

// PingBare and PongBare pass a counter to and fro through two words, each in a
// line of its own: the least that a message between two cores can cost, and so
// the baseline for the channels. PingBare writes first, first+1, ... to *mine
// and waits after each for the same number in *theirs; PongBare answers. Each
// gives up after spins loads without an answer and returns how many round trips
// it completed, n if all.
func PingBare(mine, theirs *uint64, first, n, spins uint64) uint64 {
	for i := range n {
		StoreRelease64(mine, first+i)
		if !await(theirs, first+i, spins) {
			return i
		}
	}
	return n
}

// PongBare is the answering side of PingBare.
func PongBare(mine, theirs *uint64, first, n, spins uint64) uint64 {
	for i := range n {
		if !await(theirs, first+i, spins) {
			return i
		}
		StoreRelease64(mine, first+i)
	}
	return n
}

func await(p *uint64, v, spins uint64) bool {
	for ; spins > 0; spins-- {
		if LoadAcquire64(p) == v {
			return true
		}
	}
	return false
}
