package kernel

import (
	"math"
	"runtime/metrics"
	"testing"
	"time"
)

// The sum counts each bucket at its lower bound; what has none counts nothing.
// Sabotage: take the upper bounds, or leave the look at low out.
func TestSum(t *testing.T) {
	for _, c := range []struct {
		counts  []uint64
		buckets []float64
		want    time.Duration
	}{
		{nil, nil, 0},
		{[]uint64{0, 0}, []float64{1, 2, 3}, 0},
		{[]uint64{3, 0, 2}, []float64{0.001, 0.5, 1, math.Inf(1)}, 2*time.Second + 3*time.Millisecond},
		{[]uint64{7, 1}, []float64{math.Inf(-1), 0.25, 8}, time.Second / 4},
		{[]uint64{9}, []float64{0, 1}, 0},
	} {
		got := sum(&metrics.Float64Histogram{Counts: c.counts, Buckets: c.buckets})
		if d := got - c.want; d < -time.Microsecond || d > time.Microsecond {
			t.Errorf("%v in %v: %v, not %v", c.counts, c.buckets, got, c.want)
		}
	}
}
