package monitor

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// cores returns 0..n-1 without some.
func cores(n int, without ...int) []int {
	var list []int
	for core := range n {
		if !slices.Contains(without, core) {
			list = append(list, core)
		}
	}
	return list
}

// checkBirth checks a machine that has just become ready: who is alive, that it
// was said once, and after the first lines of all of them.
func checkBirth(t *testing.T, m *machine, alive []int) {
	t.Helper()
	synctest.Wait()
	if got := m.mon(0).Alive(); !slices.Equal(got, alive) {
		t.Errorf("alive are %v, not %v", got, alive)
	}
	if m.readys != 1 {
		t.Errorf("ready %d times", m.readys)
	}
	ready := 0
	for i, l := range m.console.all() {
		switch l.text {
		case "ready\n":
			ready = i
		case fmt.Sprintf("@%d up\n", l.core):
			if ready > 0 {
				t.Errorf("core %d is up after the machine is ready", l.core)
			}
		}
	}
	if ready < len(alive) {
		t.Errorf("ready as line %d, before the lines of %d cores", ready, len(alive))
	}
	for _, a := range alive {
		for _, b := range alive {
			if p := m.mon(a).peers[b]; a != b && (m.plan.NCores <= eagerCores || a == 0 || b == 0) && (p == nil || !p.linked) {
				t.Errorf("core %d has no channel to core %d when all is ready", a, b)
			}
		}
	}
}

// Machines of every size come up, whichever core firmware enters, and nothing on
// the way needs a deadline.
// Sabotage: in birth.check, send typeReady before the loop over the peers; in
// Run, leave out lines.pump; in serve, leave out Ring.
func TestBirth(t *testing.T) {
	for n, boots := range map[int][]int{1: {0}, 2: {0, 1}, 4: {0, 1, 2, 3}, 16: {0, 7, 15}, 17: {0, 16}, 64: {0, 63}} {
		for _, boot := range boots {
			t.Run(fmt.Sprintf("%d from %d", n, boot), func(t *testing.T) {
				simulate(t, config{cores: n, boot: boot, seed: uint64(n + boot)}, func(t *testing.T, m *machine) {
					checkBirth(t, m, cores(n))
					if d := time.Since(m.born); d > time.Second {
						t.Errorf("it took %v", d)
					}
				})
			})
		}
	}
}

// A core that firmware does not start is left out at once, with a sentence.
// Sabotage: let leaveOut do nothing on cores other than 0; leave the absent out
// of linked or of miss.
func TestCoreThatCannotBeStarted(t *testing.T) {
	for _, c := range []struct{ n, boot, bad int }{{2, 0, 1}, {4, 0, 2}, {4, 3, 1}, {4, 1, 3}, {17, 16, 5}, {64, 0, 63}} {
		t.Run(fmt.Sprintf("%d of %d from %d", c.bad, c.n, c.boot), func(t *testing.T) {
			fails := map[int]error{c.bad: errors.New("it is on fire")}
			simulate(t, config{cores: c.n, boot: c.boot, fails: fails}, func(t *testing.T, m *machine) {
				checkBirth(t, m, cores(c.n, c.bad))
				if d := time.Since(m.born); d > time.Second {
					t.Errorf("it took %v", d)
				}
				want := fmt.Sprintf("core %d on hart %d is left out: it is on fire\n", c.bad, c.bad+100)
				if got := m.console.of(c.boot); !slices.Contains(got, want) {
					t.Errorf("core %d says %q", c.boot, got)
				}
			})
		})
	}
}

// A core that never reports is left out when its time is over.
// Sabotage: leave birth.deadline out of deadline, or done out of birth.expire.
func TestCoreThatNeverReports(t *testing.T) {
	for _, c := range []struct{ n, boot, bad int }{{2, 0, 1}, {4, 2, 1}, {17, 0, 9}} {
		t.Run(fmt.Sprintf("%d of %d from %d", c.bad, c.n, c.boot), func(t *testing.T) {
			simulate(t, config{cores: c.n, boot: c.boot, silent: map[int]bool{c.bad: true}}, func(t *testing.T, m *machine) {
				checkBirth(t, m, cores(c.n, c.bad))
				if d := time.Since(m.born); d < upTime || d > upTime+time.Second {
					t.Errorf("it took %v", d)
				}
				if got := strings.Join(m.console.of(0), ""); !strings.Contains(got, fmt.Sprintf("core %d on hart %d is left out: it did not come up", c.bad, c.bad+100)) {
					t.Errorf("core 0 says %q", got)
				}
			})
		})
	}
}

// A core that comes up after it was left out is alive all the same, and nobody
// is told twice that the machine is ready.
func TestLateCore(t *testing.T) {
	simulate(t, config{cores: 4, silent: map[int]bool{2: true}}, func(t *testing.T, m *machine) {
		m.harts[2].silent = false
		if err := m.harts[2].run(); err != nil {
			t.Fatal(err)
		}
		settle()
		if got := m.mon(0).Alive(); !slices.Equal(got, cores(4)) || m.readys != 1 {
			t.Errorf("alive are %v, ready %d times", got, m.readys)
		}
	})
}
