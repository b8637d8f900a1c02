package monitor

import (
	"context"
	"fmt"
	"time"

	"atoll/boot/plan"
	"atoll/monitor/message"
	"atoll/monitor/route"
)

// Which route multicasts take. It is made anew after every birth and death, by the
// strategy that was chosen; automatically, it is the one that the knowledge base names,
// and unicast as long as that has said nothing of the cores that live.

// routeAuto stands for the choice of the knowledge base, beside the strategies.
const routeAuto = route.NumStrategies

// routing is this core's part in multicasts. It belongs to the event loop.
type routing struct {
	node     *route.Node
	choice   route.Strategy // or routeAuto
	stale    bool           // a life has changed, or the choice
	told     *route.Route   // by the knowledge base, nil = none
	outdated bool           // which may know a better one by now
	asking   bool           // it is being asked
	askAt    uint64         // not before this time, after it has failed to answer
	failed   bool           // which was said

	pending  [route.Window]pendingMulticast
	underway int                      // of pending: the event loop asks in each turn
	half     [plan.MaxCores]route.Ask // asks whose rest has not come, by sender
	halves   route.Set
}

func (r *routing) init(m *Monitor) {
	r.node = route.NewNode(routePort{m}, m.self, int(m.plan.NCores), m.incarnation)
	r.choice, r.stale = routeAuto, true
}

// routeQuestion chooses a strategy; the answer is what is in use then.
type routeQuestion struct{ Choice uint64 }

// routeKeep, as a choice, leaves it as it is.
const routeKeep = ^uint64(0)

type routeAnswer struct{ Choice, Strategy uint64 }

var askRoute = message.DeclareRequest[routeQuestion, routeAnswer](61, "route")

func init() {
	serve(askRoute, func(m *Monitor, _ client, q routeQuestion) (routeAnswer, error) {
		r := &m.routing
		switch {
		case q.Choice == routeKeep:
		case q.Choice > uint64(routeAuto):
			return routeAnswer{}, fmt.Errorf("core %d knows no strategy %d", m.self, q.Choice)
		default:
			m.setChoice(route.Strategy(q.Choice))
		}
		m.refreshRoute()
		return routeAnswer{uint64(r.choice), uint64(r.node.Route().Strategy())}, nil
	})
}

// setChoice takes a strategy, or routeAuto.
func (m *Monitor) setChoice(choice route.Strategy) {
	r := &m.routing
	r.choice, r.stale, r.told, r.askAt = choice, true, nil, 0
	m.broadcast.own.failed, m.broadcast.own.refused = false, 0
}

// routeTold is the owner's choice, which it tells who comes up: so what was chosen on the
// console holds for cores that are born later, too.
var routeTold = message.Declare[uint64](80, "route-told")

func init() {
	handle(routeTold, func(m *Monitor, p *peer, choice uint64) {
		switch {
		case p.core != m.owner || choice > uint64(routeAuto):
			m.drop(routeTold.Number())
		case m.routing.choice != route.Strategy(choice):
			m.setChoice(route.Strategy(choice))
			m.refreshRoute()
		}
	})
}

// upSet is the set of cores that are up, as far as this core knows.
func (m *Monitor) upSet() (up route.Set) {
	for core := range int(m.plan.NCores) {
		if m.lives.get(core).State == Up {
			up |= route.Of(core)
		}
	}
	return up
}

// refreshRoute makes the route anew if anything has changed.
func (m *Monitor) refreshRoute() {
	r := &m.routing
	if !r.stale {
		return
	}
	r.stale = false
	up := m.upSet()
	r.node.SetRoute(m.chooseRoute(up))
	if line := &m.broadcast.own; r.node.Route().Strategy() == route.Broadcast {
		line.share(m, up)
	} else {
		line.settle(m)
	}
}

// chooseRoute is the route over some cores, as far as it is known by now.
func (m *Monitor) chooseRoute(up route.Set) *route.Route {
	r := &m.routing
	switch r.choice {
	case route.TwoLevel:
		return m.twoLevel(up)
	case route.Measured, routeAuto:
		told := r.told
		if told == nil || told.Members() != up {
			told = route.Direct(route.Unicast, up)
		}
		if told != r.told || r.outdated {
			m.learnRoute(up)
		}
		return told
	default:
		return route.Direct(r.choice, up)
	}
}

// routeRetry is how long a core waits that has got no answer.
const routeRetry = time.Second

// learnRoute asks the knowledge base for the route over some cores, which may take a
// while and may fail: then what there is stays, and a later multicast asks again.
func (m *Monitor) learnRoute(up route.Set) {
	r := &m.routing
	if r.asking || up.Count() < 2 {
		return
	}
	if m.hart.Now() < r.askAt {
		r.stale = true
		return
	}
	r.asking, r.outdated = true, false
	choice := r.choice
	go func() {
		find := m.askRoute
		if choice == route.Measured {
			find = m.askMeasured
		}
		ctx, end := context.WithTimeoutCause(context.Background(), askTime, notKnown(askTime))
		told, err := find(ctx, up)
		end()
		m.do(func() {
			r.asking, r.stale = false, true
			switch {
			case r.choice != choice:
				return // nobody wants to know any more
			case err != nil:
				r.outdated, r.askAt = true, m.hart.Now()+m.hart.Ticks(routeRetry)
				if !r.failed {
					m.lines.printf("core %d sends to all by %v: %v\n", m.self, r.node.Route().Strategy(), err)
				}
			default:
				r.told = told
			}
			r.failed = err != nil
		})
	}()
}

// twoLevel is the two-level route over some cores: by NUMA node, where there are two or
// more.
func (m *Monitor) twoLevel(members route.Set) *route.Route {
	return route.NewTwoLevel(route.Groups(members, func(core int) int { return int(m.plan.Cores[core].Node) }))
}

// partRoute ends what multicasts wait for a core for: what it had sent is received.
func (m *Monitor) partRoute(core int) {
	m.routing.halves &^= route.Of(core)
	m.routing.node.Gone(core)
}

// deadline returns when the first multicast of this core ends at the latest, 0 = none.
func (r *routing) deadline() (first uint64) {
	if r.underway == 0 {
		return 0
	}
	for i := range r.pending {
		if p := &r.pending[i]; p.done != nil && (first == 0 || p.until < first) {
			first = p.until
		}
	}
	return first
}

// expire ends what has not ended by itself.
func (r *routing) expire(now uint64) {
	for i := range r.pending {
		if p := &r.pending[i]; p.done != nil && p.until <= now {
			r.node.End(p.number)
		}
	}
}
