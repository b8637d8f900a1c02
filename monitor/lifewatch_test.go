package monitor

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// said returns the console's lines that contain a text.
func (m *machine) said(text string) (list []string) {
	for _, l := range m.console.all() {
		if strings.Contains(l.text, text) {
			list = append(list, l.text)
		}
	}
	return list
}

// A core whose event loop stands still, while its trap handler answers, is told to
// end, and dies of that.
// Sabotage: let judge never ask with the kill bit.
func TestHangIsEnded(t *testing.T) {
	for _, n := range []int{2, 3, 5} {
		for hung := range n {
			simulate(t, config{cores: n}, func(t *testing.T, m *machine) {
				settle()
				m.harts[hung].stall()
				time.Sleep(10 * time.Second)
				settle()
				if m.harts[hung].now().running {
					t.Errorf("core %d of %d still runs", hung, n)
				}
				for other := range n {
					if l := m.mon(other).Lives()[hung]; other != hung && (l.State != Dead || l.CauseOf() != "killed") {
						t.Errorf("core %d takes core %d for %v of %q", other, hung, l.State, l.CauseOf())
					}
				}
				if got := m.said("peer-dead"); len(got) != n-1 {
					t.Errorf("core %d of %d: %q", hung, n, got)
				}
			})
		}
	}
}

// A core that is starved of its hart is never told to end, however long that takes,
// and whatever part of it runs first when it has the hart back. Nothing that was
// under way is lost, and it is taken for a zombie only if it was away for longer
// than the watch waits.
// Sabotage: in judge, let the first answer of the trap handler be enough; leave
// look out of expire.
func TestStarvedCoreComesBack(t *testing.T) {
	for _, away := range []time.Duration{1, 3, 5, 6, 7, 8, 9, 10, 11, 15, 60} {
		for n := 2; n <= 4; n++ {
			for starved := range n {
				simulate(t, config{cores: n, seed: uint64(n)}, func(t *testing.T, m *machine) {
					starve(t, m, starved, away*time.Second)
				})
			}
		}
	}
}

// starve freezes a core for a time. When it thaws, its trap handler runs at once
// and its event loop a moment later.
func starve(t *testing.T, m *machine, starved int, away time.Duration) {
	settle()
	h := m.harts[starved]
	thaw := h.freeze()
	time.Sleep(away)
	resume := h.stall()
	thaw()
	time.Sleep(time.Second)
	resume()
	time.Sleep(10 * time.Second)
	settle()
	if !h.now().running {
		t.Fatalf("away for %v, core %d has been ended", away, starved)
	}
	for other := range m.harts {
		if l := m.mon(other).Lives()[starved]; l.State != Up || l.Incarnation != 1 {
			t.Errorf("away for %v, core %d is %v for core %d", away, starved, l.State, other)
		}
		if other != starved {
			if err := askReport(m, other, starved); err != nil {
				t.Errorf("away for %v: %v", away, err)
			}
			if err := askReport(m, starved, other); err != nil {
				t.Errorf("away for %v: %v", away, err)
			}
		}
	}
	zombies, back := m.said(" zombie core="), m.said(" back core=")
	if len(zombies) != len(back) || len(zombies) > 1 || away < 7*time.Second && len(zombies) > 0 || away > 11*time.Second && len(zombies) == 0 {
		t.Errorf("away for %v, core %d: %q, %q", away, starved, zombies, back)
	}
	if lost := append(m.said("lost"), m.said("dead")...); len(lost) > 0 {
		t.Errorf("away for %v, core %d: %q", away, starved, lost)
	}
}

// Time in which the watcher does not run is not held against the watched.
// Sabotage: leave the case for late out of expire.
func TestStarvedWatcher(t *testing.T) {
	simulate(t, config{cores: 2}, func(t *testing.T, m *machine) {
		settle()
		for range 20 {
			thaw0, thaw1 := m.harts[0].freeze(), m.harts[1].freeze()
			time.Sleep(7 * time.Second)
			thaw0()
			time.Sleep(50 * time.Millisecond)
			thaw1()
			time.Sleep(time.Second)
		}
		if got := append(m.said("suspect"), m.said("zombie")...); len(got) > 0 {
			t.Errorf("%q", got)
		}
	})
}

// A zombie is looked after by the living core before it in the circle, also when
// the core that found it has died, and its death is noticed.
// Sabotage: let choose keep only zombies that this core has found.
func TestZombieChangesHands(t *testing.T) {
	for _, end := range []string{"back", "dead"} {
		simulate(t, config{cores: 4}, func(t *testing.T, m *machine) {
			settle()
			thaw := m.harts[2].freeze()
			time.Sleep(15 * time.Second)
			if got := m.said("@1 zombie core=2"); len(got) != 1 {
				t.Fatalf("core 1 has not found core 2: %v", m.console.all())
			}
			m.harts[1].kill(0, false)
			time.Sleep(5 * time.Second)
			want := Dead
			if end == "back" {
				thaw()
				want = Up
			} else {
				m.harts[2].kill(0, true)
				thaw()
			}
			time.Sleep(5 * time.Second)
			for _, core := range []int{0, 3} {
				if l := m.mon(core).Lives()[2]; l.State != want {
					t.Errorf("%s: core 2 is %v for core %d", end, l.State, core)
				}
			}
			if end == "back" && !slices.Equal(m.said("back"), []string{"@0 back core=2\n"}) {
				t.Errorf("%q", m.said("back"))
			}
		})
	}
}
