// Package explore goes through all that can happen to a small system: the tests of the
// protocols between cores find with it what goes wrong in some order of events only.
package explore

// Search goes through all states that can follow from one, each once. It runs on one
// goroutine. S is a state, which nobody changes once it is known, and M what happens
// between two.
type Search[S, M any] struct {
	// Hash is of all that the future of a state depends on.
	Hash func(S) uint64
	// Next calls next with each state that can follow, and what happens to get there.
	Next func(s S, next func(M, S))
	// Chance reports whether something need not ever happen.
	Chance func(M) bool
	// End is called with each state that nothing has to follow.
	End func(S)

	// Path is what has happened up to the state that is being looked at, Ends how many
	// had an end.
	Path []M
	Ends int

	seen map[uint64]struct{}
}

// States returns how many states have been seen.
func (x *Search[S, M]) States() int { return len(x.seen) }

// Visit goes through a state, and all that can follow and has not been seen.
func (x *Search[S, M]) Visit(s S) {
	if x.seen == nil {
		x.seen = map[uint64]struct{}{}
	}
	h := x.Hash(s)
	if _, ok := x.seen[h]; ok {
		return
	}
	x.seen[h] = struct{}{}
	over := true
	x.Next(s, func(m M, after S) {
		over = over && x.Chance(m)
		x.Path = append(x.Path, m)
		x.Visit(after)
		x.Path = x.Path[:len(x.Path)-1]
	})
	if over {
		x.Ends++
		x.End(s)
	}
}
