package monitor

import (
	"time"

	"atoll/monitor/message"
	"atoll/monitor/route"
)

// Routes that the knowledge base has told of are asked for anew when round trips have
// changed. A core that measures one that differs materially from what it last said tells
// the knowledge base's core, which tells those who have asked for routes, after a while in
// which more may change; each of them asks again when it next has something to send. The
// answer is another one only if that is materially better: whatever is measured varies, and
// a route that changes for nothing costs questions.

const (
	// reconsiderTime is how long changes are gathered.
	reconsiderTime = time.Second
	// A round trip has changed when it is so many times longer or shorter, and a route is
	// better when it takes so many times less.
	tripChange     = 3. / 2
	routeAdvantage = 5. / 4
)

var (
	tripsChanged  = message.Declare[message.None](81, "trips-changed")
	routeOutdated = message.Declare[message.None](82, "route-outdated")
)

func init() {
	handle(tripsChanged, func(m *Monitor, _ *peer, _ message.None) { m.knowledge.reconsider(m) })
	handle(routeOutdated, func(m *Monitor, p *peer, _ message.None) {
		if p.core != m.host() {
			m.drop(routeOutdated.Number())
			return
		}
		m.routing.outdate()
	})
}

// differs reports whether a round trip has changed materially.
func differs(a, b time.Duration) bool {
	return float64(max(a, b)) >= tripChange*float64(min(a, b))
}

// changed takes note of a round trip, and reports whether it differs from what was said.
func (t *trips) changed(core int) bool {
	known := t.known[core].Least
	if known == 0 || !differs(known, t.said[core]) {
		return false
	}
	t.said[core] = known
	return true
}

// tell tells the core of the knowledge base if round trips have changed.
func (t *trips) tell(m *Monitor) {
	if !t.differs {
		return
	}
	t.differs = false
	host := m.host()
	if host == m.self {
		m.knowledge.reconsider(m)
	} else if p := m.peers[host]; p != nil && p.lost == nil {
		post(m, p, tripsChanged, message.None{})
	}
}

// reconsider takes note that round trips have changed.
func (k *knowledge) reconsider(m *Monitor) {
	k.changed = true
	if k.tellAt == 0 {
		k.tellAt = m.hart.Now() + m.hart.Ticks(reconsiderTime)
	}
}

// expire tells those who have asked for routes that these may be outdated.
func (k *knowledge) expire(m *Monitor) {
	k.tellAt = 0
	for core := range k.askers.All() {
		if core == m.self {
			m.routing.outdate()
		} else if p := m.peers[core]; p != nil && p.linked {
			post(m, p, routeOutdated, message.None{})
		}
	}
	k.askers = 0
}

// outdate has the route asked for again when the next multicast begins. Until there is an
// answer the present one serves.
func (r *routing) outdate() { r.outdated, r.stale = true, true }

// advice is what the knowledge base has last said of some cores.
type advice struct {
	set      route.Set
	strategy route.Strategy
	links    []treeLink
	pairs    int // of cores of which round trips were known then
}

// advise takes the strategy for a set of cores, and the links of their tree, as the policy
// has them now. What was last said of these cores, when as much was known, stands unless
// that is materially better.
func (k *knowledge) advise(m *Monitor, now advice) advice {
	now.pairs = len(k.trips)
	if last := k.advice; last.set == now.set && last.pairs == now.pairs {
		costs := k.costs()
		set := now.set
		better := func(now, last advice) bool {
			a, err := m.routeOf(now.strategy, set, now.links)
			b, no := m.routeOf(last.strategy, set, last.links)
			return err == nil && (no != nil || routeAdvantage*float64(a.Sum(costs)) < float64(b.Sum(costs)))
		}
		if !better(advice{strategy: route.Measured, links: now.links}, advice{strategy: route.Measured, links: last.links}) {
			now.links = last.links
		}
		if last.links = now.links; !better(now, last) {
			now.strategy = last.strategy
		}
	}
	k.advice = now
	return now
}

// costs are those that the base knows, for the model of a multicast. Where no core has
// measured its own, they are a part of the fastest round trip, as in the policy.
func (k *knowledge) costs() route.Costs {
	var ns [route.MaxCores][route.MaxCores]uint64
	least := ^uint64(0)
	for _, t := range k.trips {
		least = min(least, t.Least)
		ns[t.From][t.To] = max(ns[t.From][t.To], t.Least)
		ns[t.To][t.From] = ns[t.From][t.To]
	}
	send, receive := k.base.Cost("send"), k.base.Cost("receive")
	if send == 0 && len(k.trips) > 0 {
		send, receive = least/8, least/8
	}
	c := route.CostsOf(func(a, b int) uint64 { return ns[a][b] }, send, receive)
	c.Fetch = k.base.Cost("fetch")
	return c
}
