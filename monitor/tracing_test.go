package monitor

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"atoll/arch/layout"
	"atoll/monitor/message"
	"atoll/monitor/trace"
)

// traces has all cores do something with their trace and returns their rings.
func traces(t *testing.T, m *machine, action trace.Action, most int) []trace.Ring {
	t.Helper()
	sys := NewSystem(m.mon(0), func() {})
	var rings []trace.Ring
	for core := range m.harts {
		r, err := sys.Trace(core, action, most)
		if err != nil || r.Core != core || r.Size != layout.TraceRecords {
			t.Fatalf("%v of core %d: %+v, %v", action, core, r, err)
		}
		rings = append(rings, r)
	}
	return rings
}

// askSlowly asks a core for its mappings, and takes no message while that answers, so
// that its outbox fills.
func askSlowly(m *machine, from, to int) error {
	answer := m.harts[to].stall()
	done := make(chan error)
	go func() { done <- askSpace(m, from, to) }()
	time.Sleep(10 * time.Millisecond)
	take := m.harts[from].stall()
	answer()
	time.Sleep(10 * time.Millisecond)
	take()
	return <-done
}

// Every message but those that carry a trace is recorded on both sides, under one
// name.
// Sabotage: leave out the look at untraced, in putTraced or in taken; take the name
// after TrySend; call TrySend in flush; leave the time to Record.
func TestTraceMessages(t *testing.T) {
	simulate(t, config{cores: 3}, func(t *testing.T, m *machine) {
		m.harts[1].space = mappings(1, 200)
		settle() // the names are exported
		traces(t, m, trace.On, 0)
		if err := askSlowly(m, 2, 1); err != nil {
			t.Fatal(err)
		}
		if _, err := NewSystem(m.mon(0), nil).Ping(0, 1, 50); err != nil {
			t.Fatal(err)
		}
		traces(t, m, trace.Off, 0)
		events := trace.Merge(traces(t, m, trace.Read, layout.TraceRecords))
		types := map[uint16]int{}
		messages := 0
		for _, f := range trace.Match(events) {
			types[uint16(events[f.Send].A)]++
			if events[f.Send].Time > events[f.Receive].Time {
				t.Errorf("received before it was sent: %+v, %+v", events[f.Send], events[f.Receive])
			}
		}
		for i := range events {
			if events[i].Kind() == layout.TraceSend || events[i].Kind() == layout.TraceReceive {
				messages++
			}
		}
		const answers = 200*32/48 + 1
		want := map[uint16]int{pingThere.Number(): 50, pingBack.Number(): 50, askForSpace.Number(): 1, askForSpace.Number() | message.AnswerBit: answers}
		pairs := 0
		for typ, n := range types {
			pairs += n
			if want[typ] != n && typ != beatQuestion.Number() && typ != beatAnswer.Number() {
				t.Errorf("%d messages of type %s, want %d", n, message.Name(typ), want[typ])
			}
			delete(want, typ)
		}
		if len(want) > 0 || 2*pairs != messages {
			t.Errorf("missing: %v; %d events of messages, %d pairs", want, messages, pairs)
		}
	})
}

// Off, nothing is recorded; cleared, nothing is left; no more is told than asked for.
func TestTraceActions(t *testing.T) {
	simulate(t, config{cores: 2}, func(t *testing.T, m *machine) {
		ping := func() {
			if _, err := NewSystem(m.mon(0), nil).Ping(1, 0, 3); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		ping()
		for _, r := range traces(t, m, trace.Status, 0) {
			if r.On || r.Written != 0 {
				t.Errorf("at first: %+v", r)
			}
		}
		traces(t, m, trace.On, 0)
		ping()
		traces(t, m, trace.Off, 0)
		before := traces(t, m, trace.Read, 2)
		ping()
		for i, r := range traces(t, m, trace.Read, 1<<40) {
			if r.On || r.Written < 6 || r.Written != before[i].Written || uint64(len(r.Records)) != r.Written || len(before[i].Records) != 2 {
				t.Errorf("core %d: %+v, then %+v", i, before[i], r)
			}
		}
		traces(t, m, trace.Clear, 0)
		for _, r := range traces(t, m, trace.Read, 9) {
			if r.Written != 0 || len(r.Records) != 0 {
				t.Errorf("cleared: %+v", r)
			}
		}
		_, _, err := askStream(t.Context(), m.mon(0), 1, askTrace, time.Second, traceQuestion{Action: trace.NumActions})
		if err == nil || !strings.Contains(err.Error(), "core 1 cannot do 5 with its trace") {
			t.Errorf("an unknown action: %v", err)
		}
	})
}

// Messages have the names that traces are searched for, and every event has one.
func TestTraceNames(t *testing.T) {
	for typ, want := range map[uint16]string{askForReport.Number(): "report", askForReport.Number() | message.AnswerBit: "report-answer", pingThere.Number(): "ping", pingBack.Number(): "pong",
		linePiece.Number(): "line", lifeTold.Number(): "life", beatAnswer.Number(): "beat-ack", soakTraffic.Number(): "soak", message.MaxNumber: "255"} {
		if got := message.Name(typ); got != want {
			t.Errorf("type %d is called %s, not %s", typ, got, want)
		}
	}
	for i, e := range []Event{Doorbell, External, Output, Poked, Timeout} {
		if e != 1<<i || i >= len(trace.EventNames) {
			t.Errorf("event %d is %#x", i, e)
		}
	}
}
