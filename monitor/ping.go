package monitor

import (
	"fmt"
	"time"

	"atoll/monitor/histogram"
	"atoll/monitor/message"
)

// Bounds of a ping.
const (
	maxPings    = 10_000_000
	pongTime    = time.Second // after which a message counts as lost
	maxLostRow  = 5           // so many lost in a row end a ping
	pingCallMin = 5 * time.Second
	maxPingTime = 60_000 // milliseconds
)

// PingReport is what came of a ping; times are round trips.
type PingReport struct {
	Count, Lost, Reordered, Doubled uint64
	Min, Median, P99, Max           time.Duration
}

// pinger is a ping to one peer in progress: one message at a time.
type pinger struct {
	m        *Monitor
	client   client
	peer     *peer
	seq      uint64 // of the message on its way
	start    uint64 // of the ping: older pongs are of another
	sent     uint64 // time it was sent
	deadline uint64
	until    uint64 // when to end, whatever the count; 0 = never
	lostRow  int
	report   PingReport
	times    histogram.Histogram
	done     func(PingReport, error)
}

// pingMessage goes there and back.
type pingMessage struct {
	Start  uint64 // of the ping (ticks): older ones are of another
	Number uint64 // from 1
	Sent   uint64 // when it was (ticks)
}

// pingQuestion asks for messages to a core.
type pingQuestion struct{ Core, Count uint64 }

// pingForQuestion is the same for so many milliseconds.
type pingForQuestion struct{ Core, Milliseconds uint64 }

var (
	pingThere  = message.Declare[pingMessage](7, "ping")
	pingBack   = message.Declare[pingMessage](8, "pong")
	askPing    = message.DeclareRequest[pingQuestion, PingReport](34, "ask-ping")
	askPingFor = message.DeclareRequest[pingForQuestion, PingReport](35, "ask-ping-for")
)

func init() {
	handle(pingThere, func(m *Monitor, p *peer, g pingMessage) { post(m, p, pingBack, g) })
	handle(pingBack, (*Monitor).pong)
	serveLater(askPing, (*Monitor).ping)
	serveLater(askPingFor, (*Monitor).pingFor)
}

// ping sends count messages to a core, each after the answer to the one before.
func (m *Monitor) ping(who client, q pingQuestion, done func(PingReport, error)) {
	m.pingUntil(who, q.Core, q.Count, 0, done)
}

// pingFor sends messages to a core for so many milliseconds.
func (m *Monitor) pingFor(who client, q pingForQuestion, done func(PingReport, error)) {
	ms := q.Milliseconds
	if ms == 0 || ms > maxPingTime {
		done(PingReport{}, fmt.Errorf("core %d cannot ping for %d ms", m.self, ms))
		return
	}
	m.pingUntil(who, q.Core, maxPings, m.hart.Now()+m.hart.Ticks(time.Duration(ms)*time.Millisecond), done)
}

func (m *Monitor) pingUntil(who client, core, count, until uint64, done func(PingReport, error)) {
	if count == 0 || count > maxPings || core >= uint64(m.plan.NCores) || int(core) == m.self {
		done(PingReport{}, fmt.Errorf("core %d cannot ping core %d %d times", m.self, core, count))
		return
	}
	if g := m.pings[int(core)]; g != nil && g.client.id == 0 && who.id != 0 {
		g.fail(errCancelled) // of this core's own, see trips.go
	}
	if m.pings[int(core)] != nil {
		done(PingReport{}, fmt.Errorf("core %d pings core %d already", m.self, core))
		return
	}
	p, err := m.reach(int(core))
	if err != nil {
		done(PingReport{}, err)
		return
	}
	now := m.hart.Now()
	g := &pinger{m: m, client: who, peer: p, start: now, until: until, done: done}
	g.report.Count = count
	m.pings[p.core] = g
	g.next(now)
}

// next sends the next message.
func (g *pinger) next(now uint64) {
	if g.until != 0 && now >= g.until {
		g.report.Count = g.seq
	}
	if g.seq == g.report.Count || g.lostRow == maxLostRow {
		g.finish()
		return
	}
	g.seq++
	g.sent = now
	g.deadline = now + g.m.hart.Ticks(pongTime)
	if err := send(g.m, g.peer, pingThere, pingMessage{g.start, g.seq, now}); err != nil {
		g.fail(err)
	}
}

// fail ends the ping without a report.
func (g *pinger) fail(err error) {
	delete(g.m.pings, g.peer.core)
	g.done(PingReport{}, err)
}

// pong takes a peer's answer to a ping.
func (m *Monitor) pong(p *peer, back pingMessage) {
	g := m.pings[p.core]
	if g == nil || back.Start != g.start {
		m.drop(pingBack.Number()) // of a ping that has ended
		return
	}
	now := m.hart.Now()
	switch seq := back.Number; {
	case seq == g.seq:
		g.times.Add(now - g.sent)
		g.lostRow = 0
		g.next(now)
	case seq < g.seq:
		g.report.Doubled++ // or late: then it was counted as lost before
	default:
		g.report.Reordered++
	}
}

// expire counts the message on its way as lost.
func (g *pinger) expire(now uint64) {
	g.report.Lost++
	g.lostRow++
	g.next(now)
}

func (g *pinger) finish() {
	delete(g.m.pings, g.peer.core)
	if g.lostRow == maxLostRow {
		g.report.Lost += g.report.Count - g.seq
	}
	r := &g.report
	convert := g.m.hart.Duration
	r.Min, r.Max = convert(g.times.Min()), convert(g.times.Max())
	r.Median, r.P99 = convert(g.times.Quantile(0.5)), convert(g.times.Quantile(0.99))
	g.done(*r, nil)
}
