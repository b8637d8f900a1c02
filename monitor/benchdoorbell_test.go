package monitor

import (
	"strings"
	"testing"
)

// Both ways are measured, each is the one that was asked for, and afterwards the
// usual one is taken again.
// Sabotage: leave either RingPlainly out of benchDoorbell.
func TestBenchDoorbell(t *testing.T) {
	simulate(t, config{cores: 3}, func(t *testing.T, m *machine) {
		const rounds = 20
		h := m.harts[1]
		ask := func(q doorbellQuestion) (doorbellReport, error) {
			return query(m.mon(0), 1, askDoorbell, benchTime, q)
		}
		if _, err := ask(doorbellQuestion{2, rounds, 0}); err == nil || !strings.Contains(err.Error(), "core 2 takes no messages") {
			t.Errorf("messages to a core that takes none: %v", err)
		}
		m.at(1, func() { h.messages = true })
		for plain, wanted := range map[uint64]*int{0: &h.sent, 1: &h.rings} {
			m.at(1, func() { h.sent, h.rings = 0, 0 })
			r, err := ask(doorbellQuestion{2, rounds, plain})
			if err != nil || !plausible(r.Wake.Median, r.Wake.P99) || r.Ring < 0 {
				t.Errorf("plain %d: %+v, %v", plain, r, err)
			}
			m.at(1, func() {
				if *wanted < 2*rounds {
					t.Errorf("plain %d: %d messages and %d IPIs were sent", plain, h.sent, h.rings)
				}
				if h.plain {
					t.Errorf("plain %d stays so", plain)
				}
			})
		}
		for _, q := range []doorbellQuestion{{1, 1, 0}, {9, 1, 1}, {2, 0, 1}, {2, maxBells + 1, 1}} {
			if _, err := ask(q); err == nil {
				t.Errorf("%+v is measured", q)
			}
		}
	})
}
