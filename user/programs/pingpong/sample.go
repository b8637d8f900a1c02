package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"atoll/arch/counters"
)

// cost is that of one round trip.
type cost struct{ ns, instructions uint64 }

// mostSamples bounds how many samples are kept.
const mostSamples = 10_000

// measure has f make n round trips, in samples of at least so many. The time is the median
// over the samples: what is taken from both ends for a while, as by a host, spoils few. The
// instructions are the mean. A sample is timed by the time CSR, without a call, whose
// ticks the whole run gives a length.
func measure(n, least int, f func(trips int) error) (cost, error) {
	each := max(least, (n+mostSamples-1)/mostSamples)
	samples := make([]float64, 0, mostSamples)
	began, ticks, instructions := time.Now(), counters.Time(), counters.Instructions()
	for left := n; left > 0; {
		k := min(each, left)
		from := counters.Time()
		if err := f(k); err != nil {
			return cost{}, err
		}
		samples = append(samples, float64(counters.Time()-from)/float64(k))
		left -= k
	}
	retired := counters.Instructions() - instructions
	tick := float64(time.Since(began)) / float64(max(counters.Time()-ticks, 1))
	return cost{uint64(median(samples)*tick + 0.5), retired / uint64(n)}, nil
}

// median returns that of samples, of which there is one at least, and sorts them.
func median(samples []float64) float64 {
	slices.Sort(samples)
	return samples[len(samples)/2]
}

// record prints a JSON object on a line of its own.
func record(out io.Writer, values map[string]any) error {
	b, err := json.Marshal(values)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%s\n", b)
	return err
}
