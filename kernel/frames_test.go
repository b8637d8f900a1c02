package kernel

import (
	"errors"
	"math/rand/v2"
	"testing"

	"atoll/arch/layout"
)

// Runs that are taken and given back at random never overlap, never leave the pool,
// and the pool is whole again at the end.
// Sabotages: let TakeAligned leave the run in the list, or not align it, or not look at the
// margin; let Give not join with the left one.
func TestFrames(t *testing.T) {
	const base, pages = 0x9000_0000, 64
	type run struct{ pa, pages uint64 }
	for seed := range uint64(50) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		f := NewFrames(base, pages*layout.PageSize+123)
		var used [pages]bool
		var out []run
		give := func(i int) {
			r := out[i]
			out = append(out[:i], out[i+1:]...)
			for p := range r.pages {
				used[(r.pa-base)/layout.PageSize+p] = false
			}
			f.Give(r.pa, r.pages)
		}
		left := uint64(pages)
		for range 500 {
			if len(out) > 0 && rnd.IntN(2) == 0 {
				i := rnd.IntN(len(out))
				left += out[i].pages
				give(i)
			} else if n := 1 + rnd.Uint64N(9); true {
				align, margin := uint64(1)<<rnd.IntN(4), rnd.Uint64N(20)
				pa, err := f.TakeAligned(n, align*layout.PageSize, margin)
				if err != nil {
					if !errors.Is(err, ErrNoFrames) || left >= n+margin && fits(used[:], base/layout.PageSize, n, align) {
						t.Fatalf("no run of %d frames at a multiple of %d: %v; %d are free", n, align, err, left)
					}
					continue
				}
				if left < n+margin || pa%(align*layout.PageSize) != 0 {
					t.Fatalf("%d frames at %#x of %d free, want a multiple of %d, and %d left", n, pa, left, align, margin)
				}
				for p := range n {
					i := (pa-base)/layout.PageSize + p
					if pa < base || i >= pages || used[i] {
						t.Fatalf("frame %d of the run at %#x is not free", p, pa)
					}
					used[i] = true
				}
				out = append(out, run{pa, n})
				left -= n
			}
			if f.Free() != left {
				t.Fatalf("%d frames are free, want %d", f.Free(), left)
			}
		}
		for len(out) > 0 {
			give(0)
		}
		if pa, err := f.Take(pages); err != nil || pa != base {
			t.Fatalf("the pool is not whole again: %#x, %v", pa, err)
		}
	}
}

// fits reports whether n frames are free at a multiple of align; the first has that number.
func fits(used []bool, first, n, align uint64) bool {
	run := uint64(0)
	for i := len(used) - 1; i >= 0; i-- {
		if run++; used[i] {
			run = 0
		}
		if run >= n && (first+uint64(i))%align == 0 {
			return true
		}
	}
	return false
}

// Sabotage: let Give compare with the run on one side only.
func TestFramesGivenTwice(t *testing.T) {
	for _, again := range []struct{ pa, pages uint64 }{{0x1000, 1}, {0x2000, 2}, {0x3000, 1}, {0, 2}} {
		f := NewFrames(0x1000, 3*layout.PageSize)
		if _, err := f.Take(3); err != nil {
			t.Fatal(err)
		}
		f.Give(0x1000, 1)
		f.Give(0x3000, 1)
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%d frames at %#x are taken back although part of them is free", again.pages, again.pa)
				}
			}()
			f.Give(again.pa, again.pages)
		}()
	}
}

// Sabotage: let TakeAligned accept 0 pages.
func TestNoFrames(t *testing.T) {
	for _, f := range []*Frames{{}, NewFrames(0x1000, 4095), NewFrames(0x1000, 4096)} {
		for _, pages := range []uint64{0, 2, 1 << 60} {
			if pa, err := f.Take(pages); !errors.Is(err, ErrNoFrames) {
				t.Errorf("%d frames at %#x, %v", pages, pa, err)
			}
		}
	}
}
