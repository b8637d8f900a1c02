package sys

import (
	"sync"
	"time"

	"atoll/arch/counters"
	"atoll/kernel/abi"
)

// ticksPerSecond is the rate of the time CSR, by the clock that the Go runtime has of it,
// over a span that is long enough for a bound on a wait.
var ticksPerSecond = sync.OnceValue(func() uint64 {
	const span = time.Millisecond
	began, ticks := time.Now(), counters.Time()
	for time.Since(began) < span {
	}
	return (counters.Time() - ticks) * uint64(time.Second) / uint64(time.Since(began))
})

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
