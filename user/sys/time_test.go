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
