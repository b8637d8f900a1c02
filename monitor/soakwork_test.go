package monitor

import (
	"strings"
	"testing"
	"time"

	"atoll/arch/layout"
)

// work lets the living cores work with one another for a while, and then come to rest.
func (m *machine) work(t *testing.T, during func()) []WorkReport {
	t.Helper()
	begin := func() {
		for core := range m.harts {
			m.at(core, func() {
				if err := m.mon(core).workWith((1<<len(m.harts) - 1) &^ (1 << core)); err != nil {
					t.Error(err)
				}
			})
		}
	}
	m.reborn = func(core int, mon *Monitor) {
		mon.do(func() { mon.workWith((1<<len(m.harts) - 1) &^ (1 << core)) })
	}
	begin()
	during()
	m.reborn = nil
	for core := range m.harts {
		m.at(core, func() { m.mon(core).workWith(0) })
	}
	time.Sleep(time.Minute)
	reports := make([]WorkReport, len(m.harts))
	for core := range m.harts {
		m.at(core, func() { reports[core] = m.mon(core).workReport() })
		if r := reports[core]; r.False+r.Failed+r.Alien+r.Running+r.Ends+r.Used+r.Orphans+r.Opening > 0 || r.Digest != reports[0].Digest {
			t.Errorf("core %d: %+v\ncore 0: %+v", core, r, reports[0])
		}
	}
	return reports
}

// All cores want the same names and bind to each other: each outcome is the same at all,
// each message comes back in its turn, and all that was used is given back.
// Sabotage: let Put go in one phase; let swapped not exchange; let unbind free nothing.
func TestSoakWork(t *testing.T) {
	simulate(t, config{cores: 4}, func(t *testing.T, m *machine) {
		for core, r := range m.work(t, func() { time.Sleep(3 * time.Second) }) {
			if r.Agreed < 20 || r.Refused == 0 || r.Judged < 20 || r.Bound < 20 || r.Bound != r.Closed || r.Messages < 200 || r.Served < 20 {
				t.Errorf("core %d: %+v", core, r)
			}
		}
	})
}

// The same while cores die and live again.
// Sabotage: let unbind not release what it holds.
func TestSoakWorkDeaths(t *testing.T) {
	simulate(t, config{cores: 4}, func(t *testing.T, m *machine) {
		broken := uint64(0)
		reports := m.work(t, func() {
			for round := range 12 {
				time.Sleep(300 * time.Millisecond)
				victim := 1 + round%3
				m.harts[victim].kill(layout.CausePanic, false)
				time.Sleep(100 * time.Millisecond)
				if err := m.mon(0).StartCore(victim); err != nil {
					t.Fatal(err)
				}
			}
			time.Sleep(time.Second)
		})
		for _, r := range reports {
			broken += r.Broken
		}
		if broken == 0 {
			t.Error("no binding was broken by a death")
		}
	})
}

// A core that stands still while it has a name takes that back when it goes on, and a
// later soak in the same life tries for names under numbers of its own.
// Sabotage: let has give up after askTime; let soakNames begin with number 1.
func TestSoakWorkStandstill(t *testing.T) {
	simulate(t, config{cores: 3}, func(t *testing.T, m *machine) {
		last := uint32(0)
		for range 2 {
			m.work(t, func() {
				time.Sleep(time.Second)
				first, thaw := m.freezeWithName(1)
				if first <= last {
					t.Errorf("number %d is not above %d, which an earlier soak had", first, last)
				}
				last = first
				time.Sleep(2*askTime + time.Second) // the judge asks in vain first
				thaw()
				time.Sleep(time.Second)
			})
			for core := range m.harts {
				if n := m.soakNameOf(core, 1); n != 0 {
					t.Errorf("core %d has a name of core 1's, number %d, when all were taken back", core, n)
				}
			}
		}
	})
}

// freezeWithName freezes a core that has registered a name of the soak, and returns the
// name's number.
func (m *machine) freezeWithName(core int) (number uint32, thaw func()) {
	for number == 0 {
		time.Sleep(time.Millisecond)
		m.at(core, func() {
			if number = soakNameAt(m.mon(core), core); number != 0 {
				thaw = m.harts[core].freeze()
			}
		})
	}
	return number, thaw
}

// soakNameOf is the number of a name that a core has registered for the soak, in another's
// table, 0 = none.
func (m *machine) soakNameOf(at, core int) (number uint32) {
	m.at(at, func() { number = soakNameAt(m.mon(at), core) })
	return number
}

func soakNameAt(mon *Monitor, core int) (number uint32) {
	for e := range mon.agreement.replica.Services.All {
		if int(e.Core) == core && strings.HasPrefix(e.Name.String(), "soak.") {
			number = max(number, e.Number)
		}
	}
	return number
}
