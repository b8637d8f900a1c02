package team

import (
	"fmt"
	"math"
	"sync/atomic"
	"testing"
	"time"
)

var sizes = []int{1, 2, 3, 7, 8, Blocks}

// Whoever is behind a barrier finds that all have come to it, and none to the next, also
// when all sleep, and when one is late.
// Sabotages: have the last one not store left anew; let wait return after its looks.
func TestBarrier(t *testing.T) {
	const rounds = 50
	for _, looks := range []int{0, 20} {
		for _, n := range sizes {
			t.Run(fmt.Sprintf("members=%d,looks=%d", n, looks), func(t *testing.T) {
				var came atomic.Int64
				var early atomic.Int64
				run(n, looks, func(m *Member) {
					for r := range rounds {
						if r == rounds/2 && m.ID == n-1 {
							time.Sleep(time.Millisecond)
						}
						came.Add(1)
						m.Wait()
						if came.Load() != int64(n*(r+1)) {
							early.Add(1)
						}
						m.Wait()
					}
				})
				if early.Load() != 0 {
					t.Errorf("%d times somebody was early", early.Load())
				}
			})
		}
	}
}

// Sabotage: let blocks end one block early for the last member.
func TestShare(t *testing.T) {
	for _, n := range sizes {
		for _, things := range []int{0, 1, 5, Blocks, 1000} {
			had := make([]int, things)
			Run(n, func(m *Member) {
				for i, to := m.Share(things); i < to; i++ {
					had[i]++ // the race detector sees who has another's
				}
			})
			for i, times := range had {
				if times != 1 {
					t.Fatalf("%d members, %d things: %d is in %d shares", n, things, i, times)
				}
			}
		}
	}
}

// Sums of numbers of all magnitudes have the same bits for any number of threads, and each
// member gets them, over and over.
// Sabotages: sum a member's share as one part; use one array for all sums.
func TestSum(t *testing.T) {
	const things, sums = 1000, 20
	value := func(i, s int) float64 { return math.Ldexp(float64(i%17)+0.1, (i*7+s)%60-30) }
	part := func(s int) func(from, to int) float64 {
		return func(from, to int) float64 {
			sum := 0.0
			for i := from; i < to; i++ {
				sum += value(i, s)
			}
			return sum
		}
	}
	var want [sums]float64
	Run(1, func(m *Member) {
		for s := range sums {
			want[s] = m.Sum(things, part(s))
		}
	})
	for _, n := range sizes {
		Run(n, func(m *Member) {
			for s := range sums {
				if got := m.Sum(things, part(s)); got != want[s] {
					t.Errorf("member %d of %d: sum %d is %v, not %v", m.ID, n, s, got, want[s])
				}
			}
			if got := m.Max(things, func(from, to int) float64 { return float64(to) }); got != things {
				t.Errorf("member %d of %d: the greatest is %v", m.ID, n, got)
			}
		})
	}
}
