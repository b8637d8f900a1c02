package monitor

import (
	"fmt"

	"atoll/monitor/console"
	"atoll/monitor/message"
)

// A doorbell by way of the firmware, which every machine has, beside one by a message,
// where the other hart takes such: what it costs to ring, and how long the other core
// takes to hear it, idle.

// doorbellQuestion asks a core to ring another, so many times.
type doorbellQuestion struct {
	Core, Rounds uint64
	Plain        uint64 // 1: by way of the firmware, though the core takes messages
}

// doorbellReport is what came of it, in nanoseconds.
type doorbellReport struct {
	Ring float64 // of one, on average
	Wake Times
}

var askDoorbell = message.DeclareRequest[doorbellQuestion, doorbellReport](101, "bench-doorbell")

func init() { serveLater(askDoorbell, (*Monitor).benchDoorbell) }

// benchDoorbell rings without a message, which nobody has to answer, to see what that
// costs this core, and then with one.
func (m *Monitor) benchDoorbell(who client, q doorbellQuestion, done func(doorbellReport, error)) {
	p, err := m.benchPeer(q.Core, q.Rounds)
	switch {
	case err != nil:
	case q.Rounds > maxBells:
		err = fmt.Errorf("core %d cannot ring %d times", m.self, q.Rounds)
	case q.Plain == 0 && !m.hart.TakesMessages(p.core):
		err = fmt.Errorf("core %d takes no messages", p.core)
	}
	if err != nil {
		done(doorbellReport{}, err)
		return
	}
	m.hart.RingPlainly(q.Plain != 0)
	var r doorbellReport
	start := m.hart.Now()
	for range q.Rounds {
		m.hart.Ring(p.core)
	}
	r.Ring = float64(m.hart.Duration(m.hart.Now()-start)) / float64(q.Rounds)
	b := &bell{m: m, client: who, peer: p, left: q.Rounds, deadline: m.hart.Now() + m.hart.Ticks(bellGap)}
	b.done = func(err error) {
		m.hart.RingPlainly(false)
		r.Wake = m.times(&b.times, 1)
		done(r, err)
	}
	m.bell = b
}

// BenchDoorbell measures doorbells from core a to core b.
func (s *System) BenchDoorbell(a, b, rounds int, plain bool) (console.DoorbellResult, error) {
	if _, err := s.Ping(a, b, 1); err != nil { // opens the channel if need be
		return console.DoorbellResult{}, err
	}
	q := doorbellQuestion{Core: uint64(b), Rounds: uint64(rounds)}
	if plain {
		q.Plain = 1
	}
	r, err := ask(s.ctx, s.m, a, askDoorbell, benchTime, q)
	return console.DoorbellResult{Ring: latency(Times{r.Ring, 0}).Median, Wake: latency(r.Wake)}, err
}
