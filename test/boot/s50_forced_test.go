package boot

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"atoll/test/gdbstub"
	"atoll/test/qemu"
)

// outsider can do to a machine what no instance can do to another.
type outsider struct {
	t     *testing.T
	stub  *gdbstub.Client
	harts map[int]gdbstub.Thread // by hart
}

// newOutsider stops the machine for as long as it takes to find its harts.
func newOutsider(t *testing.T, g *qemu.Guest) *outsider {
	t.Helper()
	stub, err := gdbstub.Dial(g.GDB())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if stub.Interrupt() == nil {
			stub.Close()
		}
	})
	o := &outsider{t, stub, map[int]gdbstub.Thread{}}
	threads, err := stub.Threads()
	for _, thread := range threads {
		hart, e := stub.Register(thread, "mhartid")
		if e != nil {
			err = e
		}
		o.harts[int(hart)] = thread
	}
	if err == nil {
		err = stub.Continue()
	}
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func (o *outsider) check(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

// derail stops the machine, lets some harts go on at an address where nothing is
// mapped, and lets the machine run. Without a stack it is no panic that a command
// could recover from.
func (o *outsider) derail(harts ...int) {
	o.t.Helper()
	o.aim(harts...)
	o.check(o.stub.Continue())
}

// derailFirst does that with two harts, of which one is dead before the other runs.
func (o *outsider) derailFirst(first, second int) {
	o.t.Helper()
	o.aim(first, second)
	o.check(o.stub.ContinueOnly(o.harts[first]))
	time.Sleep(time.Second) // if that is too short, they die together
	o.check(o.stub.Interrupt())
	o.check(o.stub.Continue())
}

// aim stops the machine and has some harts go on where nothing is mapped.
func (o *outsider) aim(harts ...int) {
	o.t.Helper()
	o.check(o.stub.Interrupt())
	for _, hart := range harts {
		for { // in S-mode, not in the firmware
			priv, err := o.stub.Register(o.harts[hart], "priv")
			o.check(err)
			if priv == 1 {
				break
			}
			o.check(o.stub.ContinueOnly(o.harts[hart]))
			o.check(o.stub.Interrupt())
		}
	}
	for _, hart := range harts {
		o.check(o.stub.SetRegister(o.harts[hart], "pc", 0x10))
		o.check(o.stub.SetRegister(o.harts[hart], "sp", 0))
	}
}

// starve lets all harts run but some, for a time.
func (o *outsider) starve(d time.Duration, starved ...int) {
	o.t.Helper()
	o.check(o.stub.Interrupt())
	var rest []gdbstub.Thread
	for hart, thread := range o.harts {
		if !slices.Contains(starved, hart) {
			rest = append(rest, thread)
		}
	}
	o.check(o.stub.ContinueOnly(rest...))
	time.Sleep(d) // it is the length of it that is tested
	o.check(o.stub.Interrupt())
	o.check(o.stub.Continue())
}

// hartOf is the hart that a core runs on, by the boot lines.
func hartOf(t *testing.T, g *qemu.Guest, core int) int {
	t.Helper()
	for _, f := range qemu.Facts(g.Console(), "up") {
		if f.Core == core {
			return f.Int("hart")
		}
	}
	t.Fatalf("core %d has not come up", core)
	return 0
}

// TestS50Together lets two cores die in the same moment: two others, and the owner of
// the console with its heir.
// Sabotage: let heir not ask firmware, so that a dead core is chosen.
func TestS50Together(t *testing.T) {
	t.Parallel()
	o := machine(4)
	o.Debug = true
	m := newMortal(t, o)
	out := newOutsider(t, m.Guest)
	for _, pair := range [][]int{{2, 3}, {0, 1}, {2, 1}} {
		out.derail(hartOf(t, m.Guest, pair[0]), hartOf(t, m.Guest, pair[1]))
		m.deaths(pair...)
		m.goesOn()
		for _, core := range pair {
			m.start(core)
		}
	}
	m.goesOn()
	m.end()
}

// TestS50Busy lets a core die while it is asked for something, and the owner of the
// console while it does something: who waits for the dead is told at once, and the
// script goes on behind the command that was cut off, which has failed.
// Sabotage: leave failCalls out of bury; let ifCutOff say OK.
func TestS50Busy(t *testing.T) {
	t.Parallel()
	o := machine(4)
	o.Debug = true
	o.Append = `run="ping 3 2 1000000; ping 0 2; echo one; ping 2 3 1000000; echo two"`
	g := qemu.Start(t, o)
	g.Expect(`^atoll> ping 3 2 1000000$`)
	// The line is there before the command begins. The pings take far longer than this.
	time.Sleep(time.Second)
	out := newOutsider(t, g)
	begin := time.Now()
	out.derail(hartOf(t, g, 3))
	g.Expect(`^ping: peer-dead: core 3 has died$`)
	if d := time.Since(begin); d > 30*time.Second {
		t.Errorf("it took %v to tell who waited", d)
	}
	g.Expect(`^@0 ping from=0 to=2 count=100 lost=0 `)
	g.Expect(`^one$`)
	g.Expect(`^ping: core 3 is not up$`)
	if status := g.Wait(); status != 1 || exitStatus(t, g.Console()) != 1 {
		t.Errorf("QEMU's exit status is %d", status)
	}
}

// TestS50CutOff lets the owner of the console die in the middle of a command of
// run=: that has failed, and the next core goes on with the one behind it.
// Sabotage: let ifCutOff say OK, or let Resume begin the command again.
func TestS50CutOff(t *testing.T) {
	t.Parallel()
	o := machine(3)
	o.Debug = true
	o.Append = `run="echo one; ping 1 2 1000000; echo two"`
	g := qemu.Start(t, o)
	g.Expect(`^atoll> ping 1 2 1000000$`)
	newOutsider(t, g).derail(hartOf(t, g, 0))
	g.Expect(`^core 1 goes on with run= after 2 commands of 3$`)
	g.Expect(`^two$`)
	g.Expect(`^@1 exit status=1$`)
	if status := g.Wait(); status != 1 {
		t.Errorf("QEMU's exit status is %d", status)
	}
}

// TestS50All lets all cores die before one could learn of the other's death, so that
// each takes the other for living: one of them still says what it died of, and ends the
// machine with a status that is no success, whether or not the finisher was its own.
// Sabotage: let last say false; leave the mapping of the finisher out of remain.
func TestS50All(t *testing.T) {
	t.Parallel()
	for name, derail := range map[string]func(o *outsider, a, b int){
		"together":   func(o *outsider, a, b int) { o.derail(a, b) },
		"owner last": func(o *outsider, a, b int) { o.derailFirst(b, a) },
		"heir last":  func(o *outsider, a, b int) { o.derailFirst(a, b) },
	} {
		t.Run(name, func(t *testing.T) {
			o := machine(2)
			o.Debug = true
			g := session(t, o) // at rest: a command would recover from it
			derail(newOutsider(t, g), hartOf(t, g, 0), hartOf(t, g, 1))
			g.ExpectText(` dead core=\d cause=\w+ status=`)
			if status := g.Wait(); status == 0 {
				t.Error("QEMU's exit status is 0")
			}
		})
	}
}

// TestS50FreshLine lets the owner of the console die behind half a line: the next one
// starts on a fresh one.
// Sabotage: let takeConsole open its session on no fresh line.
func TestS50FreshLine(t *testing.T) {
	t.Parallel()
	o := machine(2)
	o.Debug = true
	g := session(t, o)
	out := newOutsider(t, g)
	g.Send("half a line")
	g.ExpectText(`half a line`)
	out.derail(hartOf(t, g, 0))
	g.Expect(`@1 peer-dead core=0$`)
	if !strings.Contains(g.Console(), "atoll> half a line\n") {
		t.Errorf("no fresh line:\n%s", kernelPart(g.Console()))
	}
	g.Send("\rpoweroff\r")
	if status := g.Wait(); status != 0 {
		t.Errorf("QEMU's exit status is %d", status)
	}
}

// TestS50Starved takes the hart away from one core for 15 s while the others run:
// it may be reported as a zombie, but comes back in the same life, and nothing is
// lost that was on its way; then everything works as before.
// Sabotage: let judge ask for the end after the first answer; leave look out of
// expire.
func TestS50Starved(t *testing.T) {
	t.Parallel()
	victims := []int{2}
	if soak() {
		victims = []int{2, 0, 3}
	}
	for _, victim := range victims {
		t.Run(fmt.Sprintf("core %d", victim), func(t *testing.T) {
			o := machine(4)
			o.Debug = true
			m := newMortal(t, o)
			out := newOutsider(t, m.Guest)
			out.starve(15*time.Second, hartOf(t, m.Guest, victim))
			m.Expect(fmt.Sprintf(`@\d back core=%d$`, victim))
			m.goesOn()
			m.end()
			if dead := qemu.Facts(m.Console(), "dead"); len(dead) > 0 {
				t.Errorf("%v", dead)
			}
		})
	}
}
