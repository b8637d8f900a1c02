package main

import "testing"

// Counts are the known ones below powers of 10, those of stretches add up, and what is no multiple of
// a stretch is cut.
// Sabotages: let sieve begin behind 2 p; let a stretch have all its numbers; take 1 for a prime.
func TestCount(t *testing.T) {
	for n, limit := 1, 10; n <= 6; n, limit = n+1, limit*10 {
		for _, goroutines := range []int{1, 3} {
			if got := count(limit, goroutines); got != known[n] {
				t.Errorf("%d primes below %d by %d goroutines, want %d", got, limit, goroutines, known[n])
			}
		}
	}
	for limit, want := range map[int]int{0: 0, 2: 0, 3: 1, 4: 2, 9: 4, 26: 9, stretch: 6542, stretch + 2: 6543} {
		if got := count(limit, 2); got != want {
			t.Errorf("%d primes below %d, want %d", got, limit, want)
		}
	}
}
