package monitor

import (
	"strings"
	"testing"
	"time"
)

// Blocked round trips and bare ones complete, and every one of them counts where
// cores sleep when they have nothing to do.
// Sabotage: let tripAsked not set when to answer, or bareWakes ask once less.
func TestBenchWake(t *testing.T) {
	simulate(t, config{cores: 3}, func(t *testing.T, m *machine) {
		const rounds = 12
		for range 2 {
			start := time.Now()
			r, err := query(m.mon(0), 1, askWake, benchTime, benchQuestion{2, rounds})
			if err != nil || !plausible(r.Bare.Median, r.Bare.P99, r.Round.Median, r.Round.P99, r.BareMean, r.RoundMean) {
				t.Errorf("%+v, %v", r, err)
			}
			if r.Count+r.Awake != rounds || r.BareCount+r.BareAwake != rounds || r.Count == 0 || r.BareCount == 0 {
				t.Errorf("%d trips, %d awake, %d bare, %d awake", r.Count, r.Awake, r.BareCount, r.BareAwake)
			}
			if d := time.Since(start); d < 2*2*rounds*bellGap {
				t.Errorf("it took %v: some trips had no pause", d)
			}
			if r.Round.Median > float64(bellGap) || r.Bare.Median > float64(bellGap) {
				t.Errorf("a pause is measured, too: %+v", r)
			}
		}
		if d := m.dropped(1) + m.dropped(2); d != 0 {
			t.Errorf("%d messages were dropped", d)
		}
		_, err := query(m.mon(0), 1, askWake, benchTime, benchQuestion{2, maxTrips + 1})
		if err == nil || !strings.Contains(err.Error(), "cannot make") {
			t.Errorf("too many trips: %v", err)
		}
	})
}

// A trip counts only if each hart fell asleep before it was rung for.
// Sabotage: leave one of the conditions out of tripped.
func TestTripped(t *testing.T) {
	for name, c := range map[string]struct {
		mine, slept       uint64 // this hart's sleeps now, and when the last began
		theirs, theirLast uint64
		counts            bool
	}{
		"both slept":                   {6, 150, 8, 90, true},
		"this hart did not sleep":      {5, 80, 8, 90, false},
		"the other hart did not sleep": {6, 150, 7, 90, false},
		"this hart slept too late":     {6, 201, 8, 90, false},
		"the other slept too late":     {6, 150, 8, 101, false},
	} {
		m := newMachine(t, config{cores: 2, real: true})
		h := m.harts[0]
		h.sleeps, h.slept = c.mine, c.slept
		b := &bell{m: h.mon, left: 3, sent: 100, sleeps: 5, theirSleeps: 7, trips: &sleepers{}}
		b.tripped(220, &toldMessage{30, c.theirLast, c.theirs, 200})
		if got := b.trips.times.Count() == 1; got != c.counts || b.trips.awake == 1 == c.counts || b.left != 2 {
			t.Errorf("%s: counts %v, awake %d, left %d", name, got, b.trips.awake, b.left)
		}
		if c.counts && b.trips.sum != 30+20 {
			t.Errorf("%s: it took %d", name, b.trips.sum)
		}
		if b.theirSleeps != c.theirs {
			t.Errorf("%s: the other's sleeps are not noted", name)
		}
	}
}

// The first answer says how often the other hart has slept, and is no sample.
func TestFirstTrip(t *testing.T) {
	m := newMachine(t, config{cores: 2, real: true})
	b := &bell{m: m.harts[0].mon, left: 3, trips: &sleepers{}}
	b.tripped(220, &toldMessage{30, 90, 4, 200})
	if b.left != 3 || b.trips.times.Count()+b.trips.awake != 0 || b.theirSleeps != 4 {
		t.Errorf("left %d, %+v", b.left, b.trips.awake)
	}
}

// A ping for a time ends then, and says how many messages it sent.
// Sabotage: let next not look at until.
func TestPingFor(t *testing.T) {
	simulate(t, config{cores: 2}, func(t *testing.T, m *machine) {
		const ms = 50
		start := time.Now()
		r, err := query(m.mon(0), 0, askPingFor, time.Minute, pingForQuestion{1, ms})
		if d := time.Since(start); err != nil || r.Count < 10 || r.Lost != 0 || d < ms*time.Millisecond || d > 2*ms*time.Millisecond {
			t.Errorf("%+v after %v, %v", r, d, err)
		}
		for _, ms := range []uint64{0, maxPingTime + 1, 1 << 63} {
			if _, err := query(m.mon(0), 0, askPingFor, time.Minute, pingForQuestion{1, ms}); err == nil {
				t.Errorf("a ping for %d ms", ms)
			}
		}
	})
}

// The times of a life's states are those of the last change to them.
// Sabotage: let set note the time at every call.
func TestEntered(t *testing.T) {
	var l lives
	if l.entered(3, Dead) != 0 {
		t.Error("a state that was never entered has a time")
	}
	l.set(3, Life{State: Up}, 10)
	l.set(3, Life{State: Dead}, 20)
	l.set(3, Life{State: Dead, Incarnation: 2}, 30)
	l.set(3, Life{State: Up}, 40)
	if l.entered(3, Up) != 40 || l.entered(3, Dead) != 20 || l.entered(2, Up) != 0 {
		t.Errorf("up %d, dead %d", l.entered(3, Up), l.entered(3, Dead))
	}
}
