package monitor

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"atoll/monitor/message"
	"atoll/monitor/ump"
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
	m.peek(func() { checkLinks(t, m, alive) })
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
}

// checkLinks checks that those who are alive have the channels that they should
// have from the start.
func checkLinks(t *testing.T, m *machine, alive []int) {
	t.Helper()
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
// Sabotage: in birth.check, send readyTold.Number() before the loop over the peers; in
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

// A core that has come up but cannot say that all its channels are linked holds
// the machine up until its time is over, and is alive.
// Sabotage: leave done out of birth.expire.
func TestCoreThatIsUpButNotReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMachine(t, config{cores: 3, rogues: []int{2}})
		defer m.close()
		var doing sync.WaitGroup
		defer doing.Wait()
		doing.Go(func() {
			r := m.rogue(2)
			r.link(t, 0)
			r.send(0, upTold.Number(), 1)
		})
		m.up()
		synctest.Wait()
		if d := time.Since(m.born); d < upTime || d > upTime+time.Second || !slices.Equal(m.mon(0).Alive(), cores(3)) {
			t.Errorf("after %v alive are %v", d, m.mon(0).Alive())
		}
		if got := m.console.of(0); !slices.Contains(got, "not every pair of cores has a channel\n") {
			t.Errorf("core 0 says %q", got)
		}
	})
}

// A core whose channel is lost while the machine comes up holds nothing up, neither
// at core 0 nor where it is the last that another waits for.
// Sabotage: leave birth.lost out of lose, or miss or check out of birth.lost.
func TestLossDuringBirth(t *testing.T) {
	for name, f := range map[string]func(t *testing.T, m *machine, r *rogue){
		"of core 0": func(t *testing.T, m *machine, r *rogue) {
			r.link(t, 0)
			m.scribble(2, 0, func(f *ump.Frame, end int) { f.Line[end].Link = 1 << 32 })
		},
		"of another": func(t *testing.T, m *machine, r *rogue) {
			r.link(t, 0)
			r.send(0, upTold.Number(), 1)
			r.send(0, readyTold.Number())
			m.scribble(2, 1, func(f *ump.Frame, end int) { f.Line[end].Ack, f.Line[end].Link = 1<<32, 1<<32|7 })
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := newMachine(t, config{cores: 3, rogues: []int{2}})
				defer m.close()
				var doing sync.WaitGroup
				defer doing.Wait()
				doing.Go(func() { f(t, m, m.rogue(2)) })
				m.up()
				if d := time.Since(m.born); d > time.Second {
					t.Errorf("it took %v", d)
				}
			})
		})
	}
}

// Only the boot core knows who could not be started, and only core 0 tells.
// Sabotage: leave the look at BootCore, or at the sender, out of birth.receive.
func TestAbsentFromAStranger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMachine(t, config{cores: 4, boot: 1, rogues: []int{2}, silent: map[int]bool{3: true}})
		defer m.close()
		var doing sync.WaitGroup
		defer doing.Wait()
		doing.Go(func() {
			r := m.rogue(2)
			for _, peer := range []int{0, 1} {
				r.link(t, peer)
				for _, core := range []uint64{3, 1 - uint64(peer), uint64(peer), 4, 1 << 40} {
					r.send(peer, absentTold.Number(), core)
				}
			}
		})
		m.up()
		m.peek(func() {
			if d := time.Since(m.born); d < upTime || m.dropped(0) != 5 || m.dropped(1) != 5 {
				t.Errorf("ready after %v, dropped %d and %d", d, m.dropped(0), m.dropped(1))
			}
		})
		// Nor can those who know say so of a core that is none, or of the receiver.
		for _, c := range [][2]int{{0, 1}, {1, 0}} {
			m.at(c[0], func() {
				to := m.mon(c[0])
				before := to.birth.absent
				for _, core := range []uint64{4, 1<<40 + 1, uint64(c[0])} {
					to.birth.saidAbsent(to.peers[c[1]], absentMessage{core})
				}
				if to.birth.absent != before || to.counted().dropped != 8 {
					t.Errorf("core %d takes %#x for absent, and dropped %d messages", c[0], to.birth.absent, to.counted().dropped)
				}
			})
		}
	})
}

// A pair frame that cannot be mapped costs the two cores their channel, with a
// sentence, and nobody else anything.
// Sabotage: leave the look at the owner's channel out of reach or of leaveOut.
func TestFrameThatCannotBeMapped(t *testing.T) {
	for _, pair := range [][2]int{{1, 2}, {0, 2}, {0, 19}} {
		t.Run(fmt.Sprint(pair), func(t *testing.T) {
			c := config{cores: 4, boot: 2, noFrame: pair, fails: map[int]error{3: errors.New("no")}}
			if pair[1] == 19 {
				c = config{cores: 20, noFrame: pair}
			}
			simulate(t, c, func(t *testing.T, m *machine) {
				a, b := pair[0], pair[1]
				if _, err := query(m.mon(a), b, askForReport, askTime, message.None{}); err == nil || !strings.Contains(err.Error(), "no such pair frame") {
					t.Errorf("core %d calls core %d: %v", a, b, err)
				}
				if _, err := query(m.mon(b), 5%c.cores, askForReport, askTime, message.None{}); c.cores > eagerCores && err == nil {
					t.Error("a core without a channel to core 0 has opened another")
				}
				if err := errors.Join(askReport(m, 0, 1), askReport(m, 1, 0)); err != nil {
					t.Error(err)
				}
			})
		})
	}
}
