package main

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"sync/atomic"
	"time"
)

// page is the frame that programs share, as words. Each line that is updated is one of its
// first; behind them stands what is to be done, which the first program writes before it rings
// the others, the count of those who are ready, and a line for what each program has to say.
type page []uint64

// Words of a page.
const (
	lineWords = 8
	mostLines = 8
	wanted    = mostLines * lineWords // lines, nanoseconds, programs
	ready     = wanted + lineWords
	reports   = ready + lineWords // rounds, samples, median
)

// sample is how many rounds are timed together.
const sample = 1000

// meetTime bounds how long a program spins for the others.
const meetTime = 2 * time.Second

var errAlone = errors.New("the other cores do not begin")

// prepare says what is to be done.
func (p page) prepare(lines int, span time.Duration, programs int) {
	clear(p)
	p[wanted], p[wanted+1], p[wanted+2] = uint64(lines), uint64(span), uint64(programs)
}

// update does a program's part: when all are ready it updates the lines for the time, and reports.
// Nobody's update is lost. A sample counts if the others made between half and twice as many
// updates each meanwhile: on a host with few processors a hart often runs alone.
func (p page) update(number int) error {
	lines, span, programs := min(p[wanted], mostLines), time.Duration(p[wanted+1]), p[wanted+2]
	atomic.AddUint64(&p[ready], 1)
	begun := time.Now()
	for atomic.LoadUint64(&p[ready]) < programs {
		if time.Since(begun) > meetTime {
			return errAlone
		}
	}
	var took []float64
	rounds := uint64(0)
	for begun = time.Now(); time.Since(begun) < span; rounds += sample {
		before, from := atomic.LoadUint64(&p[0]), time.Now()
		for range sample {
			for i := range lines {
				atomic.AddUint64(&p[i*lineWords], 1)
			}
		}
		lasted, made := time.Since(from), atomic.LoadUint64(&p[0])-before
		if others := 2 * (made - sample); others >= sample*(programs-1) && others <= 4*sample*(programs-1) {
			took = append(took, float64(lasted)/sample)
		}
	}
	r := p[reports+number*lineWords:]
	r[0], r[1], r[2] = rounds, uint64(len(took)), math.Float64bits(median(took))
	return nil
}

// median returns that of samples, and sorts them; 0 if there are none.
func median(samples []float64) float64 {
	if len(samples) == 0 {
		return 0
	}
	slices.Sort(samples)
	return samples[len(samples)/2]
}

// result looks whether all that programs report was done, after they have said so. It returns
// what an update took, the middle one of their medians, and the fewest samples of one.
func (p page) result() (ns float64, samples uint64, err error) {
	lines, programs, rounds := p[wanted], p[wanted+2], uint64(0)
	var medians []float64
	samples = math.MaxUint64
	for i := range programs {
		r := p[reports+i*lineWords:]
		rounds, samples = rounds+r[0], min(samples, r[1])
		medians = append(medians, math.Float64frombits(r[2]))
	}
	for i := range uint64(mostLines) {
		want := rounds
		if i >= lines {
			want = 0
		}
		if got := atomic.LoadUint64(&p[i*lineWords]); got != want {
			return 0, 0, fmt.Errorf("line %d has %d updates, not %d", i, got, want)
		}
	}
	return median(medians), samples, nil
}
