package monitor

import (
	"time"

	"atoll/monitor/console"
	"atoll/monitor/route"
)

// SetRoute has a core send to many by a strategy, or "auto".
func (s *System) SetRoute(core int, strategy string) error {
	choice, ok := route.ParseStrategy(strategy)
	if !ok {
		choice = routeAuto
	}
	_, err := ask(s.ctx, s.m, core, askRoute, askTime, routeQuestion{uint64(choice)})
	return err
}

// Route returns how a core sends to many.
func (s *System) Route(core int) (console.RouteState, error) {
	a, err := ask(s.ctx, s.m, core, askRoute, askTime, routeQuestion{routeKeep})
	state := console.RouteState{Choice: "auto", Strategy: route.Strategy(min(a.Strategy, uint64(route.NumStrategies))).String()}
	if a.Choice < uint64(routeAuto) {
		state.Choice = route.Strategy(a.Choice).String()
	}
	return state, err
}

// Flow begins or ends a core's flow of multicasts.
func (s *System) Flow(core int, on bool) (console.Flow, error) {
	q := flowQuestion{}
	if on {
		q.On = 1
	}
	r, err := ask(s.ctx, s.m, core, askFlow, 2*multicastTime, q)
	return console.Flow{Begun: r.Begun != 0, Count: int(r.Count), Short: int(r.Short), Missing: int(r.Missing), Slowest: r.Slowest}, err
}

// Multicast tells all other cores nothing, and returns who has replied, and whom each
// core asks when they do as this one would.
func (s *System) Multicast() (console.MulticastResult, error) {
	m := s.m
	type result struct {
		console.MulticastResult
		err error
	}
	done := make(chan result, 1)
	m.do(func() {
		m.refreshRoute()
		r := m.routing.node.Route()
		up := m.upSet()
		res := result{MulticastResult: console.MulticastResult{Members: r.Members().Count()}}
		res.Hops = r.Cost(m.self, route.Costs{}).Hops
		r.Asks(m.self, up, func(from, to int) { res.Asks = append(res.Asks, [2]int{from, to}) })
		begun := m.hart.Now()
		err := m.multicast(up, multicastNothing, nil, func(replied, _ route.Set) {
			res.Took = m.hart.Duration(m.hart.Now() - begun)
			for core := range replied.All() {
				res.Replied = append(res.Replied, core)
			}
			done <- res
		})
		if err != nil {
			done <- result{err: err}
		}
	})
	select {
	case r := <-done:
		return r.MulticastResult, r.err
	case <-s.ctx.Done():
		return console.MulticastResult{}, s.ctx.Err()
	case <-time.After(2 * multicastTime):
		return console.MulticastResult{}, errNoEnd
	}
}
