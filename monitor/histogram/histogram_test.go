package histogram

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// quantile is what Quantile approximates, of sorted values.
func quantile(sorted []uint64, q float64) uint64 {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[max(int(math.Ceil(q*float64(len(sorted)))), 1)-1]
}

// A histogram agrees with all its values sorted, to the width of a bucket, and
// knows number and extremes exactly.
// Sabotage: be off by one in rank, shift or low; forget the clip to min and max.
func TestHistogram(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for round := range 200 {
		var h Histogram
		var all []uint64
		for range r.IntN(300) >> r.IntN(9) {
			v := r.Uint64() >> r.IntN(64)
			if round%4 == 0 {
				v = uint64(r.IntN(80)) // exact ones
			}
			h.Add(v)
			all = append(all, v)
		}
		slices.Sort(all)
		if h.Count() != uint64(len(all)) || h.Min() != quantile(all, 0) || h.Max() != quantile(all, 1) {
			t.Fatalf("count %d min %d max %d of %v", h.Count(), h.Min(), h.Max(), all)
		}
		for _, q := range []float64{0, 0.01, 0.25, 0.5, 0.9, 0.99, 1} {
			got, want := h.Quantile(q), quantile(all, q)
			if got > want || got < h.Min() || want-got > want/32 || want < 64 && got != want {
				t.Fatalf("quantile %v is %d, not %d, of %d values", q, got, want, len(all))
			}
		}
	}
}

// Every value has a bucket, whose range begins at or below it and goes on where
// the last one ended.
// Sabotage: be off by one in index or low.
func TestBuckets(t *testing.T) {
	var h Histogram
	for i := 1; i < len(h.bucket); i++ {
		if l := low(i); index(l) != i || index(l-1) != i-1 {
			t.Fatalf("bucket %d begins at %d, which is in %d, behind %d", i, l, index(l), index(l-1))
		}
	}
	if i := index(math.MaxUint64); i != len(h.bucket)-1 {
		t.Errorf("the largest value is in bucket %d of %d", i, len(h.bucket))
	}
}

// Counting costs no memory.
func TestHistogramAllocatesNothing(t *testing.T) {
	h := new(Histogram)
	if n := testing.AllocsPerRun(100, func() { h.Add(uint64(h.Count()) << 20); h.Quantile(0.5) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
