package monitor

import (
	"fmt"
	"time"

	"atoll/monitor/message"
	"atoll/monitor/route"
)

// A flow is one multicast of a core to all others after the other, and what has come of
// them: for tests of routes while cores die and live again.

// flowGap is how long a core waits after one has ended.
const flowGap = time.Millisecond

// FlowReport is what has come of a core's flow since it began.
type FlowReport struct {
	Begun   uint64 // 0 = it has not, or was ended before
	Count   uint64 // multicasts that have ended
	Short   uint64 // of these, without the replies of cores that died meanwhile
	Missing uint64 // replies that cores owe which have lived through a multicast
	Slowest time.Duration
}

// flow is this core's. It belongs to the event loop.
type flow struct {
	on    bool
	next  uint64 // when the next one begins, 0 = not by itself
	began uint64 // when the present one did
	lives []Life // at that time, nil = none is on its way
	over  func() // answers who has ended the flow; nil = nobody has, or all is over
	FlowReport
}

// flowQuestion begins a flow anew, or ends it and is answered when its last multicast has
// ended, which has a bound.
type flowQuestion struct{ On uint64 }

var askFlow = message.DeclareRequest[flowQuestion, FlowReport](120, "flow")

func init() {
	serveLater(askFlow, func(m *Monitor, _ client, q flowQuestion, done func(FlowReport, error)) {
		f := &m.flow
		switch {
		case q.On != 0 && f.on || f.over != nil:
			done(FlowReport{}, fmt.Errorf("core %d sends multicasts already", m.self))
		case q.On != 0:
			*f = flow{on: true, next: m.hart.Now(), FlowReport: FlowReport{Begun: 1}}
			done(FlowReport{}, nil)
		default:
			f.on, f.over = false, func() { done(f.FlowReport, nil); f.Begun = 0 }
			if f.lives == nil {
				f.finish()
			}
		}
	})
}

// finish answers who has ended the flow, when the last multicast has.
func (f *flow) finish() {
	over := f.over
	f.next, f.over = 0, nil
	over()
}

// begin begins a multicast. Where as many as there can be are on their way, it is tried
// again later.
func (f *flow) begin(m *Monitor) {
	f.next, f.began, f.lives = 0, m.hart.Now(), m.Lives()
	to := m.upSet() &^ route.Of(m.self)
	words := [route.Words]uint64{f.Count}
	err := m.multicast(to, multicastNothing, words[:1+f.Count%route.Words], func(replied, _ route.Set) {
		f.ended(m, to, replied)
	})
	if err != nil {
		f.lives, f.next = nil, m.hart.Now()+m.hart.Ticks(flowGap)
	}
}

// ended judges a multicast by what is known of the lives of those who have not replied.
func (f *flow) ended(m *Monitor, to, replied route.Set) {
	now := m.hart.Now()
	f.Count++
	f.Slowest = max(f.Slowest, m.hart.Duration(now-f.began))
	missing := to &^ replied
	if missing != 0 {
		f.Short++
	}
	for core := range missing.All() {
		p, l := m.peers[core], m.lives.get(core)
		if p != nil && p.lost == nil && l.State == Up && l == f.lives[core] && !m.hart.Stopped(core) {
			f.Missing++
		}
	}
	f.lives = nil
	if f.on {
		f.next = now + m.hart.Ticks(flowGap)
	}
	if f.over != nil {
		f.finish()
	}
}
