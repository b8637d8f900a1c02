package monitor

import (
	"fmt"
	"time"

	"atoll/boot/plan"
	"atoll/monitor/message"
)

// Every core measures its round trips: those to the peers it has a channel to, once
// in each pair of lives, when it has been idle for a while, and those to all when it
// is told to. The least of a few pings counts: what wakes a sleeper, or waits for
// others, comes on top of what the two cores are apart.
const (
	tripPings   = 16
	tripGap     = 200 * time.Millisecond // between two looks whether this core is idle
	tripTraffic = 8 * tripPings          // messages in a gap with which it still is: two peers that measure it
)

// trips is what this core has measured, and how far the measuring is.
type trips struct {
	known    [plan.MaxCores]Trip
	said     [plan.MaxCores]time.Duration // what of it the knowledge base's core was last told of
	differs  bool                         // something since
	idly     bool                         // measure by itself
	deadline uint64                       // of the next look, 0 = nothing to measure
	traffic  uint64                       // messages at the last look
	running  bool                         // a peer is measured now
	all      func([]Trip, error)          // who has told this core to measure all; nil = nobody
	who      client
	left     []int // that it has still to measure then
}

// Trip is the least round trip to a core, measured in one of its lives.
type Trip struct {
	Core        uint64
	Incarnation uint64
	Least       time.Duration
}

// MeasureWhenIdle lets this core measure the round trips to its peers by itself.
// Call it before Run.
func (m *Monitor) MeasureWhenIdle() {
	m.trips.deadline = m.hart.Now() + m.hart.Ticks(tripGap)
	m.trips.idly = true
}

var (
	askTrips   = message.DeclareStream[message.None, Costs, Trip](46, "trips")
	askMeasure = message.DeclareStream[message.None, Costs, Trip](47, "measure-trips") // all, then the same
)

func init() {
	serveStream(askTrips, func(m *Monitor, _ client, _ message.None) (Costs, []Trip, error) {
		return m.costs, m.knownTrips(), nil
	})
	serveStreamLater(askMeasure, func(m *Monitor, who client, _ message.None, done func(Costs, []Trip, error)) {
		m.measureAll(who, func(list []Trip, err error) { done(m.costs, list, err) })
	})
}

// gap is the time between two looks, in ticks: on a large machine, where more measure, it
// is longer.
func (t *trips) gap(m *Monitor) uint64 {
	return m.hart.Ticks(tripGap * time.Duration(1+m.plan.NCores/eagerCores/2))
}

// knownTrips lists what was measured of lives that are not over.
func (m *Monitor) knownTrips() (list []Trip) {
	for core := range int(m.plan.NCores) {
		l := m.lives.get(core)
		if t := m.trips.known[core]; t.Least > 0 && l.State == Up && uint64(l.Incarnation) == t.Incarnation {
			list = append(list, t)
		}
	}
	return list
}

// expire looks whether this core is idle, and measures the next peer then.
func (t *trips) expire(m *Monitor, now uint64) {
	t.deadline = now + t.gap(m)
	counted := m.counted()
	traffic := counted.in + counted.out
	busy := traffic-t.traffic > tripTraffic || m.measuring || m.soak.to != 0 || len(m.pings) > 0
	t.traffic = traffic
	if busy || t.running || !m.birth.over {
		return
	}
	if m.costs.Send == 0 {
		m.costs.occupied(m)
	}
	core, ok := t.next(m)
	if !ok {
		t.deadline = 0 // until a channel links anew
		return
	}
	t.measure(m, core)
	t.traffic += 4 * tripPings // its own messages do not count
}

// measures reports whether this core measures the round trip to another. On a large
// machine one of each pair does, and half of the machine falls to each core: the way back
// is the same way.
func (m *Monitor) measures(core int) bool {
	n := int(m.plan.NCores)
	return core != m.self && (n <= eagerCores || (core-m.self+n)%n <= n/2)
}

// next finds a living peer that was not measured in this life.
func (t *trips) next(m *Monitor) (core int, ok bool) {
	for _, p := range m.order {
		l := m.lives.get(p.core)
		if m.measures(p.core) && p.linked && l.State == Up && t.known[p.core].Incarnation != uint64(l.Incarnation) {
			return p.core, true
		}
	}
	return 0, false
}

// linked looks again some time after a channel has come about.
func (t *trips) linked(m *Monitor) {
	if t.idly && t.deadline == 0 {
		t.deadline = m.hart.Now() + m.hart.Ticks(tripGap)
	}
}

// measure pings a core.
func (t *trips) measure(m *Monitor, core int) {
	life := m.lives.get(core).Incarnation
	t.running = true
	m.pingUntil(client{core: m.self}, uint64(core), tripPings, 0, func(r PingReport, err error) {
		t.running = false
		known := Trip{Core: uint64(core), Incarnation: uint64(life), Least: r.Min}
		if err == nil && r.Min > 0 {
			t.known[core] = known
			t.differs = t.changed(core) || t.differs
		} else if t.all == nil && err != errCancelled {
			t.known[core] = Trip{Incarnation: uint64(life)} // not again by itself in this life
		}
		if t.all != nil {
			t.step(m)
		} else {
			t.tell(m)
		}
	})
}

// measureAll measures the round trips to all living cores, one after the other, and
// answers with what is known then.
func (m *Monitor) measureAll(who client, done func([]Trip, error)) {
	t := &m.trips
	if t.all != nil {
		done(nil, fmt.Errorf("core %d measures its round trips already", m.self))
		return
	}
	t.all, t.who, t.left = done, who, nil
	for _, core := range m.Alive() {
		if m.measures(core) {
			t.left = append(t.left, core)
		}
	}
	if !t.running {
		t.step(m)
	}
}

// stop ends a command's measuring.
func (t *trips) stop(err error) {
	done := t.all
	t.all, t.left = nil, nil
	done(nil, err)
}

// step goes on with a command's measuring. A core that dies on the way is left out;
// one that somebody pings already keeps what was measured before.
func (t *trips) step(m *Monitor) {
	for len(t.left) > 0 {
		core := t.left[0]
		t.left = t.left[1:]
		if m.lives.get(core).State == Up && m.pings[core] == nil {
			t.measure(m, core)
			return
		}
	}
	t.tell(m)
	m.costs.occupied(m)
	m.costs.fetch(m)
	done := t.all
	t.all = nil
	done(m.knownTrips(), nil)
}
