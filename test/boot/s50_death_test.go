package boot

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"atoll/test/qemu"
)

// ways are the ways to die, and the causes that may be printed for them.
var ways = []struct {
	how    string
	causes string
}{
	{"panic", "panic"}, {"fault", "panic"}, {"wild", "fault panic oom unknown"},
	{"stack", "panic"}, {"oom", "oom panic"}, {"hang", "killed"},
}

// TestS50Death lets cores die in every way: a core in the middle, the last one and
// the owner of the console. Whoever it is, the others say so and go on, what is
// typed is obeyed, the traffic between them does not stop, and the core lives again.
// Sabotage: leave succeed out of passed; let restart use the incarnation of the
// last life; leave failCalls out of bury.
func TestS50Death(t *testing.T) {
	t.Parallel()
	m := newMortal(t, machine(4))
	n := 0
	for _, way := range ways {
		for _, who := range []string{"middle", "owner", "last"} {
			if n++; !soak() && n%3 != 1 && (way.how == "hang" || n%2 != 0) {
				continue
			}
			victim := map[string]int{"middle": 2, "owner": m.owner, "last": 3}[who]
			m.Send(fmt.Sprintf("crash %d %s\r", victim, way.how))
			if cause := m.deaths(victim)[victim]; !slices.Contains(strings.Fields(way.causes), cause) {
				t.Errorf("%s: core %d has died of %s", way.how, victim, cause)
			}
			m.goesOn()
			m.start(victim)
			m.goesOn()
		}
	}
	m.end()
}

// TestS50StopStart ends and begins every core in good order, the owner of the
// console too, which so goes round.
// Sabotage: let a core that comes back take the console.
func TestS50StopStart(t *testing.T) {
	t.Parallel()
	const harts = 4
	m := newMortal(t, machine(harts))
	for core := range harts {
		m.Send(fmt.Sprintf("stop %d\r", core))
		if cause := m.deaths(core)[core]; cause != "stopped" {
			t.Errorf("core %d has died of %s", core, cause)
		}
		m.goesOn()
		m.start(core)
	}
	m.goesOn()
	m.end()
}

// TestS50Last lets the owner of the console die again and again until one core is
// left, and brings all back.
// Sabotage: let heir choose the highest core.
func TestS50Last(t *testing.T) {
	t.Parallel()
	const harts = 4
	m := newMortal(t, machine(harts))
	for range harts - 1 {
		victim := m.owner
		m.Send(fmt.Sprintf("crash %d panic\r", victim))
		m.deaths(victim)
		m.goesOn()
	}
	m.do(fmt.Sprintf("stop %d", m.owner), `^stop: no core but \d lives`)
	m.do(fmt.Sprintf("crash %d hang", m.owner), `^crash: no other core lives`)
	for core := range harts - 1 {
		m.start(core)
	}
	m.goesOn()
	m.end()
}

// TestS50Zombie makes a core spin with interrupts off: it is reported and left
// alone, and the others go on.
// Sabotage: let zombie call died; let restart start a zombie.
func TestS50Zombie(t *testing.T) {
	t.Parallel()
	m := newMortal(t, machine(4))
	m.do("crash 2 zombie", `@1 suspect core=2$`, `@1 zombie core=2$`, `^@0 crash core=2 how=zombie state=zombie`)
	for _, command := range []string{"start 2", "restart 2", "stop 2", "crash 2 panic", "ping 0 2"} {
		word, _, _ := strings.Cut(command, " ")
		m.do(command, fmt.Sprintf(`^%s: core 2 is (a zombie|not up)`, word))
	}
	m.do("ping 0 3 50", `count=50 lost=0 doubled=0 reordered=0`)
	m.do("audit", `violations=0$`)
	m.do("cores", `^@0 cores up=3 planned=4 dead=0 zombie=1$`)
	m.end()
}

// TestS50Script lets the owner of the console die in the middle of run=. Another
// goes on behind that command, and the machine ends with the right status.
// Sabotage: leave SetProgress out; let Resume begin anew; leave settle out of takeConsole,
// which shows where the event loop gives way between the two, as it may.
func TestS50Script(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		commands string
		by       int
		status   int
	}{
		{"echo one; crash 0 panic; echo two; cores", 1, 0},
		{"crash 0 fault; crash 1 panic; echo two; start 0; start 1; stop 2; cores", 0, 0},
		{"frobnicate; crash 0 wild; ping 0 1; echo two", 1, 2},
		{"crash 0 panic; ping 0 1; frobnicate; echo two", 1, 1},
		{"stop 0; start 0; stop 1; echo two", 0, 0},
	} {
		if soak() || c.status == 0 {
			t.Run(c.commands, func(t *testing.T) {
				status, console := qemu.RunCommands(t, machine(4), c.commands)
				dead, on := strings.Index(console, "dead core=0 cause="), strings.Index(console, "core 1 goes on with run=")
				if dead < 0 || on < dead {
					t.Errorf("the heir speaks before its predecessor's last words:\n%s", kernelPart(console))
				}
				if got := exitStatus(t, console); got != c.status || status != c.status {
					t.Errorf("exit status %d, QEMU's %d, want %d", got, status, c.status)
				}
				if exits := qemu.Facts(console, "exit"); len(exits) != 1 || exits[0].Core != c.by {
					t.Errorf("the exit is %v, not of core %d", exits, c.by)
				}
				if n := strings.Count(kernelPart(console), "\ntwo\n"); n != 1 {
					t.Errorf("the command behind the death ran %d times:\n%s", n, kernelPart(console))
				}
			})
		}
	}
}
