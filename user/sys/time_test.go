package sys

import (
	"testing"
	"time"

	"atoll/arch/counters"
	"atoll/kernel/abi"
)

// Sabotage: add no ticks to now; do not look whether they are too many.
func TestAfter(t *testing.T) {
	before := counters.Time()
	if until := After(time.Hour); until <= before+uint64(ticksPerSecond())*3000 || until >= before+ticksPerSecond()*4200 {
		t.Errorf("an hour from %d is %d, with %d ticks a second", before, until, ticksPerSecond())
	}
	if After(-1) != abi.Forever {
		t.Error("no end has one")
	}
	if until := After(1<<63 - 1); until != abi.Forever && until < before {
		t.Errorf("the longest while ends at %d, before it begins", until)
	}
}

// Who reads the clocks loses the hart now and then for much longer than a reading takes: the
// rate is right all the same. Sabotage: in rate, take any missed.
func TestRate(t *testing.T) {
	const perMicrosecond = 10
	for lost := range 8 {
		now, reads := uint64(0), 0
		read := func() (c clocks) {
			c.before = now
			if reads++; reads%2000 == lost*250+1 { // before or after the clock is read
				now += 300_000 * perMicrosecond * uint64(lost%2)
			}
			c.clock = time.Duration(now) * time.Microsecond / perMicrosecond
			now += perMicrosecond
			if reads%2000 == lost*250+1 {
				now += 300_000 * perMicrosecond * uint64(1-lost%2)
			}
			c.after = now
			return c
		}
		if got, want := rate(read), uint64(perMicrosecond*1_000_000); got < want*15/16 || got > want*17/16 {
			t.Errorf("%d: %d ticks a second, want %d", lost, got, want)
		}
	}
}
