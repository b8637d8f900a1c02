package monitor

import (
	"errors"
	"strings"
	"testing"
	"time"

	"atoll/arch/layout"
	"atoll/monitor/message"
	"atoll/monitor/ump"
)

// Every number that is declared is handled, and no other; that no two are the same, the
// declarations themselves ensure.
// Sabotage: leave a handle or serve out of an init function.
func TestNumbers(t *testing.T) {
	for number := range uint16(message.Limit) {
		d, declared := message.Find(number)
		if handled := handlers[number] != nil; handled != declared {
			t.Errorf("message %d %q: declared %v, handled %v", number, d.Name, declared, handled)
		}
		if declared && (d.Kind == message.KindRequest) != (number <= message.MaxNumber && operations[number] != nil) {
			t.Errorf("message %d %q is a %v", number, d.Name, d.Kind)
		}
	}
}

// linkedPair returns two monitors whose event loops do not run, and their ends of a channel.
func linkedPair(t *testing.T) (m [2]*Monitor, p [2]*peer) {
	t.Helper()
	sim := newMachine(t, config{cores: 2, real: true})
	for i := range m {
		m[i] = sim.mon(i)
		p[i], _ = m[i].open(1 - i)
	}
	for !p[0].linked || !p[1].linked {
		m[0].step(p[0])
		m[1].step(p[1])
	}
	var msg ump.Message
	for i := range p { // what the link made them say
		for p[i].ch.TryRecv(&msg) {
		}
	}
	return m, p
}

// A message on its way from one core to another and its answer allocate nothing, at
// either end.
// Sabotage: give receive a message on its stack; let send take a pointer to the value.
func TestMessagesAllocateNothing(t *testing.T) {
	m, p := linkedPair(t)
	m[0].pings[1] = &pinger{m: m[0], peer: p[0], start: 5, seq: 1 << 40, done: func(PingReport, error) {}}
	n := uint64(0)
	if got := testing.AllocsPerRun(1000, func() {
		n++
		if err := send(m[0], p[0], pingThere, pingMessage{5, n, n}); err != nil {
			t.Fatal(err)
		}
		m[1].serve(p[1])
		m[0].serve(p[0])
		send(m[0], p[0], soakTraffic, newSoak(1, 1, n))
		m[1].serve(p[1])
	}); got != 0 {
		t.Errorf("%v allocations", got)
	}
	if g := m[0].pings[1]; g.report.Doubled != n || m[1].soak.streams[0].Received != n {
		t.Errorf("%d of %d messages came back, %d arrived", g.report.Doubled, n, m[1].soak.streams[0].Received)
	}
}

// Messages are counted by type: those that were sent, those that came, and of these
// the ones that cannot be, where they are dropped.
// Sabotage: leave any count out of transmit, flush, receive or drop.
func TestCounts(t *testing.T) {
	m, p := linkedPair(t)
	before := [2]*[message.Limit]count{}
	for i := range m {
		c := m[i].counts
		before[i] = &c
	}
	for range 50 { // more than a ring holds
		post(m[0], p[0], beatQuestion, beatMessage{1})
	}
	post(m[0], p[0], progressTold, progressMessage{1 << 30, 0, 0})
	for m[1].serve(p[1]) || m[0].serve(p[0]) {
	}
	p[0].ch.TrySend(message.Limit, new([message.Words]uint64))
	p[0].ch.TrySend(message.MaxNumber, new([message.Words]uint64))
	m[1].serve(p[1])
	for number, want := range map[uint16][2]count{
		beatQuestion.Number(): {{out: 50}, {in: 50}},
		beatAnswer.Number():   {{in: 50}, {out: 50}},
		progressTold.Number(): {{out: 1}, {in: 1, dropped: 1}},
		0:                     {{}, {in: 2, dropped: 2}},
	} {
		for i := range m {
			got, old := m[i].counts[number], before[i][number]
			got.in, got.out, got.dropped = got.in-old.in, got.out-old.out, got.dropped-old.dropped
			if got != want[i] {
				t.Errorf("core %d has counted %+v of %s, not %+v", i, got, message.Name(number), want[i])
			}
		}
	}
	if c := m[1].counted(); c.dropped != 3 || c.in < 53 || m[1].report().Dropped != 3 {
		t.Errorf("core 1 sums up %+v", c)
	}
}

// The console is told the counts of all types with their names, of any core; a core
// that has counted what there is not has said nonsense.
// Sabotage: leave the look at the number out of nameCounts.
func TestMessages(t *testing.T) {
	simulate(t, config{cores: 3}, func(t *testing.T, m *machine) {
		s := NewSystem(m.mon(0), nil)
		if _, err := s.Ping(1, 2, 30); err != nil {
			t.Fatal(err)
		}
		for core, want := range map[int][2]count{1: {{out: 30}, {in: 30}}, 2: {{in: 30}, {out: 30}}} {
			list, err := s.Messages(core)
			if err != nil || len(list) != 1+len(message.Definitions()) || list[0].Name != "unknown" {
				t.Fatalf("%+v, %v", list, err)
			}
			for _, c := range list {
				got := count{c.In, c.Out, c.Dropped}
				if c.Name == "ping" && got != want[0] || c.Name == "pong" && got != want[1] {
					t.Errorf("core %d has counted %+v", core, c)
				}
				if c.Name == "message-counts" && (c.In != 1 || c.Kind != "request") {
					t.Errorf("core %d has counted %+v", core, c)
				}
			}
		}
	})
	if list, err := nameCounts(5, []countRecord{{Number: 0, In: 3}, {Number: 199}}); err == nil || err.Error() != "core 5 has counted messages of the type 199, which is none" {
		t.Errorf("%v, %v", list, err)
	}
}

// Requests to a core that dies before it has answered end then, all of them, with the
// word for that; whoever asks later is told that the core is not up. Other requests to
// other cores go on.
// Sabotage: leave failCalls out of bury; give it downError.
func TestPeerDead(t *testing.T) {
	simulate(t, config{cores: 4}, func(t *testing.T, m *machine) {
		resume := m.harts[3].stall()
		m.harts[2].stall() // it will not answer before it dies
		const calls = 20
		ended, other := make(chan error, calls), make(chan error, 1)
		for i := range calls {
			go func() {
				var err error
				if i%2 == 0 {
					_, err = query(m.mon(i/2%2), 2, askForReport, time.Hour, message.None{})
				} else {
					_, err = NewSystem(m.mon(i/2%2), nil).Mappings(2)
				}
				ended <- err
			}()
		}
		go func() {
			_, err := query(m.mon(0), 3, askForReport, time.Hour, message.None{})
			other <- err
		}()
		settle()
		if len(ended) > 0 {
			t.Fatalf("a request ended early: %v", <-ended)
		}
		m.harts[2].kill(layout.CauseKilled, false)
		settle()
		if len(ended) != calls || len(other) > 0 {
			t.Fatalf("%d of %d requests have ended, %d to another core", len(ended), calls, len(other))
		}
		for range calls {
			if err := <-ended; !errors.Is(err, errDown) || err.Error() != "peer-dead: core 2 has died" {
				t.Errorf("a request has ended with %v", err)
			}
		}
		if err := askReport(m, 1, 2); err == nil || !strings.HasSuffix(err.Error(), "core 2 is not up") {
			t.Errorf("later: %v", err)
		}
		resume()
		if err := <-other; err != nil {
			t.Error(err)
		}
		m.peek(func() {
			if a, b := len(m.mon(0).calls), len(m.mon(1).calls); a+b > 0 {
				t.Errorf("%d and %d calls are left", a, b)
			}
		})
	})
}

// An answer is believed from the core that was asked, to the request that was made; and
// of that core, nonsense ends the request with a sentence, and no other.
// Sabotage: leave the core or the number out of answer; take what Take says for whole
// for an answer.
func TestHostileAnswers(t *testing.T) {
	simulate(t, config{cores: 3, rogues: []int{1, 2}}, func(t *testing.T, m *machine) {
		asked, stranger := m.rogue(1), m.rogue(2)
		asked.link(t, 0)
		stranger.link(t, 0)
		answers := askForReport.Number() | message.AnswerBit
		var msg ump.Message
		question := func() (id uint64, result chan error) {
			result = make(chan error, 1)
			go func() {
				_, err := query(m.mon(0), 1, askForReport, time.Hour, message.None{})
				result <- err
			}()
			for msg.Type = 0; msg.Type != askForReport.Number(); {
				asked.recv(0, &msg)
			}
			return uint64(message.ID(&msg.W)), result
		}
		const last, failed = 1 << 63, 1 << 62
		for _, c := range []struct {
			heads []uint64 // behind the id
			want  string
		}{
			{[]uint64{last | 49<<32}, message.ErrShape.Error()},
			{[]uint64{last | 48<<32}, message.ErrShape.Error()}, // too short for a report
			{[]uint64{47 << 32}, message.ErrShape.Error()},
			{[]uint64{48 << 32, 48 << 32, 48 << 32}, "an answer has more than 112 bytes"},
			{[]uint64{48 << 32, last | failed | 2<<32}, message.ErrShape.Error()},
			{[]uint64{last | failed | 8<<32}, "???????A"},
			{[]uint64{48 << 32, 48 << 32, last | 16<<32}, ""},
		} {
			id, result := question()
			stranger.send(0, answers, id|last|failed)
			asked.send(0, answers, (id+1)|last|failed)
			asked.send(0, askPing.Number()|message.AnswerBit, id|last|failed)
			settle()
			if len(result) > 0 {
				t.Fatalf("%#x: a strange answer was taken: %v", c.heads, <-result)
			}
			for _, head := range c.heads {
				asked.send(0, answers, id|head, 0x410a0d1b00ff7f01)
			}
			settle()
			if len(result) == 0 {
				t.Fatalf("%#x: the request has not ended", c.heads)
			}
			if err := <-result; (err == nil) != (c.want == "") || err != nil && err.Error() != c.want {
				t.Errorf("%#x: %v", c.heads, err)
			}
		}
		m.peek(func() {
			if c := &m.mon(0).counts; c[answers].dropped != 14 || c[askPing.Number()|message.AnswerBit].dropped != 7 || len(m.mon(0).calls) > 0 {
				t.Errorf("%+v, %+v, %d calls", c[answers], c[askPing.Number()|message.AnswerBit], len(m.mon(0).calls))
			}
		})
	})
}
