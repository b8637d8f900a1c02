package monitor

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// states is what a core knows of all lives.
func states(m *machine, core int) string {
	var b strings.Builder
	for core, l := range m.mon(core).Lives() {
		fmt.Fprintf(&b, "%d:%v/%d ", core, l.State, l.Incarnation)
	}
	return strings.TrimSpace(b.String())
}

// checkStates checks that all but some cores know the same of all lives.
func checkStates(t *testing.T, m *machine, want string, without ...int) {
	t.Helper()
	settle()
	for core := range m.harts {
		if got := states(m, core); !slices.Contains(without, core) && got != want {
			t.Errorf("core %d knows %q, not %q", core, got, want)
		}
	}
}

// callAll checks that all but some cores serve each other.
func callAll(t *testing.T, m *machine, without ...int) {
	t.Helper()
	for a := range m.harts {
		for b := range m.harts {
			if slices.Contains(without, a) || slices.Contains(without, b) {
				continue
			}
			if err := askReport(m, a, b); err != nil {
				t.Error(err)
			}
		}
	}
}

// A core that dies, in whatever way, is noticed by all others, who go on; what was
// asked of it fails at once; its last words are printed, and how it died. Then it
// lives again.
// Sabotage: leave failCalls out of bury; let marked see no mark; let confirmAll not ask
// firmware; let restart use the same incarnation.
func TestDeathAndLater(t *testing.T) {
	for how, want := range map[FailureMode]struct {
		bound time.Duration
		word  string
	}{
		FailPanic: {100 * time.Millisecond, "panic"}, FailOOM: {100 * time.Millisecond, "oom"},
		FailStop: {100 * time.Millisecond, "stopped"}, FailHang: {20 * time.Second, "killed"},
	} {
		for victim := 1; victim < 4; victim++ {
			t.Run(fmt.Sprintf("%v of %d", how, victim), func(t *testing.T) {
				simulate(t, config{cores: 4, mortal: true, seed: uint64(victim)}, func(t *testing.T, m *machine) {
					for life := range 3 {
						deathAndLater(t, m, how, victim, uint32(life+1), want.bound, want.word)
					}
				})
			})
		}
	}
}

func deathAndLater(t *testing.T, m *machine, how FailureMode, victim int, life uint32, bound time.Duration, word string) {
	t.Helper()
	fmt.Fprintf(m.harts[victim], "life %d\n", life)
	settle()
	var asking sync.WaitGroup
	asking.Go(func() {
		if _, err := m.mon(3-victim/3).Call(victim, opPing, time.Hour, 0, maxPings); err == nil || !strings.Contains(err.Error(), "is not up") {
			t.Errorf("a call to core %d: %v", victim, err)
		}
	})
	time.Sleep(time.Millisecond)
	begin := time.Now()
	if err := m.mon(0).Crash(victim, how); err != nil {
		t.Error(err)
	}
	asking.Wait()
	if d := time.Since(begin); d > bound {
		t.Errorf("it took %v", d)
	}
	checkStates(t, m, states(m, 0), victim)
	if l := m.mon(0).Lives()[victim]; l.State != Dead || l.Incarnation != life || l.CauseOf() != word {
		t.Errorf("core %d: %+v", victim, l)
	}
	callAll(t, m, victim)
	if got := m.console.of(victim); got[len(got)-1] != "last words\n" || !slices.Contains(got, fmt.Sprintf("life %d\n", life)) {
		t.Errorf("core %d says %q", victim, got)
	}
	for core := range m.harts {
		if core != victim && !slices.Contains(m.console.of(core), fmt.Sprintf("@%d peer-dead core=%d\n", core, victim)) {
			t.Errorf("core %d does not say that core %d is dead: %q", core, victim, m.console.of(core))
		}
	}
	if want := fmt.Sprintf("@0 dead core=%d cause=%s\n", victim, word); !slices.Contains(m.console.of(0), want) {
		t.Errorf("core 0 does not say %q: %q", want, m.console.of(0))
	}
	if err := m.mon(0).StartCore(victim); err != nil {
		t.Fatal(err)
	}
	callAll(t, m)
	checkStates(t, m, states(m, 0))
}

// A core that takes no interrupts is a zombie, not dead, whatever time passes: it
// is not started again, and all others go on.
// Sabotage: let judge take a zombie for dead.
func TestZombie(t *testing.T) {
	simulate(t, config{cores: 3, mortal: true}, func(t *testing.T, m *machine) {
		if err := m.mon(0).Crash(2, FailZombie); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Minute)
		checkStates(t, m, "0:up/1 1:up/1 2:zombie/1", 2)
		callAll(t, m, 2)
		if err := m.mon(0).StartCore(2); err == nil || !strings.Contains(err.Error(), "core 2 is zombie") {
			t.Errorf("started: %v", err)
		}
	})
}

// When the owner of the console dies the lowest living core takes over, where the
// script stood; what the others say is lost only in the owner's own ring, and who
// comes back takes nothing back.
// Sabotage: leave follow or SetProgress's messages out; let succeed choose the
// highest.
func TestSuccession(t *testing.T) {
	simulate(t, config{cores: 4, mortal: true}, func(t *testing.T, m *machine) {
		var talking sync.WaitGroup
		const lines = 300
		for _, core := range []int{2, 3} {
			talking.Go(func() {
				for n := range lines {
					fmt.Fprintf(m.harts[core], "%d %s\n", n, strings.Repeat("x", n%200))
					time.Sleep(200 * time.Microsecond)
				}
			})
		}
		m.mon(0).SetProgress(Progress{Next: 7, Status: 2})
		settle()
		m.mon(1).Call(0, opFail, time.Millisecond, uint64(FailPanic))
		talking.Wait()
		settle()
		if got := m.console.of(1); !slices.Contains(got, "takes over at 7 2\n") || !slices.Contains(got, "@1 dead core=0 cause=panic\n") {
			t.Errorf("core 1 says %q", got)
		}
		for _, core := range []int{2, 3} {
			checkNumbered(t, m, core, lines)
		}
		if err := m.mon(1).StartCore(0); err != nil {
			t.Fatal(err)
		}
		callAll(t, m)
		checkStates(t, m, "0:up/2 1:up/1 2:up/1 3:up/1")
		if m.mon(0).owner != 1 {
			t.Errorf("core %d is the owner for core 0", m.mon(0).owner)
		}
		m.mon(2).Call(1, opFail, time.Millisecond, uint64(FailPanic))
		settle()
		if got := m.console.of(0); !slices.Contains(got, "takes over at 7 2\n") {
			t.Errorf("core 0 says %q", got)
		}
		callAll(t, m, 1)
		if err := errors.Join(m.mon(0).StartCore(1), askReport(m, 3, 1)); err != nil {
			t.Error(err)
		}
	})
}

// checkNumbered checks that a core's numbered lines have come, each once, whole and
// in order, but for those that were in the ring when the owner died.
func checkNumbered(t *testing.T, m *machine, core, lines int) {
	t.Helper()
	next, gaps := 0, 0
	for _, l := range m.console.of(core) {
		var n int
		if c, _ := fmt.Sscanf(l, "%d ", &n); c != 1 {
			continue
		}
		if n > next && n < next+31 {
			gaps++
			next = n
		}
		if n != next || len(l) != len(fmt.Sprintln(n, strings.Repeat("x", n%200))) {
			t.Fatalf("core %d: %q for line %d", core, l, next)
		}
		next++
	}
	if next != lines || gaps > 1 {
		t.Errorf("core %d: %d lines of %d, %d gaps", core, next, lines, gaps)
	}
}

// What a core had sent before it died is received, before it is said to be dead, also
// by a core that looks only then.
// Sabotage: leave PeerDead or drain out of bury.
func TestLastMessagesAreReceived(t *testing.T) {
	simulate(t, config{cores: 3, mortal: true}, func(t *testing.T, m *machine) {
		resume := m.harts[0].stall()
		settle()
		victim := m.mon(2)
		victim.do(func() {
			for n := range 5 {
				victim.lines.printf("%d\n", n)
			}
			victim.hart.Fail(FailStop)
		})
		settle()
		resume()
		settle()
		var said []string
		for _, l := range m.console.all() {
			if l.core == 2 || l.text == "@0 peer-dead core=2\n" {
				said = append(said, l.text)
			}
		}
		if got, want := strings.Join(said, ""), "@2 up\n0\n1\n2\n3\n4\n@0 peer-dead core=2\nlast words\n"; got != want {
			t.Errorf("%q, not %q", got, want)
		}
	})
}

// Lines that wait for an owner which dies go to the next one, whole.
// Sabotage: leave resend out of succeed; let bury keep the end of a line whose
// beginning has been sent.
func TestWaitingLinesGoToTheNextOwner(t *testing.T) {
	for width := range 6 {
		simulate(t, config{cores: 3, mortal: true}, func(t *testing.T, m *machine) {
			resume := m.harts[0].stall()
			settle()
			last := ""
			m.at(2, func() {
				for n := range 60 { // more messages than a ring holds
					last = fmt.Sprintf("%d %s.\n", n, strings.Repeat("x", 45*width))
					m.mon(2).lines.printf("%s", last)
				}
			})
			m.harts[0].life.killed.Store(true)
			resume()
			settle()
			got := m.console.of(2)
			for _, l := range got[1:] {
				var n int
				var x string
				if c, _ := fmt.Sscanf(l, "%d %s", &n, &x); c == 2 && x != strings.Repeat("x", 45*width)+"." || l[0] == 'x' || l[0] == '.' {
					t.Fatalf("a torn line: %q", l)
				}
			}
			if !slices.Contains(got, last) {
				t.Errorf("the last line was lost: %q", got)
			}
		})
	}
}

// Streams of messages between all cores survive any number of deaths, of the owner
// too: nothing lost, doubled, reordered or of another life.
// Sabotage: let stream count on through a new life; let open begin every life as the
// first.
func TestStreamsThroughDeaths(t *testing.T) {
	simulate(t, config{cores: 4, mortal: true, seed: 3}, func(t *testing.T, m *machine) {
		soak := func(core int, on uint64) {
			if _, err := m.mon(core).Call(core, opSoak, askTime, on*(0xf&^(1<<core))); err != nil {
				t.Error(err)
			}
		}
		for core := range m.harts {
			soak(core, 1)
		}
		owner := 0
		for n := range 24 {
			victim := n * 7 % 4
			m.mon((victim+1)%4).Call(victim, opFail, time.Millisecond, uint64(n%2)*uint64(FailStop))
			time.Sleep(time.Duration(n) * time.Millisecond)
			settle()
			if victim == owner {
				owner = m.mon((victim + 1) % 4).owner
			}
			if err := m.mon(owner).StartCore(victim); err != nil {
				t.Fatalf("core %d does not start core %d: %v", owner, victim, err)
			}
			soak(victim, 1)
			time.Sleep(50 * time.Millisecond)
		}
		for core := range m.harts {
			soak(core, 0)
		}
		settle()
		for core := range m.harts {
			words, err := m.mon(owner).Call(core, opSoakReport, askTime)
			for err == nil && len(words) > 0 {
				var r SoakReport
				if words, err = decode(words, &r); r.Lost+r.Doubled+r.Reordered+r.Alien > 0 || r.Received < 10 {
					t.Errorf("core %d: %+v", core, r)
				}
			}
			if err != nil {
				t.Error(err)
			}
		}
		callAll(t, m)
		checkStates(t, m, states(m, owner))
	})
}
