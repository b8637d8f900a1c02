package monitor

import (
	"errors"
	"fmt"

	"atoll/monitor/agree"
	"atoll/monitor/route"
)

// maxInFlight is how many operations of a trial are on their way at most.
const maxInFlight = agreeWindow

var errTrial = errors.New("a trial goes on already")

// trialRun is a trial at its coordinator.
type trialRun struct {
	trialRounds
	t       *trial
	members route.Set // that have not left, but this core
	ending  bool      // they are to leave
	err     error
	done    func(trialReport, error)
}

// runTrial measures operations of a route's members, this core as the coordinator, and
// returns what ends it early. done is called once, from the event loop, perhaps at once.
func (m *Monitor) runTrial(plan trialPlan, done func(trialReport, error)) (cancel func(error)) {
	r := &trialRun{members: plan.route.Members() &^ route.Of(m.self), done: done}
	r.trialPlan = plan
	r.start = r.begin
	r.trialRounds.end = func(err error) { r.end(m, err) }
	if err := r.prepare(m); err != nil {
		done(trialReport{}, err)
		return func(error) {}
	}
	m.trial = r.t
	r.t.begin()
	return func(err error) {
		r.end(m, err)
		r.giveUp(m)
	}
}

// prepare makes this core's part and tells all others theirs.
func (r *trialRun) prepare(m *Monitor) error {
	for core := range r.members.All() {
		if p := m.peers[core]; p == nil || !p.linked || p.lost != nil {
			return fmt.Errorf("core %d has no open channel to core %d", m.self, core)
		}
	}
	if m.trial != nil {
		return errTrial
	}
	m.trials++
	r.t = m.newTrial(m.incarnation<<16|m.trials&0xffff, m.self, r.route.Members(), r.inFlight)
	r.t.run = r
	r.divide(m)
	return r.tell(m)
}

// divide finds this core's children, and the ranks that each answers for.
func (r *trialRun) divide(m *Monitor) {
	for f := r.route.Fan(m.self, r.route.Members()); ; {
		child, set, ok := f.Next()
		if !ok {
			return
		}
		below := uint64(0)
		for core := range set.All() {
			below |= 1 << r.t.rankOf(core)
		}
		r.t.children = append(r.t.children, m.peers[child])
		r.t.below = append(r.t.below, below)
	}
}

// tell gives all others their parts.
func (r *trialRun) tell(m *Monitor) (err error) {
	parts, count := map[int]*trialPart{}, map[int]int{}
	for core := range r.members.All() {
		parts[core] = &trialPart{Members: r.route.Members(), Number: r.t.number, Window: uint16(r.inFlight)}
	}
	r.route.Asks(m.self, r.route.Members(), func(from, to int) {
		parts[to].Parent = uint16(from)
		switch n := count[from]; {
		case from == m.self:
		case n == maxTrialChildren:
			err = fmt.Errorf("core %d has no room for %d others", from, n+1)
		default:
			parts[from].Children[n] = uint8(to + 1)
			count[from]++
		}
	})
	if err != nil {
		return err
	}
	for core, part := range parts {
		post(m, m.peers[core], trialBegun, *part)
	}
	return nil
}

// begin begins an operation.
func (r *trialRun) begin() (err error) {
	if r.twoPhase {
		_, err = r.t.node.BeginTwoPhase(0, [agree.Words]uint64{})
	} else {
		_, err = r.t.node.BeginOnePhase(0, [agree.Words]uint64{})
	}
	return err
}

// happened acts on an event of the Node.
func (r *trialRun) happened(m *Monitor, what agree.EventKind) {
	switch {
	case r.ending:
	case what == agree.Installed:
		r.first(m)
	default:
		r.trialRounds.happened(m, what)
	}
}

// end tells all members to leave. The trial is over when they have.
func (r *trialRun) end(m *Monitor, err error) {
	if r.ending {
		return
	}
	r.ending, r.over, r.err = true, true, err
	for core := range r.members.All() {
		post(m, m.peers[core], trialEnded, uint64(r.t.number))
	}
	r.check(m)
}

// left takes a member's word that it has left, or takes no part.
func (r *trialRun) left(m *Monitor, core int, w *trialWord) {
	r.t.sent += w.Sent
	if w.Refused != 0 {
		r.members &^= route.Of(core)
		r.end(m, fmt.Errorf("core %d takes part in no trial now", core))
	}
	if r.ending {
		r.members &^= route.Of(core)
		r.check(m)
	}
}

// dead takes note of a death.
func (r *trialRun) dead(m *Monitor, core int) {
	r.members &^= route.Of(core)
	r.end(m, peerDead(core))
	r.check(m)
}

// check ends a trial that all have left.
func (r *trialRun) check(m *Monitor) {
	if r.ending && r.members == 0 {
		r.giveUp(m)
	}
}

// giveUp ends a trial whoever is still in it, if it is not over.
func (r *trialRun) giveUp(m *Monitor) {
	if m.trial != r.t {
		return
	}
	m.trial = nil
	if r.report.Rounds > 0 {
		r.report.Messages = float64(r.t.sent) / float64(r.report.Rounds)
	}
	r.done(r.report, r.err)
}
