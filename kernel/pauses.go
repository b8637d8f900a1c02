package kernel

import (
	"runtime/metrics"
	"time"
)

// sum estimates the sum of a histogram of seconds from the lower bounds of its
// buckets: never too much.
func sum(h *metrics.Float64Histogram) time.Duration {
	seconds := 0.0
	for i, n := range h.Counts {
		if low := h.Buckets[i]; n > 0 && low > 0 {
			seconds += float64(n) * low
		}
	}
	return time.Duration(seconds * float64(time.Second))
}
