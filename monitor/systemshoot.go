package monitor

import (
	"time"

	"atoll/monitor/console"
	"atoll/monitor/route"
)

// selfRounds are those of what is measured before: what a send and a receive cost.
const selfRounds = 1000

// BenchShootdown measures the raw protocols of each strategy for 2 cores and more, up to
// all of a list, whose first one, this core, is the root.
func (s *System) BenchShootdown(cores []int, rounds int, each func(console.ShootRow)) error {
	if err := s.unlessStreaming(); err != nil {
		return err
	}
	self, err := ask(s.ctx, s.m, s.m.self, askBenchSelf, benchTime, selfRounds)
	if err != nil {
		return err
	}
	trips, err := s.roundTrips(cores)
	if err != nil {
		return err
	}
	for n := 2; n <= len(cores); n++ {
		members := route.Of(cores[:n]...)
		for _, strategy := range console.Strategies {
			row := console.ShootRow{Strategy: strategy, Cores: n}
			r := s.routeFor(strategy, members, trips, self)
			row.Err = s.shootRow(&row, r, self, rounds)
			each(row)
			if err := s.ctx.Err(); err != nil {
				return err
			}
		}
	}
	return nil
}

// roundTrips measures all pairs, in nanoseconds, as the knowledge base has them measured:
// by pings of the event loops, for harts that take turns cannot poll for each other.
func (s *System) roundTrips(cores []int) (route.RoundTrip, error) {
	var ns [route.MaxCores][route.MaxCores]uint64
	for _, core := range cores {
		trips, err := s.Measure(core)
		if err != nil {
			return nil, err
		}
		for _, t := range trips {
			if t.To < route.MaxCores {
				slower := max(ns[t.From][t.To], uint64(t.Least))
				ns[t.From][t.To], ns[t.To][t.From] = slower, slower
			}
		}
	}
	return func(a, b int) uint64 { return ns[a][b] }, nil
}

// routeFor makes the route of a strategy.
func (s *System) routeFor(strategy string, members route.Set, trips route.RoundTrip, self SelfReport) *route.Route {
	switch kind, _ := route.ParseStrategy(strategy); kind {
	case route.TwoLevel:
		return s.m.twoLevel(members)
	case route.Measured:
		return route.NewMeasured(members, trips, uint64(self.Send), uint64(self.Receive))
	default:
		return route.Direct(kind, members)
	}
}

// shootRow measures one strategy with some cores.
func (s *System) shootRow(row *console.ShootRow, r *route.Route, self SelfReport, rounds int) error {
	o := r.Cost(s.m.self, route.Costs{Send: uint64(self.Send + 0.5), Receive: uint64(self.Receive + 0.5)})
	row.Hops, row.Messages, row.Critical = o.Hops, o.Messages, time.Duration(o.Time)
	if r.Strategy() == route.Broadcast {
		others := r.Members() &^ route.Of(s.m.self)
		takeBack, err := s.m.shareLine(others)
		if err != nil {
			return err
		}
		defer takeBack()
	}
	s.m.do(func() { s.m.shooting.route = r })
	report, err := ask(s.ctx, s.m, s.m.self, askBenchShoot, benchTime, uint64(rounds))
	row.Latency, row.Rounds = latency(report.Times), int(report.Rounds)
	return err
}
