package runs

import (
	"math/rand"
	"testing"
)

// naive finds the lowest run by trying all.
func naive(taken []bool, n, border int) (int, bool) {
	for at := 0; n > 0 && at+n <= len(taken); at++ {
		fits := border == 0 || at/border == (at+n-1)/border
		for i := at; fits && i < at+n; i++ {
			fits = !taken[i]
		}
		if fits {
			return at, true
		}
	}
	return 0, false
}

// TestRandom holds a set against the naive search.
// Sabotage: leave out the border in Take; begin Take at the hint at&^63+64.
func TestRandom(t *testing.T) {
	for seed := range int64(200) {
		r := rand.New(rand.NewSource(seed))
		limit := 1 + r.Intn(300)
		s, taken := New(limit), make([]bool, limit)
		type run struct{ first, n int }
		var out []run
		mark := func(first, n int, to bool) {
			for i := first; i < first+n; i++ {
				taken[i] = to
			}
		}
		for range 300 {
			switch n, border := r.Intn(20), []int{0, 0, 8, 64}[r.Intn(4)]; r.Intn(5) {
			case 0, 1:
				first, ok := s.Take(n, border)
				want, wantOK := naive(taken, n, border)
				if ok != wantOK || ok && first != want {
					t.Fatalf("seed %d: Take(%d, %d) = %d, %v; want %d, %v", seed, n, border, first, ok, want, wantOK)
				}
				if ok {
					mark(first, n, true)
					out = append(out, run{first, n})
				}
			case 2:
				first := r.Intn(limit)
				free := n > 0 && first+n <= limit
				for i := first; free && i < first+n; i++ {
					free = !taken[i]
				}
				if ok := s.TakeAt(first, n); ok != free {
					t.Fatalf("seed %d: TakeAt(%d, %d) = %v", seed, first, n, ok)
				}
				if free {
					mark(first, n, true)
					out = append(out, run{first, n})
				}
			default:
				if len(out) > 0 {
					i := r.Intn(len(out))
					s.Give(out[i].first, out[i].n)
					mark(out[i].first, out[i].n, false)
					out[i] = out[len(out)-1]
					out = out[:len(out)-1]
				}
			}
		}
		for _, o := range out {
			s.Give(o.first, o.n)
		}
		if s.Free() != limit {
			t.Fatalf("seed %d: %d of %d are free at the end", seed, s.Free(), limit)
		}
	}
}

// TestGiveTwice sees a mistake of the caller.
// Sabotage: no check in Give.
func TestGiveTwice(t *testing.T) {
	s := New(4)
	first, _ := s.Take(2, 0)
	s.Give(first, 2)
	defer func() {
		if recover() == nil || s.Free() != 4 {
			t.Error("numbers were given back twice")
		}
	}()
	s.Give(first, 2)
}
