package sys

import (
	"sync"
	"time"

	"atoll/arch/counters"
	"atoll/kernel/abi"
)

// ticksPerSecond is the rate of the time CSR, by the clock that the Go runtime has of it, to a
// few per cent.
var ticksPerSecond = sync.OnceValue(func() uint64 { return rate(readClocks) })

// clocks is a reading of both: the CSR before the clock and after it.
type clocks struct {
	before, after uint64
	clock         time.Duration
}

var began = time.Now()

func readClocks() (c clocks) {
	c.before = counters.Time()
	c.clock = time.Since(began)
	c.after = counters.Time()
	return c
}

// rate returns the ticks of a second. Between two lines of a program another may run for as
// long as it likes: what two readings have missed so is a small part of the span between
// them, or else a longer span is tried.
func rate(read func() clocks) uint64 {
	for span := time.Millisecond; ; span *= 2 {
		a, b := read(), clocks{}
		for b = read(); b.clock-a.clock < span; b = read() {
		}
		missed := a.after - a.before + b.after - b.before
		if ticks := b.after - a.before; missed <= ticks/16 {
			return uint64(float64(ticks) * float64(time.Second) / float64(b.clock-a.clock))
		}
	}
}

// After returns the time in a while, as calls take it that wait until a time; a negative while
// has no end.
func After(d time.Duration) uint64 {
	now := counters.Time()
	ticks := d.Seconds() * float64(ticksPerSecond())
	if d < 0 || ticks >= float64(abi.Forever-now) {
		return abi.Forever
	}
	return now + uint64(ticks)
}
