package monitor

import (
	"time"

	"atoll/arch/order"
	"atoll/monitor/message"
	"atoll/monitor/ump"
)

// Every core measures what a message costs it: a send and a receive once by itself, when it
// is idle, and all whenever it measures its round trips on command. For a fetch another
// core has to take part, which then takes part in nothing else: so nobody measures that
// unasked. The knowledge base chooses by that which way messages to many cores take.

// Costs are of a core's time, in nanoseconds; 0 = not measured.
type Costs struct {
	Send, Receive uint64 // of a message, on a channel to itself
	Fetch         uint64 // of a line that another core has just written
}

const (
	costBursts = 8  // of as many messages as a ring holds; the least counts
	fetchTrips = 5  // in a sample: the clock is coarse
	fetchTimes = 16 // samples; the least counts
	// How long two event loops do nothing but measure a fetch: until there is one sample,
	// and for more of them.
	firstFetch = 500 * time.Millisecond
	moreFetch  = 20 * time.Millisecond
)

// occupied measures a send and a receive.
func (c *Costs) occupied(m *Monitor) {
	a, b, err := loopback()
	if err != nil {
		return
	}
	least := Costs{Send: ^uint64(0), Receive: ^uint64(0)}
	for range costBursts {
		send, receive := m.burst(a, b)
		least.Send, least.Receive = min(least.Send, send), min(least.Receive, receive)
	}
	c.Send, c.Receive = m.each(least.Send, order.Slots), m.each(least.Receive, order.Slots)
}

// each is what one of some things takes, in nanoseconds, of which there is no 0.
func (m *Monitor) each(ticks, things uint64) uint64 {
	return max((uint64(m.hart.Duration(ticks))+things/2)/things, 1)
}

// burst fills a channel to itself and empties it, and returns what each took, in ticks.
func (m *Monitor) burst(a, b *ump.Channel) (send, receive uint64) {
	var w [message.Words]uint64
	data := benchData.Number()
	var msg ump.Message
	t0 := m.hart.Now()
	for range order.Slots {
		a.TrySend(data, &w)
	}
	t1 := m.hart.Now()
	for range order.Slots {
		b.TryRecv(&msg)
	}
	return t1 - t0, m.hart.Now() - t1
}

// fetch measures a fetch, by a bare ping-pong of two words with the nearest of the cores
// above this one: of two cores that want to measure one with each other only one waits.
// Where that core does not take part, now, nothing is known. Where the two take turns on a
// processor of the host, a few of the samples have to do.
func (c *Costs) fetch(m *Monitor) {
	p := m.nearestAbove()
	if p == nil || m.measuring || m.bell != nil {
		return
	}
	m.measure(client{core: m.self}, func() {
		least := uint64(0)
		first := m.hart.Now() << 24 // no value of an earlier run
		if beginBench(m, p, benchBegin, benchMessage{benchBare, fetchTimes * fetchTrips, first}) != nil {
			return
		}
		until := m.hart.Now() + m.hart.Ticks(firstFetch)
		for n := range fetchTimes {
			begun := m.hart.Now()
			if !m.fetchTrips(p, first, until) {
				if sendNow(m, p, benchEnd, message.None{}) != nil {
					m.drop(benchEnd.Number())
				}
				break
			}
			if took := m.hart.Now() - begun; least == 0 || took < least {
				least = took
			}
			if first += fetchTrips; n == 0 {
				until = m.hart.Now() + m.hart.Ticks(moreFetch)
			}
		}
		if least > 0 {
			c.Fetch = m.each(least, 2*fetchTrips)
		}
	})
}

// fetchTrips makes the round trips of a sample, until a time at the latest.
func (m *Monitor) fetchTrips(p *peer, first, until uint64) bool {
	mine, theirs := p.ch.Lines()
	for done := uint64(0); ; {
		done += order.PingBare(&mine.Bare, &theirs.Bare, first+done, fetchTrips-done, spinLooks)
		if done == fetchTrips {
			return true
		}
		if m.hart.Now() > until {
			return false
		}
	}
}

// nearestAbove returns the peer with the least round trip among those above this core,
// nil if there is none.
func (m *Monitor) nearestAbove() (nearest *peer) {
	for _, p := range m.order {
		t := m.trips.known[p.core]
		if p.core > m.self && p.linked && p.lost == nil && m.lives.get(p.core).State == Up && t.Least > 0 &&
			(nearest == nil || t.Least < m.trips.known[nearest.core].Least) {
			nearest = p
		}
	}
	return nearest
}
