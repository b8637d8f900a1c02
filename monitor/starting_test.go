package monitor

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"atoll/arch/layout"
)

// A core that dies before it has come up is noticed at once, by firmware's word,
// and can be started again.
// Sabotage: leave out awaitBirth in restart; let died ignore a core that is starting.
func TestDeathBeforeUp(t *testing.T) {
	const mortal = 2
	simulate(t, config{cores: 3}, func(t *testing.T, m *machine) {
		var stopped atomic.Bool
		life := &m.harts[0].life
		life.stopped = func(core int) bool { return core == mortal && stopped.Load() }
		life.restart = func(int) error {
			stopped.Store(false)
			time.AfterFunc(100*time.Millisecond, func() { stopped.Store(true) })
			return nil
		}
		stopped.Store(true)
		owner := m.mon(0)
		owner.do(func() { owner.passed(mortal) })
		settle()
		for round := uint32(2); round < 5; round++ {
			begin := time.Now()
			err := owner.StartCore(mortal)
			if err == nil || !strings.Contains(err.Error(), "died before it was up") {
				t.Fatalf("incarnation %d: %v", round, err)
			}
			if l := owner.lives.get(mortal); l.State != Dead || l.Incarnation != round {
				t.Errorf("incarnation %d is in life %+v", round, l)
			}
			// Without a crash page it may never have lived, and is started again first.
			if took := time.Since(begin); took > 3*time.Second {
				t.Errorf("it took %v", took)
			}
		}
	})
}

// A later life whose starter dies before it has told who lives ends itself; one
// whose starter is only slow waits.
// Sabotage: leave out orphaned; let it not ask firmware.
func TestOrphan(t *testing.T) {
	const orphan = 1
	simulate(t, config{cores: 2, silent: map[int]bool{orphan: true}}, func(t *testing.T, m *machine) {
		defer m.harts[0].stall()()
		var stopped atomic.Bool
		h := m.harts[orphan]
		h.silent = false
		h.life.incarnation = 2
		h.life.stopped = func(core int) bool { return core == 0 && stopped.Load() }
		h.mon = New(h, m.plan, orphan, nil, nil, nil)
		if err := h.run(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if n := h.life.failed.Load(); n != 0 {
			t.Errorf("it has ended although its starter lives")
		}
		stopped.Store(true)
		time.Sleep(time.Second)
		if n := h.life.failed.Load(); n != 1 {
			t.Errorf("it was to end %d times, not once, after its starter had died", n)
		}
	})
}

// A later life whose starter has died and lives again, before this core has looked even
// once, follows who has the console now.
// Sabotage: leave newborn out of claimed.
func TestOrphanOfAStarterThatLivesAgain(t *testing.T) {
	simulate(t, config{cores: 4}, func(t *testing.T, m *machine) {
		m.mon(0).Crash(2, FailStop)
		var resume func()
		m.reborn = func(core int, _ *Monitor) {
			if core == 2 && resume == nil {
				resume = m.harts[2].stall()
				m.harts[0].kill(layout.CauseKilled, false)
			}
		}
		m.mon(0).do(func() { m.mon(0).restart(2) })
		settle()
		if err := m.mon(1).StartCore(0); err != nil {
			t.Fatal(err)
		}
		settle()
		resume()
		settle()
		checkStates(t, m, "0:up/2 1:up/1 2:up/2 3:up/1")
		m.peek(func() {
			if o := m.mon(2).owner; o != 1 {
				t.Errorf("core %d is the owner for core 2", o)
			}
		})
		callAll(t, m)
	})
}
