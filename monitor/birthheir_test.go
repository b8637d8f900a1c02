package monitor

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"atoll/arch/layout"
)

// checkHeir checks a machine whose first owner did not live to see it come up: one
// heir has the console, has said once that all is ready, and all others follow it.
func checkHeir(t *testing.T, m *machine, heir int, alive []int) {
	t.Helper()
	settle()
	m.peek(func() {
		for _, core := range alive {
			if mon := m.mon(core); mon.owner != heir || !mon.birth.over || !slices.Equal(mon.Alive(), alive) {
				t.Errorf("core %d: owner %d, machine up: %v, alive %v; not %d, true, %v", core, mon.owner, mon.birth.over, mon.Alive(), heir, alive)
			}
		}
	})
	if m.readys != 1 {
		t.Errorf("ready %d times", m.readys)
	}
	if got := m.console.of(heir); !slices.Contains(got, "takes over at 0 0\n") {
		t.Errorf("core %d says %q", heir, got)
	}
	callAll(t, m, without(len(m.harts), alive)...)
}

// without returns the cores of 0..n-1 that are not in a list.
func without(n int, list []int) []int {
	return slices.DeleteFunc(cores(n), func(c int) bool { return slices.Contains(list, c) })
}

// An owner that firmware does not start is left out with a sentence; the next core
// takes the console, and the machine comes up at once.
// Sabotage: leave succeed out of leaveOut; let died ignore who is unborn; leave the look
// at the boot core out of connect; leave followed out of follow.
func TestOwnerThatCannotBeStarted(t *testing.T) {
	for _, c := range []struct{ n, boot, heir int }{{2, 1, 1}, {4, 1, 1}, {4, 3, 1}, {17, 16, 1}} {
		t.Run(fmt.Sprintf("%d from %d", c.n, c.boot), func(t *testing.T) {
			fails := map[int]error{0: errors.New("it is on fire")}
			simulate(t, config{cores: c.n, boot: c.boot, fails: fails}, func(t *testing.T, m *machine) {
				if d := time.Since(m.born); d > time.Second {
					t.Errorf("it took %v", d)
				}
				checkHeir(t, m, c.heir, cores(c.n, 0))
				for core := 1; core < c.n; core++ { // what was said to the owner that never was
					if got := m.console.of(core); !slices.Contains(got, fmt.Sprintf("@%d up\n", core)) {
						t.Errorf("core %d says %q", core, got)
					}
				}
				if got := m.console.of(c.boot); !slices.Contains(got, "core 0 on hart 100 is left out: it is on fire\n") {
					t.Errorf("core %d says %q", c.boot, got)
				}
			})
		})
	}
}

// The same beside another core that cannot be started: it is left out, too.
// Sabotage: leave tellAbsent out of linked.
func TestOwnerAndAnotherThatCannotBeStarted(t *testing.T) {
	fails := map[int]error{0: errors.New("no"), 1: errors.New("no")}
	for _, boot := range []int{2, 4} {
		simulate(t, config{cores: 5, boot: boot, fails: fails}, func(t *testing.T, m *machine) {
			if d := time.Since(m.born); d > time.Second {
				t.Errorf("it took %v", d)
			}
			checkHeir(t, m, 2, cores(5, 0, 1))
		})
	}
}

// The owner may die at any moment while the machine comes up, with or without a word,
// be it the boot core or not.
// Sabotage: leave birth.check out of takeOver; let inherit return nil; leave
// orphaned to later lives, or shown out of it; leave tellAbsent out of disown; let
// stillborn not look whether it has lived.
func TestOwnerDiesDuringBirth(t *testing.T) {
	for _, c := range [][3]int{{4, 0, 20}, {4, 1, 20}, {4, 3, 20}, {17, 16, 4}} {
		n, boot, steps := c[0], c[1], c[2]
		for _, quiet := range []bool{false, true} {
			dead := 0
			for step := 0; step < steps; step += every {
				t.Run(fmt.Sprintf("%d from %d after %d, quiet %v", n, boot, step, quiet), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						c := config{cores: n, boot: boot, seed: uint64(step)}
						if step%2 > 0 {
							c.fails = map[int]error{2: errors.New("no")}
						}
						m := newMachine(t, c)
						defer m.close()
						var ready atomic.Bool
						time.AfterFunc(time.Duration(step+3)*20*time.Microsecond, func() {
							m.mu.Lock()
							ready.Store(m.readys > 0)
							m.mu.Unlock()
							if !ready.Load() {
								m.harts[0].kill(layout.CausePanic, quiet)
							}
						})
						m.up()
						if d := time.Since(m.born); d > time.Second {
							t.Errorf("it took %v", d)
						}
						time.Sleep(10 * time.Second)
						if ready.Load() || m.harts[0].now().running { // or was not started when it was to die
							return
						}
						dead++
						// It may not have started them all.
						alive := slices.DeleteFunc(cores(n), func(c int) bool { return !m.harts[c].now().running })
						checkHeir(t, m, alive[0], alive)
						lost := "core 0 on hart 100 is left out: its hart has stopped\n"
						if got := strings.Join(m.console.of(alive[0]), ""); !quiet && !strings.Contains(got, "dead core=0 cause=panic\n") ||
							!strings.Contains(got, "peer-dead core=0\n") && !slices.Contains(m.console.of(boot), lost) {
							t.Errorf("core %d does not say what has become of core 0: %q", alive[0], got)
						}
					})
				})
			}
			if dead < steps/4/every {
				t.Errorf("%d cores from %d: core 0 has died before the machine was up %d times only", n, boot, dead)
			}
		}
	}
}

// Another core that dies while the machine comes up is known to be dead at once, and
// holds nothing up.
// Sabotage: leave birth.check out of passed; leave stillborn out of died; let found not look
// at who is unborn.
func TestCoreDiesDuringBirth(t *testing.T) {
	for _, boot := range []int{0, 1, 3} {
		for step := 0; step < 20; step += every {
			t.Run(fmt.Sprintf("from %d after %d", boot, step), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					m := newMachine(t, config{cores: 4, boot: boot, seed: uint64(step)})
					defer m.close()
					time.AfterFunc(time.Duration(step+3)*20*time.Microsecond, func() { m.harts[2].kill(layout.CausePanic, step%2 > 0) })
					m.up()
					if d := time.Since(m.born); d > 3*time.Second { // a watch may have to find it
						t.Errorf("it took %v", d)
					}
					if time.Sleep(10 * time.Second); m.harts[2].now().running {
						return // it was not started when it was to die
					}
					if s := m.mon(0).Lives()[2].State; s != Dead && s != Absent || m.readys != 1 {
						t.Errorf("core 2 is %v, the machine is ready %d times", s, m.readys)
					}
					callAll(t, m, 2)
				})
			})
		}
	}
}

// An owner whose hart stops each time before anything is heard of it is given up by the
// boot core, after some starts, and by all others on its word.
// Sabotage: leave tellAbsent out of disown; let startAgain go on for ever.
func TestOwnerThatNeverLives(t *testing.T) {
	for _, n := range []int{3, 17} {
		synctest.Test(t, func(t *testing.T) {
			m := newMachine(t, config{cores: n, boot: n - 1, silent: map[int]bool{0: true}})
			defer m.close()
			var ended atomic.Bool
			defer func() { ended.Store(true); settle() }()
			var stop func()
			stop = func() {
				h := m.harts[0]
				h.mu.Lock()
				h.inst.running = false
				h.mu.Unlock()
				if !ended.Load() {
					time.AfterFunc(time.Millisecond, stop)
				}
			}
			time.AfterFunc(time.Millisecond, stop)
			m.up()
			if d := time.Since(m.born); d > 3*time.Second {
				t.Errorf("%d cores: it took %v", n, d)
			}
			checkHeir(t, m, 1, cores(n, 0))
		})
	}
}
