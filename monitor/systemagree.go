package monitor

import (
	"context"
	"fmt"
	"time"

	"atoll/monitor/agree/cost"
	"atoll/monitor/console"
	"atoll/monitor/message"
	"atoll/monitor/route"
)

// Bounds of a measurement of agreement.
const (
	agreeTime  = 3 * time.Second        // of all rows, about
	trialMost  = 100 * time.Millisecond // of one trial
	trialLeast = 5 * time.Millisecond   // but at least one operation
	trialGrace = 2 * time.Second        // for its last operation, and to begin and end it
	agreePings = 100
)

// inFlights are how many operations are in flight where several are, and how many
// trials a row has with those of one at a time.
var inFlights = []int{4, 8, 16, 32}

// agreeSizes are the numbers of cores up to a number.
func agreeSizes(most int) (list []int) {
	for n := 2; n < most; n++ {
		if n <= 8 || n <= 16 && n%4 == 0 || n%16 == 0 {
			list = append(list, n)
		}
	}
	return append(list, most)
}

// BenchAgreement measures operations that some of the cores agree on, the first of
// which, this core, coordinates: two of them, and more, up to all.
func (s *System) BenchAgreement(cores []int, rounds int, each func(console.AgreementRow)) error {
	if err := s.unlessStreaming(); err != nil {
		return err
	}
	self, err := ask(s.ctx, s.m, s.m.self, askBenchSelf, benchTime, selfRounds)
	if err != nil {
		return err
	}
	trips := s.knownTrips(cores, self)
	sizes := agreeSizes(len(cores))
	strategies := console.AgreementStrategies
	limit := agreeTime / time.Duration((len(sizes)*len(strategies)+1)*(2+len(inFlights)))
	limit = min(max(limit, trialLeast), trialMost)
	for _, n := range sizes {
		for _, strategy := range strategies {
			row := console.AgreementRow{Strategy: strategy, Cores: n}
			r := s.routeFor(strategy, route.Of(cores[:n]...), trips, self)
			if row.Err = agreementModel(&row, r, s.m.self); row.Err == nil {
				row.Err = s.agreementRow(&row, cores[n-1], trialPlan{route: r, rounds: rounds}, limit)
			}
			each(row)
			if s.ctx.Err() != nil {
				return context.Cause(s.ctx)
			}
		}
		if n == len(s.Alive()) {
			each(s.ownRow(cores, rounds, limit))
		}
	}
	return nil
}

// BenchAgreementCosts measures what this core does for an operation of two cores.
func (s *System) BenchAgreementCosts(rounds int) (console.AgreementCosts, error) {
	type result struct {
		trialCosts
		err error
	}
	done := make(chan result, 1)
	s.m.do(func() {
		c, err := s.m.measureTrialCosts(min(rounds, selfRounds)) // it holds the event loop up
		done <- result{c, err}
	})
	r := <-done
	ns := func(v float64) time.Duration { return time.Duration(v + 0.5) }
	return console.AgreementCosts{OnePhase: ns(r.OnePhase), TwoPhase: ns(r.TwoPhase)}, r.err
}

// knownTrips asks the cores for the round trips that they have measured; what none
// knows is the time of the sends and receives.
func (s *System) knownTrips(cores []int, self SelfReport) route.RoundTrip {
	var ns [route.MaxCores][route.MaxCores]uint64
	for _, core := range cores {
		_, trips, _ := askStream(s.ctx, s.m, core, askTrips, askTime, message.None{})
		for _, t := range trips {
			if t.Core < route.MaxCores {
				ns[core][t.Core] = uint64(t.Least)
			}
		}
	}
	least := 2 * uint64(self.Send+self.Receive)
	return func(a, b int) uint64 { return max(ns[a][b], ns[b][a], least) }
}

// way is half the round trip of a message between the event loops of this core and
// another.
func (s *System) way(core int) (time.Duration, error) {
	r, err := s.Ping(s.m.self, core, agreePings)
	return r.Median / 2, err
}

// ownRow measures the machine's own agreement, which all members take part in.
func (s *System) ownRow(cores []int, rounds int, limit time.Duration) console.AgreementRow {
	row := console.AgreementRow{Strategy: "own", Cores: len(cores)}
	inUse := make(chan *route.Route, 1)
	s.m.do(func() {
		if s.m.byTree() {
			inUse <- s.m.routing.node.Route()
		} else {
			inUse <- route.Direct(route.Unicast, route.Of(cores...))
		}
	})
	if row.Err = agreementModel(&row, <-inUse, s.m.self); row.Err == nil { // and when there is a view
		row.Err = s.m.Operate(s.ctx, trialGrace, &Operation{Type: opNothing, TwoPhase: true})
	}
	if row.Err == nil {
		row.Err = s.agreementRow(&row, cores[len(cores)-1], trialPlan{rounds: rounds}, limit)
	}
	return row
}

// agreementRow measures by one route, and the way to one of the members.
func (s *System) agreementRow(row *console.AgreementRow, member int, plan trialPlan, limit time.Duration) (err error) {
	plan.inFlight, plan.twoPhase = 1, false
	one, err := s.trial(plan, limit)
	if err != nil {
		return err
	}
	if row.Message, err = s.way(member); err != nil {
		return err
	}
	plan.twoPhase = true
	two, err := s.trial(plan, limit)
	if err != nil {
		return err
	}
	row.One, row.Two, row.Decided = latency(one.Finished), latency(two.Finished), latency(two.Decided).Median
	row.Rounds, row.Single = two.Rounds, two.PerSecond
	if two.Messages > 0 {
		row.Messages = two.Messages
	}
	for _, plan.inFlight = range inFlights {
		several, err := s.trial(plan, limit)
		if err != nil {
			return err
		}
		if several.PerSecond > row.Pipelined {
			row.Pipelined, row.InFlight, row.PipelinedMessages = several.PerSecond, plan.inFlight, several.Messages
		}
	}
	return nil
}

// agreementModel says how many messages there are, and how many wait for each other.
func agreementModel(row *console.AgreementRow, r *route.Route, root int) error {
	t := costTree(r, root)
	one, err := cost.Measure(cost.Costs{}, t, false)
	if err != nil {
		return err
	}
	two, err := cost.Measure(cost.Costs{}, t, true)
	row.OneHops, row.Hops, row.Messages = one.Hops, two.Hops, float64(two.Messages)
	return err
}

// costTree is a route from a root as package cost has it: cores by rank.
func costTree(r *route.Route, root int) cost.Tree {
	ranks := map[int]int{root: 0}
	for core := range (r.Members() &^ route.Of(root)).All() {
		ranks[core] = len(ranks)
	}
	t := make(cost.Tree, len(ranks))
	t[0] = -1
	r.Asks(root, r.Members(), func(from, to int) { t[ranks[to]] = ranks[from] })
	return t
}

var errNoTrialEnd = fmt.Errorf("the cores have not agreed within %v of what they should", trialGrace)

// trial makes one. Its rounds begin no more when limit is over.
func (s *System) trial(plan trialPlan, limit time.Duration) (trialReport, error) {
	m := s.m
	plan.limit = m.hart.Ticks(limit)
	type result struct {
		trialReport
		err error
	}
	done := make(chan result, 1)
	var cancel func(error) // belongs to the event loop
	m.do(func() {
		run := m.runTrial
		if plan.route == nil {
			run = m.runOwn
		}
		cancel = run(plan, func(r trialReport, err error) { done <- result{r, err} })
	})
	timer := time.NewTimer(limit + trialGrace)
	defer timer.Stop()
	why := errNoTrialEnd
	select {
	case r := <-done:
		return r.trialReport, r.err
	case <-s.ctx.Done():
		why = context.Cause(s.ctx)
	case <-timer.C:
	}
	m.do(func() { cancel(why) })
	timer.Reset(trialGrace)
	select {
	case r := <-done:
		return r.trialReport, r.err
	case <-timer.C: // the event loop does not run
		return trialReport{}, why
	}
}
