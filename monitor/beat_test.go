package monitor

import (
	"testing"
	"time"
)

// What a deadline sends is heard at once, also on a core that is so slow that it
// blocks right after: it rings the doorbell before.
// Sabotage: let expire not report that the watch has sent something.
func TestDeadlineRings(t *testing.T) {
	const step = 50 * time.Millisecond
	simulate(t, config{cores: 2, tick: time.Millisecond}, func(t *testing.T, m *machine) {
		settle()
		m.mon(1).do(func() { m.mon(1).suspect.deadline = 0 }) // nothing else wakes it
		unheard := 0
		for range 30 * time.Second / step {
			time.Sleep(step)
			m.peek(func() {
				if m.mon(0).suspect.stage == beating {
					unheard++
				} else {
					unheard = 0
				}
			})
			if unheard > 2 {
				t.Fatalf("core 1 sleeps while the question of core 0 waits in the channel")
			}
		}
	})
}

// The owner watches a core from when that has come up, also if it is the only one.
// Sabotage: leave out choose in cameUp.
func TestOwnerWatchesTheOnlyOther(t *testing.T) {
	simulate(t, config{cores: 2}, func(t *testing.T, m *machine) {
		settle()
		if core := m.mon(0).suspect.core; core != 1 {
			t.Errorf("core 0 watches core %d, not core 1", core)
		}
	})
}
