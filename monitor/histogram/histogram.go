package histogram

import (
	"math"
	"math/bits"
)

// Histogram counts values in buckets whose width grows with the value: exact
// below 64, within 1/32 above. It has a fixed size and allocates nothing.
type Histogram struct {
	n        uint64
	min, max uint64
	bucket   [60 * 32]uint32
}

const exact = 64

// index returns the bucket of v.
func index(v uint64) int {
	if v < exact {
		return int(v)
	}
	shift := bits.Len64(v) - 6 // v>>shift is in [32, 64)
	return shift*32 + int(v>>shift)
}

// low returns the least value of a bucket.
func low(i int) uint64 {
	if i < exact {
		return uint64(i)
	}
	shift := i/32 - 1
	return uint64(i-shift*32) << shift
}

// Add counts a value.
func (h *Histogram) Add(v uint64) {
	if h.n == 0 || v < h.min {
		h.min = v
	}
	h.max = max(h.max, v)
	h.n++
	h.bucket[index(v)]++
}

// Count, Min and Max say how many values there were, and the extremes.
func (h *Histogram) Count() uint64 { return h.n }
func (h *Histogram) Min() uint64   { return h.min }
func (h *Histogram) Max() uint64   { return h.max }

// Quantile returns the least value that at least a share q of the values do not
// exceed, to the width of its bucket; 0 if there are none.
func (h *Histogram) Quantile(q float64) uint64 {
	rank := max(uint64(math.Ceil(q*float64(h.n))), 1)
	seen := uint64(0)
	for i, n := range h.bucket {
		if seen += uint64(n); seen >= rank {
			return min(max(low(i), h.min), h.max)
		}
	}
	return h.max
}
