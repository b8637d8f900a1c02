package monitor

import (
	"fmt"
	"time"

	"atoll/monitor/ump"
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
	times    Histogram
	done     func([]uint64, error)
}

// ping sends count messages to a core, each after the answer to the one before.
func (m *Monitor) ping(who client, core, count uint64, done func([]uint64, error)) {
	m.pingUntil(who, core, count, 0, done)
}

// pingFor sends messages to a core for so many milliseconds.
func (m *Monitor) pingFor(who client, core, ms uint64, done func([]uint64, error)) {
	if ms == 0 || ms > maxPingTime {
		done(nil, fmt.Errorf("core %d cannot ping for %d ms", m.self, ms))
		return
	}
	m.pingUntil(who, core, maxPings, m.hart.Now()+m.hart.Ticks(time.Duration(ms)*time.Millisecond), done)
}

func (m *Monitor) pingUntil(who client, core, count, until uint64, done func([]uint64, error)) {
	if count == 0 || count > maxPings || core >= uint64(m.plan.NCores) || int(core) == m.self {
		done(nil, fmt.Errorf("core %d cannot ping core %d %d times", m.self, core, count))
		return
	}
	if g := m.pings[int(core)]; g != nil && g.client.id == 0 && who.id != 0 {
		g.fail(errCancelled) // of this core's own, see trips.go
	}
	if m.pings[int(core)] != nil {
		done(nil, fmt.Errorf("core %d pings core %d already", m.self, core))
		return
	}
	p, err := m.reach(int(core))
	if err != nil {
		done(nil, err)
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
	if err := g.m.send(g.peer, typePing, &[7]uint64{g.start, g.seq, now}); err != nil {
		g.fail(err)
	}
}

// fail ends the ping without a report.
func (g *pinger) fail(err error) {
	delete(g.m.pings, g.peer.core)
	g.done(nil, err)
}

// pong takes a peer's answer to a ping.
func (m *Monitor) pong(p *peer, msg *ump.Message) {
	g := m.pings[p.core]
	if g == nil || msg.W[0] != g.start {
		m.dropped++ // of a ping that has ended
		return
	}
	now := m.hart.Now()
	switch seq := msg.W[1]; {
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
	g.done(encode(nil, *r), nil)
}
