package boot

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"atoll/arch/layout"
	_ "atoll/monitor" // its messages have names
	"atoll/monitor/message"
	"atoll/monitor/trace"
)

// pingTraced boots two harts, has them trace a ping, and returns the events.
func pingTraced(t *testing.T) []trace.Event {
	t.Helper()
	console := run(t, machine(2), "trace on; ping 0 1 1; trace off; trace dump -json")
	dump, err := trace.ReadDump(strings.NewReader(console))
	if err != nil {
		t.Fatalf("%v in:\n%s", err, kernelPart(console))
	}
	if len(dump.Rings) != 2 {
		t.Fatalf("%d rings", len(dump.Rings))
	}
	return trace.Merge(dump.Rings)
}

// TestS45Ping traces a ping and follows it: its send, the doorbell if there is one,
// its receive, and the same for the pong, in this order and in that of time.
func TestS45Ping(t *testing.T) {
	t.Parallel()
	events := pingTraced(t)
	s, err := trace.Tell(events, 1, "ping", 0)
	if err != nil {
		t.Fatal(err)
	}
	if s.To != 1 || s.Answer < 0 {
		t.Fatalf("a ping to core %d, answered by event %d", s.To, s.Answer)
	}
	checkBells(t, events)
	var way []string
	for i, e := range s.Events {
		if i > 0 && e.Time < s.Events[i-1].Time {
			t.Errorf("the time goes back at event %d", i)
		}
		mine := uint32(e.B) == uint32(s.Events[0].B) // cores ping each other of their own accord, too
		if k := e.Kind(); mine && (k == layout.TraceSend || k == layout.TraceReceive) && slices.Contains([]string{"ping", "pong"}, message.Name(uint16(e.A))) {
			way = append(way, k.String()+" "+message.Name(uint16(e.A)))
		}
	}
	if want := []string{"send ping", "receive ping", "send pong", "receive pong"}; !slices.Equal(way, want) {
		t.Errorf("its way was %q", way)
	}
}

// checkBells checks that doorbells are sent before they are taken, of which one may
// have been sent before all this, and that a hart which a doorbell woke takes it at
// once. It looks at events up to the first core's last one: from then on that core may
// ring without a record.
func checkBells(t *testing.T, events []trace.Event) {
	t.Helper()
	const softInterrupt = 1 << 1 // of sip
	sent, woken := map[int]int{0: 1, 1: 1}, map[int]bool{}
	last := map[int]uint64{}
	for _, e := range events {
		last[e.Core] = e.Time
	}
	for _, e := range events {
		if e.Time > min(last[0], last[1]) {
			return
		}
		if e.Kind() == layout.TraceDoorbellTaken {
			sent[e.Core]--
		} else if woken[e.Core] {
			t.Errorf("a doorbell woke core %d, which then had the event %v %s", e.Core, e.Kind(), trace.Line(&e.Record))
		}
		if e.Kind() == layout.TraceDoorbellSent {
			sent[int(e.Arg())]++
		}
		woken[e.Core] = e.Kind() == layout.TraceWake && e.A&softInterrupt != 0
		if sent[e.Core] < 0 {
			t.Errorf("core %d has taken more doorbells than were sent", e.Core)
			sent[e.Core] = 0
		}
	}
}

// TestS45Birth traces a core from its birth on, if who starts it is traced.
func TestS45Birth(t *testing.T) {
	t.Parallel()
	console := run(t, machine(2), "trace on 0; restart 1; trace off; trace dump -json")
	dump, err := trace.ReadDump(strings.NewReader(console))
	if err != nil {
		t.Fatal(err)
	}
	var lives []string
	for _, e := range trace.Merge(dump.Rings) {
		switch e.Kind() {
		case layout.TraceDeath, layout.TraceRestart, layout.TraceBirth:
			if e.Core != int(e.Arg()) && e.Core == 1 {
				continue // what the new life is told of the others
			}
			lives = append(lives, fmt.Sprint(e.Core, " ", e.Kind(), " ", trace.Line(&e.Record)))
		}
	}
	want := []string{"0 death core=1 cause=stopped incarnation=1", "0 restart core=1 incarnation=2",
		"1 birth core=1 incarnation=2", "0 birth core=1 incarnation=2"}
	if !slices.Equal(lives, want) {
		t.Errorf("%q\nwant %q", lives, want)
	}
}

// eventLine matches a line of last events.
var eventLine = regexp.MustCompile(`(?m)^ (\d+) ([a-z-]+)( [a-z]+=\S+)*$`)

// TestS45LastEvents checks that a core which dies while it is traced says what it did
// last, with its own death at the end, and before the runtime's trace unless that
// alone fills the page; and that one which is not traced says nothing of that.
func TestS45LastEvents(t *testing.T) {
	t.Parallel()
	const head = "last events, ns before the end:\n"
	for how, cause := range map[string]string{"panic": "panic", "fault": "panic", "stack": "panic"} {
		console := run(t, machine(2), "trace on; crash 1 "+how)
		_, words, found := strings.Cut(console, head)
		if !found {
			t.Errorf("crash 1 %s: no last events in:\n%s", how, kernelPart(console))
			continue
		}
		lines := eventLine.FindAllStringSubmatch(words, -1)
		if len(lines) != 16 || lines[15][2] != "death" || lines[15][3] != " incarnation=1" || !strings.Contains(lines[15][0], "core=1 cause="+cause) {
			t.Errorf("crash 1 %s: its last events are %q", how, lines)
		}
		if trace := strings.Index(words, "goroutine "); how != "stack" && trace < strings.Index(words, "death core=1") {
			t.Errorf("crash 1 %s: the runtime's trace is not below the last events:\n%s", how, words)
		}
	}
	if console := run(t, machine(2), "crash 1 panic"); strings.Contains(console, head) {
		t.Errorf("a core that was not traced tells of its last events:\n%s", kernelPart(console))
	}
}
