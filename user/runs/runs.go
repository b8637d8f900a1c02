// Package runs hands out runs of numbers, first fit: slots of a table, pages of RAM, pages
// of an address space. Not safe for concurrent use.
package runs

import "math/bits"

// Set is the numbers below a limit, each free or taken.
type Set struct {
	taken []uint64 // a bit a number
	limit int
	free  int
}

// New returns a set of the numbers below a limit, all free.
func New(limit int) *Set {
	return &Set{taken: make([]uint64, (limit+63)/64), limit: limit, free: limit}
}

// Free returns how many numbers are free.
func (s *Set) Free() int { return s.free }

// Take takes the lowest run of n free numbers that does not go over a multiple of border, 0
// for no border. It returns false if there is none.
func (s *Set) Take(n, border int) (first int, ok bool) {
	if n <= 0 || n > s.free || border > 0 && n > border {
		return 0, false
	}
	for at := 0; at+n <= s.limit; {
		if w := s.taken[at/64] | (1<<(at%64) - 1); w == ^uint64(0) {
			at = (at | 63) + 1 // nothing is free in the rest of this word
			continue
		} else if at%64 < bits.TrailingZeros64(^w) {
			at = at&^63 + bits.TrailingZeros64(^w)
			continue
		}
		if border > 0 && at%border+n > border {
			at += border - at%border
			continue
		}
		length := 1
		for length < n && !s.is(at+length) {
			length++
		}
		if length == n {
			s.set(at, n, true)
			return at, true
		}
		at += length + 1
	}
	return 0, false
}

// TakeAt takes the run of n numbers from one on. It returns false if they are not all free.
func (s *Set) TakeAt(first, n int) bool {
	if first < 0 || n <= 0 || first > s.limit-n {
		return false
	}
	for i := first; i < first+n; i++ {
		if s.is(i) {
			return false
		}
	}
	s.set(first, n, true)
	return true
}

// Give gives a run back. It panics if one of its numbers is free: that is a mistake of the
// program's, which would hand a number out twice.
func (s *Set) Give(first, n int) {
	for i := first; i < first+n; i++ {
		if i < 0 || i >= s.limit || !s.is(i) {
			panic("runs: a number is given back that has not been taken")
		}
	}
	s.set(first, n, false)
}

func (s *Set) is(i int) bool { return s.taken[i/64]>>(i%64)&1 != 0 }

// set marks a run all of which was otherwise.
func (s *Set) set(first, n int, taken bool) {
	for i := first; i < first+n; i++ {
		s.taken[i/64] ^= 1 << (i % 64)
	}
	if taken {
		n = -n
	}
	s.free += n
}
