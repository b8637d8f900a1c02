package route

import (
	"iter"
	"math/bits"
)

// MaxCores is how many cores a Set can hold.
const MaxCores = 64

// Set is a set of cores.
type Set uint64

// Of returns the set of some cores.
func Of(cores ...int) Set {
	var s Set
	for _, c := range cores {
		s |= 1 << c
	}
	return s
}

// First returns the set of the cores 0 to n-1.
func First(n int) Set { return Set(1)<<n - 1 }

// Has reports whether a core is in the set.
func (s Set) Has(core int) bool { return s>>core&1 != 0 }

// Count is how many cores are in the set.
func (s Set) Count() int { return bits.OnesCount64(uint64(s)) }

// Lowest returns the lowest core, MaxCores if there is none.
func (s Set) Lowest() int { return bits.TrailingZeros64(uint64(s)) }

// All yields the cores in ascending order.
func (s Set) All() iter.Seq[int] {
	return func(yield func(int) bool) {
		for ; s != 0; s &= s - 1 {
			if !yield(s.Lowest()) {
				return
			}
		}
	}
}
