package monitor

import (
	"context"
	"strings"
	"testing"
	"time"

	"atoll/arch/layout"
	"atoll/monitor/agree"
	"atoll/monitor/console"
	"atoll/monitor/route"
	"atoll/monitor/ump"
)

// benchAgreement measures with all living cores of a machine.
func benchAgreement(m *machine, ctx context.Context, each func(n int)) (rows []console.AgreementRow, err error) {
	s := NewSystem(m.mon(0), func() {}).With(ctx)
	err = s.BenchAgreement(s.Alive(), 20, func(r console.AgreementRow) {
		rows = append(rows, r)
		if each != nil {
			each(len(rows))
		}
	})
	return rows, err
}

// noTrials checks that no core is in a trial.
func (m *machine) noTrials(t *testing.T, cores ...int) {
	t.Helper()
	settle()
	m.peek(func() {
		for _, core := range cores {
			if m.mon(core).trial != nil {
				t.Errorf("core %d is in a trial", core)
			}
		}
	})
}

// Cores agree by every strategy, in any number, with the messages and hops that these
// have: an operation of two phases sends four messages for each other core, and no more,
// and fewer with several in flight.
// Sabotage: leave leaveTrial's m.trial = nil out; in gather, begin with left: 1; let
// newTrial make Nodes without Batch.
func TestBenchAgreement(t *testing.T) {
	simulate(t, config{cores: 7, tick: 100 * time.Nanosecond}, func(t *testing.T, m *machine) {
		for range 2 {
			rows, err := benchAgreement(m, context.Background(), nil)
			if err != nil || len(rows) != 6*len(console.AgreementStrategies)+1 {
				t.Fatalf("%d rows, %v", len(rows), err)
			}
			for _, r := range rows {
				messages := float64(4 * (r.Cores - 1))
				depth := 1
				if r.Strategy == "tree" && r.Cores > 3 {
					depth = 2
				}
				// Of so many operations in flight each has a Prepare of its own, and all share
				// the other three messages; a half more, for fewer share at the end, and when a
				// core's turn comes before all that is on its way has come.
				shared := 1.5 * messages / 4 * float64(r.InFlight+3) / float64(r.InFlight)
				if r.Err != nil || r.Rounds != 20 || r.Messages != messages || r.PipelinedMessages > shared || (r.PipelinedMessages > 0) != (r.Strategy != "own") ||
					r.Strategy != "measured" && (r.OneHops != 2*depth || r.Hops != 4*depth) ||
					r.Decided >= r.Two.Median || r.Pipelined < 1.2*r.Single {
					t.Errorf("%+v", r)
				}
			}
		}
		m.noTrials(t, 0, 1, 2, 3, 4, 5, 6)
		for core := range m.cores {
			if n := m.mon(core).counts[trialTold.Number()].dropped; n != 0 {
				t.Errorf("core %d has dropped %d messages", core, n)
			}
		}
	})
}

// A member that dies in the middle of a trial ends it at once, and the others are free
// for the next. One that dies as coordinator frees the others, too.
// Sabotage: leave partTrial out of bury; leave the second case out of it.
func TestTrialAndDeath(t *testing.T) {
	for _, strategy := range console.AgreementStrategies {
		simulate(t, config{cores: 6}, func(t *testing.T, m *machine) {
			s := NewSystem(m.mon(0), func() {}).With(context.Background()).(*System)
			kind, _ := route.ParseStrategy(strategy)
			r := s.routeFor(strategy, route.First(6), func(a, b int) uint64 { return 100 }, SelfReport{10, 10})
			if r.Strategy() != kind {
				t.Fatalf("a route of %v", r.Strategy())
			}
			plan := trialPlan{route: r, twoPhase: true, inFlight: 4, rounds: 1 << 30}
			for _, victim := range []int{5, 4} {
				var killed time.Time
				time.AfterFunc(trialGrace/10, func() {
					killed = time.Now()
					m.harts[victim].kill(layout.CausePanic, false)
				})
				_, err := s.trial(plan, time.Hour)
				if err == nil || !strings.Contains(err.Error(), "peer-dead") || time.Since(killed) > trialGrace/4 {
					t.Errorf("core %d died %v ago: %v", victim, time.Since(killed), err)
				}
				m.noTrials(t, 0, 1, 2, 3)
				plan.route = s.routeFor(strategy, route.First(victim), func(a, b int) uint64 { return 100 }, SelfReport{10, 10})
			}
			go s.trial(plan, time.Second)
			time.Sleep(trialGrace / 10)
			m.harts[0].kill(layout.CausePanic, false)
			time.Sleep(trialGrace / 10)
			m.noTrials(t, 1, 2, 3)
			s = NewSystem(m.mon(1), func() {}).With(context.Background()).(*System)
			plan.route, plan.rounds = route.Direct(route.Unicast, route.Of(1, 2, 3)), 5
			if report, err := s.trial(plan, time.Hour); err != nil || report.Rounds != 5 {
				t.Errorf("afterwards: %+v, %v", report, err)
			}
		})
	}
}

// Ctrl-C ends it, and a member that falls silent, too.
// Sabotage: leave r.end out of what runTrial returns.
func TestTrialCancelled(t *testing.T) {
	simulate(t, config{cores: 4}, func(t *testing.T, m *machine) {
		ctx, cancel := context.WithCancel(context.Background())
		rows, err := benchAgreement(m, ctx, func(n int) {
			if n == 2 {
				cancel()
			}
		})
		if err == nil || len(rows) != 2 {
			t.Errorf("%d rows, %v", len(rows), err)
		}
		m.noTrials(t, 0, 1, 2, 3)
		s := NewSystem(m.mon(0), func() {})
		plan := trialPlan{route: route.Direct(route.Unicast, route.First(4)), inFlight: 1, rounds: 1 << 30}
		ctx, cancel = context.WithCancel(context.Background())
		time.AfterFunc(time.Second, cancel)
		begun := time.Now()
		if _, err := s.With(ctx).(*System).trial(plan, time.Hour); err == nil || time.Since(begun) > 2*time.Second {
			t.Errorf("ended after %v: %v", time.Since(begun), err)
		}
		m.noTrials(t, 0, 1, 2, 3)
	})
	simulate(t, config{cores: 3, rogues: []int{2}}, func(t *testing.T, m *machine) {
		m.rogue(2).link(t, 0)
		s := NewSystem(m.mon(0), func() {})
		plan := trialPlan{route: route.Direct(route.Unicast, route.First(3)), inFlight: 1, rounds: 5}
		begun := time.Now()
		if _, err := s.trial(plan, time.Second); err == nil || time.Since(begun) > 2*(time.Second+trialGrace) {
			t.Errorf("ended after %v: %v", time.Since(begun), err)
		}
		m.noTrials(t, 0, 1)
	})
}

// Parts that cannot be played are refused; what comes from who has no part in it, or
// makes no sense, changes nothing.
// Sabotage: leave taken out of trialOf, or the check of its window.
func TestTrialNonsense(t *testing.T) {
	simulate(t, config{cores: 4, rogues: []int{3}}, func(t *testing.T, m *machine) {
		r := m.rogue(3)
		r.link(t, 1)
		all := route.First(4)
		type children = [maxTrialChildren]uint8
		begin := func(w trialPart) {
			words := trialBegun.Encode(&w)
			r.send(1, trialBegun.Number(), words[:]...)
		}
		tell := func(msg agree.Msg) {
			words := trialTold.Encode(&msg)
			r.send(1, trialTold.Number(), words[:]...)
		}
		bad := []trialPart{
			{all, 0, 1, 3, children{}},             // no number
			{all, 7, 0, 3, children{}},             // no window
			{all, 7, 3, 3, children{}},             // no power of two
			{all, 7, 128, 3, children{}},           // too many in flight
			{all, 7, 1, 1, children{}},             // its own parent
			{all, 7, 1, 99, children{}},            // a parent that is none
			{all, 7, 1, 3, children{4}},            // the parent as a child
			{all, 7, 1, 3, children{2}},            // itself as a child
			{all, 7, 1, 3, children{1, 1}},         // one twice
			{all, 7, 1, 3, children{255}},          // nobody
			{route.Of(1, 2), 7, 1, 2, children{}},  // not the sender's
			{route.Of(2, 3), 7, 1, 3, children{}},  // not this core's
			{all | 1<<60, 7, 1, 3, children{}},     // cores that there are not
			{route.Of(1, 3), 7, 1, 3, children{1}}, // a child that is no member
		}
		for _, w := range bad {
			begin(w)
		}
		settle()
		m.peek(func() {
			if m.mon(1).trial != nil {
				t.Error("a part that cannot be played is")
			}
		})
		begin(trialPart{all, 7, 4, 3, children{1}})
		for kind := range agree.Kind(20) {
			for _, flag := range []agree.Flag{0, agree.Voted, agree.Applied, 99} {
				tell(agree.Msg{Kind: kind, Coord: 0, Flag: flag, View: 1, Seq: 5, Count: 7, Mask: ^uint64(0), Data: [agree.Words]uint64{^uint64(0), ^uint64(0)}})
			}
		}
		r.send(1, trialLeft.Number(), 7, 1, 1)
		settle()
		if err := askReport(m, 0, 1); err != nil {
			t.Error(err)
		}
		s := NewSystem(m.mon(0), func() {})
		plan := trialPlan{route: route.Direct(route.Unicast, route.First(3)), inFlight: 4, rounds: 5}
		if _, err := s.trial(plan, time.Second); err == nil || !strings.Contains(err.Error(), "core 1 takes part in no trial now") {
			t.Errorf("beside another's trial: %v", err)
		}
		r.send(1, trialEnded.Number(), 7)
		settle()
		if report, err := s.trial(plan, time.Second); err != nil || report.Rounds != 5 {
			t.Errorf("afterwards: %+v, %v", report, err)
		}
		refused := 0
		var msg ump.Message
		for r.peers[1].TryRecv(&msg) {
			if msg.Type == trialLeft.Number() && trialLeft.Decode(&msg.W).Refused != 0 {
				refused++
			}
		}
		if refused != len(bad) {
			t.Errorf("%d of %d were refused", refused, len(bad))
		}
	})
}

// Two Nodes on one core: one phase costs less than two.
// Sabotage: let settle carry nothing from the second.
func TestTrialCosts(t *testing.T) {
	simulate(t, config{cores: 1}, func(t *testing.T, m *machine) {
		c, err := NewSystem(m.mon(0), func() {}).BenchAgreementCosts(100)
		if err != nil || c.OnePhase <= 0 || c.TwoPhase <= 0 {
			t.Errorf("%+v, %v", c, err)
		}
	})
}
