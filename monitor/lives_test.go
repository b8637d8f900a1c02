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
				simulate(t, config{cores: 4, seed: uint64(victim)}, func(t *testing.T, m *machine) {
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
		if _, err := query(m.mon(3-victim/3), victim, askPing, time.Hour, pingQuestion{0, maxPings}); !errors.Is(err, errDown) {
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
	checkObituary(t, m, victim, life, word)
	if err := m.mon(0).StartCore(victim); err != nil {
		t.Fatal(err)
	}
	callAll(t, m)
	checkStates(t, m, states(m, 0))
}

// checkObituary checks what is said of a dead core.
func checkObituary(t *testing.T, m *machine, victim int, life uint32, word string) {
	t.Helper()
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
}

// A core that takes no interrupts is a zombie, not dead, whatever time passes: it
// is not started again, and all others go on.
// Sabotage: let judge take a zombie for dead.
func TestZombie(t *testing.T) {
	simulate(t, config{cores: 3}, func(t *testing.T, m *machine) {
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

// What a core had sent before it died is received, before it is said to be dead, also
// by a core that looks only then.
// Sabotage: leave PeerDead or drain out of bury.
func TestLastMessagesAreReceived(t *testing.T) {
	simulate(t, config{cores: 3}, func(t *testing.T, m *machine) {
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

// A core is alone when all others are dead, left out or zombies, and not while it has
// not heard of one, or one is being started: a core in a new life may hear of a death
// before it hears of those who live.
// Sabotage: leave Unborn or Starting out of alone.
func TestAlone(t *testing.T) {
	for state, want := range map[LifeState]bool{
		Unborn: false, Up: false, Starting: false, Dead: true, Zombie: true, Absent: true,
	} {
		lives := []Life{{State: Dead}, {State: Up}, {State: state}}
		if got := alone(lives, 1); got != want {
			t.Errorf("beside a dead core and one that is %v a core is alone: %v", state, got)
		}
	}
}
