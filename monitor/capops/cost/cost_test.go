package cost

import (
	"testing"

	"atoll/monitor/capops"
)

// A revoke by the owner takes two phases, there and back, and of each holder a word that nothing is
// left; a retype one phase, since the owner makes the objects. A holder who asks waits for a message
// more at each end, and is one of whom nothing else is told: before a revoke marks the others it asks him
// whether he has the capability still, and a retype has him do what is agreed on.
// Sabotages: have the owner send a Commit twice; let flush forget the message that it follows.
func TestMeasure(t *testing.T) {
	for cores := 2; cores <= capops.MaxCores; cores++ {
		others := cores - 1
		asked := 8
		if others == 1 {
			asked = 6 // nobody else is to be marked
		}
		for _, c := range []struct {
			kind capops.Kind
			asks int
			want Result
		}{
			{capops.Revoke, 0, Result{5 * others, 4}},
			{capops.Retype, 0, Result{2 * others, 2}},
			{capops.Revoke, others, Result{5*others + 1, asked}},
			{capops.Retype, others, Result{2*others + 3, 4}},
		} {
			if got, err := Measure(c.kind, cores, c.asks); err != nil || got != c.want {
				t.Fatalf("%v, %d cores, core %d asks: %+v, %v, want %+v", c.kind, cores, c.asks, got, err, c.want)
			}
		}
	}
	for _, kind := range []capops.Kind{capops.Revoke, capops.Retype} {
		if got, err := Measure(kind, 1, 0); err != nil || got != (Result{}) {
			t.Errorf("%v, one core: %+v, %v", kind, got, err)
		}
	}
	for _, c := range []struct{ cores, asks int }{{0, 0}, {2, 2}, {2, -1}, {65, 0}} {
		if _, err := Measure(capops.Revoke, c.cores, c.asks); err == nil {
			t.Errorf("core %d of %d is counted", c.asks, c.cores)
		}
	}
	if _, err := Measure(capops.Pass, 2, 0); err == nil {
		t.Error("a pass is counted")
	}
}
