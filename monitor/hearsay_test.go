package monitor

import (
	"strings"
	"testing"
	"time"

	"atoll/arch/layout"
	"atoll/monitor/ump"
)

// Only who watches a core may tell the owner that it is a zombie, or back.
// Sabotage: let watches always answer true, or always false.
func TestFoundByAStranger(t *testing.T) {
	simulate(t, config{cores: 5}, func(t *testing.T, m *machine) {
		tell := func(from int, s LifeState) LifeState {
			m.mon(from).do(func() { m.mon(from).tellOwner(3, Life{State: s, Incarnation: 1}) })
			settle()
			return m.mon(0).Lives()[3].State
		}
		for _, from := range []int{1, 4, 3} {
			if s := tell(from, Zombie); s != Up {
				t.Errorf("core 3 is %v since core %d says so", s, from)
			}
		}
		if s := tell(2, Zombie); s != Zombie {
			t.Errorf("core 3 is %v although core 2 watches it", s)
		}
		if s := tell(4, Up); s != Zombie {
			t.Errorf("core 3 is %v since core 4 says so", s)
		}
		if s := tell(2, Up); s != Up {
			t.Errorf("core 3 is %v although core 2 watches it", s)
		}
		m.mon(0).Crash(2, FailStop)
		settle()
		if s := tell(1, Zombie); s != Zombie {
			t.Errorf("core 3 is %v although core 1 watches it since core 2 is dead", s)
		}
	})
}

// That a core is dead is believed of nobody, be it the owner, but of firmware; and what
// is not true makes no zombie.
// Sabotage: let confirm take told for false; leave the look at told out of confirmAll.
func TestDeathByHearsay(t *testing.T) {
	simulate(t, config{cores: 4}, func(t *testing.T, m *machine) {
		dead := Life{State: Dead, Incarnation: 1}
		m.mon(0).do(func() { m.mon(0).tell(m.mon(0).peers[1], 2, dead) })
		m.mon(1).do(func() { m.mon(1).tellOwner(3, dead) })
		time.Sleep(10 * confirmTime)
		checkStates(t, m, "0:up/1 1:up/1 2:up/1 3:up/1")
		for _, l := range m.console.all() {
			if l.text != "ready\n" && l.text[2:] != " up\n" {
				t.Errorf("core %d says %q", l.core, l.text)
			}
		}
		callAll(t, m)
		m.mon(0).Crash(2, FailStop)
		checkStates(t, m, "0:up/1 1:up/1 2:dead/1 3:up/1", 2)
	})
}

// That a core lives a later life than the known one is believed of the owner only when the
// core shows it, or firmware says that its hart has stopped: a mad owner would bury the living.
// Sabotage: let learn not look at showsAnew; let showsAnew say true.
func TestLaterLifeByHearsay(t *testing.T) {
	for _, cores := range []int{4, eagerCores + 2} { // with channels, and without
		simulate(t, config{cores: cores}, func(t *testing.T, m *machine) {
			for _, s := range []LifeState{Up, Starting, Dead} {
				later := Life{State: s, Incarnation: 7}
				m.mon(0).do(func() { m.mon(0).tell(m.mon(0).peers[1], 2, later) })
			}
			time.Sleep(10 * confirmTime)
			if l := m.mon(1).lives.get(2); l != (Life{State: Up, Incarnation: 1}) {
				t.Errorf("%d cores: core 1 takes core 2, which lives, for %+v", cores, l)
			}
			if err := askReport(m, 1, 2); err != nil {
				t.Error(err)
			}
			if err := m.mon(0).StopCore(2); err != nil {
				t.Fatal(err)
			}
			if err := m.mon(0).StartCore(2); err != nil {
				t.Fatal(err)
			}
			settle()
			if l := m.mon(1).lives.get(2); l.State != Up || l.Incarnation != 2 {
				t.Errorf("%d cores: core 1 takes core 2 in its second life for %+v", cores, l)
			}
		})
	}
}

// A core that has written wildly before it died has left nonsense in its frames. A life
// that begins later has no channel to it to lose.
// Sabotage: leave the case of a hart that has stopped out of step.
func TestNewbornAndTheWild(t *testing.T) {
	simulate(t, config{cores: 4}, func(t *testing.T, m *machine) {
		m.harts[3].kill(layout.CauseTrap, false)
		settle()
		for peer := range 3 {
			m.scribble(3, peer, func(f *ump.Frame, end int) {
				f.Line[end].Ack, f.Line[end].Link, f.Line[end].Wait = 0xdeadbeefdeadbeef, 0xdeadbeefdeadbeef, 0xdeadbeefdeadbeef
			})
		}
		m.mon(0).StopCore(2)
		m.revive(2)
		settle()
		checkStates(t, m, "0:up/1 1:up/1 2:up/2 3:dead/1", 3)
		for core := range 3 {
			for _, l := range m.console.of(core) {
				if strings.Contains(l, "channel") {
					t.Errorf("core %d says %q", core, l)
				}
			}
		}
		m.revive(3)
		settle()
		callAll(t, m)
	})
}
