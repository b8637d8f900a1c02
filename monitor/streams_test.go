package monitor

import (
	"testing"
	"time"

	"atoll/monitor/message"
)

// Streams of messages between all cores survive any number of deaths, of the owner
// too: nothing lost, doubled, reordered or of another life.
// Sabotage: let stream count on through a new life; let open begin every life as the
// first.
func TestStreamsThroughDeaths(t *testing.T) {
	simulate(t, config{cores: 4, seed: 3}, func(t *testing.T, m *machine) {
		soak := func(on uint64, cores ...int) {
			for _, core := range cores {
				if _, err := query(m.mon(core), core, askSoak, askTime, soakQuestion{on * (0xf &^ (1 << core))}); err != nil {
					t.Error(err)
				}
			}
		}
		soak(1, cores(4)...)
		owner := 0
		for n := range 24 {
			victim := n * 7 % 4
			query(m.mon((victim+1)%4), victim, askFail, time.Millisecond, failQuestion{uint64(n%2) * uint64(FailStop)})
			time.Sleep(time.Duration(n) * time.Millisecond)
			settle()
			if victim == owner {
				owner = m.mon((victim + 1) % 4).owner
			}
			if err := m.mon(owner).StartCore(victim); err != nil {
				t.Fatalf("core %d does not start core %d: %v", owner, victim, err)
			}
			soak(1, victim)
			time.Sleep(50 * time.Millisecond)
		}
		soak(0, cores(4)...)
		settle()
		for core := range m.harts {
			checkStreams(t, m, owner, core)
		}
		callAll(t, m)
		checkStates(t, m, states(m, owner))
	})
}

// checkStreams checks what a core knows of its streams.
func checkStreams(t *testing.T, m *machine, asker, core int) {
	t.Helper()
	_, list, err := askStream(t.Context(), m.mon(asker), core, askSoakReport, askTime, message.None{})
	for _, r := range list {
		if r.Lost+r.Doubled+r.Reordered+r.Alien > 0 || r.Received < 10 {
			t.Errorf("core %d: %+v", core, r)
		}
	}
	if err != nil {
		t.Error(err)
	}
}
