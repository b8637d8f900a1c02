package monitor

import (
	"testing"
	"time"
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
