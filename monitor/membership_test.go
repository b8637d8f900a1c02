package monitor

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"atoll/arch/layout"
)

// records is what a core has agreed on of all cores, or knows better (marked !), from its
// own copy or, asked by another, over there.
func (m *machine) records(asker, core int) string {
	a, list, err := m.mon(asker).members(context.Background(), core)
	if err != nil {
		return err.Error()
	}
	text := fmt.Sprintf("%#x", a.Members)
	for _, r := range list {
		l := Life{LifeState(r.State), r.Incarnation, layout.Cause(r.Cause)}
		text += fmt.Sprintf(" %d:%v/%d", r.Core, l.State, l.Incarnation)
		if l.State == Dead {
			text += "(" + l.Cause.Word() + ")"
		}
		if r.Agreed == 0 {
			text += "!"
		}
	}
	if a.Settled == 0 {
		text += " unsettled"
	}
	return text
}

// recorded waits until all cores that run, and move, have the same records, and they are as
// wanted.
func (m *machine) recorded(want string) {
	m.t.Helper()
	var got []string
	for range 100 {
		time.Sleep(100 * time.Millisecond)
		got = nil
		for core, h := range m.harts {
			if l := h.now(); l.running && !l.frozen && !h.silent {
				if r := m.records(core, core); r != want {
					got = append(got, fmt.Sprintf("core %d has %s", core, r))
				}
			}
		}
		if got == nil {
			return
		}
	}
	m.t.Errorf("%s\nwant %s", strings.Join(got, "\n"), want)
}

// Every core has the same record of each, in its own replica, after deaths and births, of a
// zombie and of one that is back; and so has one that joins.
// Sabotage: leave noteLives out of turn; let Next give no item of a core.
func TestMembership(t *testing.T) {
	simulate(t, config{cores: 5}, func(t *testing.T, m *machine) {
		m.recorded("0x1f 0:up/1 1:up/1 2:up/1 3:up/1 4:up/1")
		m.harts[3].kill(layout.CauseOOM, false)
		m.recorded("0x17 0:up/1 1:up/1 2:up/1 3:dead/1(oom) 4:up/1")
		m.harts[0].kill(layout.CausePanic, true)
		m.recorded("0x16 0:dead/1(unknown) 1:up/1 2:up/1 3:dead/1(oom) 4:up/1")
		m.revive(0)
		m.recorded("0x17 0:up/2 1:up/1 2:up/1 3:dead/1(oom) 4:up/1")
		thaw := m.harts[2].freeze()
		m.mon(1).awaitLife(context.Background(), 2, time.Minute, func(l Life) bool { return l.State == Zombie })
		m.recorded("0x17 0:up/2 1:up/1 2:zombie/1 3:dead/1(oom) 4:up/1")
		m.harts[4].kill(layout.CausePanic, false) // of which the zombie lets nobody agree
		m.recorded("0x17 0:up/2 1:up/1 2:zombie/1 3:dead/1(oom) 4:dead/1(panic)! unsettled")
		thaw()
		m.recorded("0x7 0:up/2 1:up/1 2:up/1 3:dead/1(oom) 4:dead/1(panic)")
		m.revive(3)
		m.recorded("0xf 0:up/2 1:up/1 2:up/1 3:up/2 4:dead/1(panic)")
		if got := m.records(2, 3); got != "0xf 0:up/2 1:up/1 2:up/1 3:up/2 4:dead/1(panic)" {
			t.Errorf("core 3 tells core 2 %s", got)
		}
		if got := m.records(2, 4); !strings.Contains(got, "core 4 is not up") {
			t.Errorf("a dead core tells %s", got)
		}
	})
}

// A core that never comes up has a record, too.
// Sabotage: let outranks take no Absent.
func TestMembershipOfTheAbsent(t *testing.T) {
	simulate(t, config{cores: 3, silent: map[int]bool{2: true}}, func(t *testing.T, m *machine) {
		m.recorded("0x3 0:up/1 1:up/1 2:absent/0")
	})
}
