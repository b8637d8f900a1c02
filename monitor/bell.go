package monitor

import (
	"fmt"
	"time"

	"atoll/monitor/histogram"
	"atoll/monitor/message"
)

// bell measures how long it takes to wake a core. It rings now and then, and the
// other core answers with the time from the ring to the receive; with trips set it
// does so later, and the way back is measured as well.
type bell struct {
	m        *Monitor
	client   client
	peer     *peer
	left     uint64
	waiting  bool // for the answer
	deadline uint64
	times    histogram.Histogram
	done     func(error)

	trips       *sleepers // nil = one way
	sent        uint64    // when the last ring began
	sleeps      uint64    // how often this hart had slept then
	theirSleeps uint64    // and the other at its last answer, 0 = not known
}

// bellGap is the time between rings: long enough for the other core to block.
// bellTime is how long an answer may take. maxBells bounds a measurement to about half
// a minute.
const (
	bellGap  = 2 * time.Millisecond
	bellTime = 5 * time.Second
	maxBells = 10_000
)

// ringMessage rings, at a time.
type ringMessage struct{ Sent uint64 }

// toldMessage answers: how long the ring took. The rest is of trips: when the answering
// hart last fell asleep, how often it has, and when it answers. All in ticks.
type toldMessage struct{ Took, Slept, Sleeps, Now uint64 }

var (
	bellRing   = message.Declare[ringMessage](18, "bell")
	tripRing   = message.Declare[ringMessage](19, "bell-trip") // to be answered later
	bellAnswer = message.Declare[toldMessage](20, "bell-ack")
	askBell    = message.DeclareRequest[benchQuestion, Times](43, "bench-bell")
)

func init() {
	handle(bellRing, func(m *Monitor, p *peer, r ringMessage) {
		post(m, p, bellAnswer, toldMessage{Took: m.hart.Now() - r.Sent})
	})
	handle(tripRing, func(m *Monitor, p *peer, r ringMessage) { m.tripAsked(p, r.Sent) })
	handle(bellAnswer, (*Monitor).bellTold)
	serveLater(askBell, (*Monitor).benchBell)
}

// benchBell rings a core so many times.
func (m *Monitor) benchBell(who client, q benchQuestion, done func(Times, error)) {
	rounds := q.Rounds
	p, err := m.benchPeer(q.Core, rounds)
	if err == nil && rounds > maxBells {
		err = fmt.Errorf("core %d cannot ring %d times", m.self, rounds)
	}
	if err != nil {
		done(Times{}, err)
		return
	}
	b := &bell{m: m, client: who, peer: p, left: rounds, deadline: m.hart.Now() + m.hart.Ticks(bellGap)}
	b.done = func(err error) { done(m.times(&b.times, 1), err) }
	m.bell = b
}

// expire rings, or gives up on an answer.
func (b *bell) expire() {
	m := b.m
	if b.waiting {
		b.finish(fmt.Errorf("core %d does not answer", b.peer.core))
		return
	}
	b.waiting = true
	b.sleeps, _ = m.hart.Sleeps()
	b.sent = m.hart.Now()
	b.deadline = b.sent + m.hart.Ticks(bellTime)
	ring := bellRing
	if b.trips != nil {
		ring = tripRing
		m.hurry = true
	}
	if err := beginBench(m, b.peer, ring, ringMessage{b.sent}); err != nil {
		b.finish(err)
	}
}

// bellTold takes the answer: the ticks that a ring took, and for a trip also when
// the other hart last fell asleep, how often it has, and when it has answered.
func (m *Monitor) bellTold(p *peer, t toldMessage) {
	now := m.hart.Now()
	b := m.bell
	if b == nil || b.peer != p || !b.waiting {
		m.drop(bellAnswer.Number())
		return
	}
	b.waiting = false
	if b.trips != nil {
		b.tripped(now, &t)
	} else {
		b.times.Add(t.Took)
		b.left--
	}
	if b.left == 0 {
		b.finish(nil)
		return
	}
	// Not in step with anything periodic.
	b.deadline = now + m.hart.Ticks(bellGap+time.Duration(b.left%7)*100*time.Microsecond)
}

func (b *bell) finish(err error) {
	b.m.bell = nil
	b.done(err)
}
