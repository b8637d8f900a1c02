package monitor

import (
	"atoll/monitor/agree"
	"atoll/monitor/histogram"
	"atoll/monitor/route"
)

// trialPlan is what is to be measured.
type trialPlan struct {
	route    *route.Route // nil = the machine's own agreement, by whatever route it takes
	twoPhase bool
	inFlight int // a power of two
	rounds   int
	limit    uint64 // of the time, in ticks
}

// trialReport is what came of it.
type trialReport struct {
	Decided, Finished Times // of one operation; only with one in flight
	Rounds            int
	PerSecond         float64
	Messages          float64 // of all cores, for an operation; 0 = not counted
}

// trialRounds are the operations of a measurement: one after the other, or several at a
// time, for a number of rounds or as long as the time allows.
type trialRounds struct {
	trialPlan
	start func() error // begins an operation
	end   func(error)  // is called once, when all are over, or one cannot begin
	began uint64       // the first operation (ticks)
	until uint64       // when to begin no more
	at    uint64       // when the last operation began: with one in flight, the one
	begun int
	over  bool

	report            trialReport
	decided, finished histogram.Histogram
}

// first begins the first operations.
func (r *trialRounds) first(m *Monitor) {
	r.began = m.hart.Now()
	r.until = r.began + r.limit
	r.next(m, r.began)
}

// happened takes note that an operation was decided or is over.
func (r *trialRounds) happened(m *Monitor, what agree.EventKind) {
	single := r.inFlight == 1 // of several nobody asks how long each takes
	if r.over || what == agree.Decided && !single {
		return
	}
	now := m.hart.Now()
	switch what {
	case agree.Decided:
		r.decided.Add(now - r.at)
	case agree.Finished:
		if single {
			r.finished.Add(now - r.at)
		}
		r.report.Rounds++
		r.next(m, now)
	}
}

// next begins as many operations as may be in flight. One that cannot begin does so
// when another is over.
func (r *trialRounds) next(m *Monitor, now uint64) {
	if now >= r.until {
		r.rounds = r.begun
	}
	var err error
	for err == nil && r.begun < r.rounds && r.begun-r.report.Rounds < r.inFlight {
		r.at = m.hart.Now()
		if err = r.start(); err == nil {
			r.begun++
		}
	}
	if r.begun == r.report.Rounds {
		r.finish(m, now, err)
	}
}

// finish makes the report.
func (r *trialRounds) finish(m *Monitor, now uint64, err error) {
	r.over = true
	if r.inFlight == 1 {
		r.report.Decided, r.report.Finished = m.times(&r.decided, 1), m.times(&r.finished, 1)
	}
	r.report.PerSecond = float64(r.report.Rounds) / m.hart.Duration(max(now-r.began, 1)).Seconds()
	r.end(err)
}

// runOwn measures operations of the machine's own agreement, which all members take part
// in. It returns what ends it early.
func (m *Monitor) runOwn(plan trialPlan, done func(trialReport, error)) (cancel func(error)) {
	r := &trialRounds{trialPlan: plan}
	r.end = func(err error) { done(r.report, err) }
	nothing := &Operation{Type: opNothing, TwoPhase: r.twoPhase}
	then := func(what agree.EventKind, _ bool) { r.happened(m, what) }
	r.start = func() error { return m.beginOperation(nothing, then) }
	r.first(m)
	return func(err error) {
		if !r.over {
			r.over = true
			r.end(err)
		}
	}
}
