package console

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"atoll/arch/layout"
	"atoll/monitor/message"
	"atoll/monitor/trace"
)

// The types of messages that the fake machine has recorded.
var (
	_ = message.Declare[message.None](7, "ping")
	_ = message.Declare[message.None](26, "multicast")
	_ = message.Declare[message.None](28, "multicast-reply")
)

// Trace: a core of the fake machine has recorded a message to the next core and one
// from it, 300 ns after one another, and then as many traps as a test wants.
func (f *fakeSystem) Trace(core int, action trace.Action, most int) (trace.Ring, error) {
	other := uint32(1 - core&1)
	at := 1000 + 10*uint64(core)
	all := []trace.Record{
		{Time: at, Head: layout.TraceHead(layout.TraceSend, other), A: 5<<48 | 7, B: 0xabc},
		{Time: at + 3, Head: layout.TraceHead(layout.TraceReceive, other), A: 5<<48 | 7, B: 0xabc},
	}
	for i := range f.traps {
		all = append(all, trace.Record{Time: at + 10 + 2*uint64(i), Head: layout.TraceHead(layout.TraceTrap, 1<<31|5), A: 0x2000, B: 0})
	}
	all = append(all, f.shoots[core]...)
	switch action {
	case trace.On, trace.Off:
		f.recording = action == trace.On
	case trace.Clear:
		all = nil
	}
	r := trace.Ring{Core: core, On: f.recording, Written: uint64(len(all)), Size: layout.TraceRecords}
	if action == trace.Read {
		r.Records = all[max(0, len(all)-most):]
	}
	return r, f.ask("trace-"+action.String(), core)
}

// fakeTrace is what a test may want of the trace.
type fakeTrace struct {
	recording bool
	traps     int
	shoots    map[int][]trace.Record
}

func TestTrace(t *testing.T) {
	for line, want := range map[string]string{
		"trace status": "@0 trace core=0 state=off written=2 kept=2 size=4096 timebase=10000000\n@0 trace core=1 state=off",
		"trace on; trace off 1; trace clear 0": "core=1 state=on written=2 kept=2 size=4096 timebase=10000000\n" +
			"@0 trace core=1 state=off written=2 kept=2 size=4096 timebase=10000000\n@0 trace core=0 state=off written=0 kept=0 ",
		"trace show": `  TIME  CORE  EVENT    ARGUMENTS
0.0 us     0  send     to=1 type=ping number=5 word=0xabc
0.3 us     0  receive  from=1 type=ping number=5 word=0xabc
1.0 us     1  send     to=0 type=ping number=5 word=0xabc
1.3 us     1  receive  from=0 type=ping number=5 word=0xabc
@0 trace-show cores=2 events=4
`,
		"trace show -n 1 1 0": "0.0 us     1  receive  from=0 type=ping number=5 word=0xabc\n@0 trace-show cores=2 events=1\n",
		"trace dump 1 1": "@0 trace core=1 state=off written=2 kept=2 size=4096 timebase=10000000\n" +
			"@0 trace-record core=1 time=1010 kind=send head=1 a=1407374883553287 b=2748\n" +
			"@0 trace-record core=1 time=1013 kind=receive head=2 a=1407374883553287 b=2748\n",
	} {
		check(t, newFake(2), line, OK, want)
	}
}

// Shootdowns of core 0, of 1, 2, 4 and 9 us on the way to the host, are shown by their steps: the mean of the middle
// two, and the least.
// Sabotage: list in place of middle.
func TestTraceShoots(t *testing.T) {
	const multicast, reply = 26, 28
	head, shoots := layout.TraceHead, map[int][]trace.Record{}
	for n, out := range []uint64{10, 90, 20, 40} {
		n, at := uint64(n+1), 2000+1000*uint64(n)
		shoots[0] = append(shoots[0], trace.Record{Time: at, Head: head(layout.TraceShoot, 0), A: n, B: 1 << 1},
			trace.Record{Time: at + 5, Head: head(layout.TraceSend, 1), A: n<<48 | multicast},
			trace.Record{Time: at + out + 20, Head: head(layout.TraceReceive, 1), A: n<<48 | reply},
			trace.Record{Time: at + out + 27, Head: head(layout.TraceShot, 0), A: n})
		at += 5 + out
		shoots[1] = append(shoots[1], trace.Record{Time: at, Head: head(layout.TraceReceive, 0), A: n<<48 | multicast},
			trace.Record{Time: at + 3, Head: head(layout.TraceDrop, 0), A: n},
			trace.Record{Time: at + 7, Head: head(layout.TraceDropped, 0), A: n},
			trace.Record{Time: at + 9, Head: head(layout.TraceSend, 0), A: n<<48 | reply})
	}
	sys := newFake(2)
	sys.shoots = shoots
	check(t, sys, "trace shoots", OK, "@0 trace-shoots hosts=1 rounds=4 leave=500ns leave-least=500ns send=0ns send-least=0ns out=3000ns out-least=1000ns "+
		"turn=300ns turn-least=300ns drop=400ns drop-least=400ns reply=200ns reply-least=200ns back=600ns back-least=600ns return=700ns return-least=700ns\n")
	check(t, newFake(2), "trace shoots", OK, "")
}

// No more is asked of the machine than is shown.
func TestTraceBounds(t *testing.T) {
	sys := newFake(3)
	sys.traps = 100
	out, status := execute(sys, "trace show -n 7; trace show; trace on 2 0 2")
	var events []string
	for line := range strings.Lines(out) {
		if strings.HasPrefix(line, "@0 trace-show") {
			events = append(events, strings.TrimSpace(line))
		}
	}
	want := []string{"@0 trace-show cores=3 events=7", "@0 trace-show cores=3 events=40"}
	if status != OK || !slices.Equal(events, want) {
		t.Errorf("status %d: %q", status, events)
	}
	if got := fmt.Sprint(sys.asked[6:]); got != "[trace-on[2] trace-on[0]]" {
		t.Errorf("the machine was asked %s", got)
	}
}

func TestTraceMisuse(t *testing.T) {
	for line, want := range map[string]string{
		"trace":                `trace: a word that says what to do is needed, as in trace on; see help trace`,
		"trace onn":            `trace: there is no trace "onn"; the words are on, off, status, clear, show, dump`,
		"trace ON":             `there is no trace "ON"`,
		"trace on 4":           `trace: there is no core "4"`,
		"trace show 0 x":       `trace: a core is given by its number, not by "x"`,
		"trace show -n":        `trace: the flag -n needs a value, events`,
		"trace show -n 0":      `trace: the number of events must be from 1 to 262144, not "0"`,
		"trace show -n x":      `trace: the number of events must be a number, not "x"`,
		"trace on -n 3":        `trace: only trace show takes -n`,
		"trace dump -n 65537":  `trace: only trace show takes -n`,
		"trace -1":             `there is no trace "-1"`,
		"trace show -n 1 0 -1": `there is no core "-1"`,
	} {
		sys := newFake(4)
		check(t, sys, line, Usage, want)
		if len(sys.asked) > 0 {
			t.Errorf("%s reached the machine: %q", line, sys.asked)
		}
	}
}

// A core that does not answer fails the command, and the others are shown.
func TestTraceFailures(t *testing.T) {
	sys := newFake(3)
	sys.silent[1] = true
	check(t, sys, "trace show", Failed, "trace: core 1 did not answer within 1s\n")
	check(t, sys, "trace show", Failed, "@0 trace-show cores=2 events=4\n")
	sys.down[2] = true
	check(t, sys, "trace on 0 2", Failed, "trace: core 2 is not up\n")
	if len(sys.asked) != 6 {
		t.Errorf("a core was asked in vain: %q", sys.asked)
	}
}

func TestTraceJSON(t *testing.T) {
	for line, want := range map[string]string{
		"trace on -json": "trace by core event kept size state timebase written\n",
		"trace -json dump 0": "trace by core event kept size state timebase written\n" +
			"trace-record a b by core event head kind time\n",
		"trace show 1 -json": "trace-event arg_from arg_number arg_type arg_word by core event kind since_ns time\n" +
			"trace-event arg_number arg_to arg_type arg_word by core event kind since_ns time\n" +
			"trace-show by cores event events\n",
	} {
		out, status := execute(newFake(2), line)
		if got := shapes(t, out); status != OK || got != want {
			t.Errorf("%s: status %d, shapes:\n%swant:\n%s", line, status, got, want)
		}
	}
}

func TestTraceCompletion(t *testing.T) {
	sys := newFake(3)
	sys.down[0] = true
	if got := fmt.Sprint(traceCommand.Complete(sys, nil)); got != "[clear dump off on shoots show status]" {
		t.Errorf("the first word can be %s", got)
	}
	if got := fmt.Sprint(traceCommand.Complete(sys, []string{"show", "1"})); got != "[1 2]" {
		t.Errorf("a later word can be %s", got)
	}
}
