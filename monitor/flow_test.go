package monitor

import (
	"testing"
	"time"

	"atoll/arch/layout"
)

// flow begins or ends the flow of a core.
func (m *machine) flow(core int, on uint64) (FlowReport, error) {
	return query(m.mon(core), core, askFlow, 3*multicastTime, flowQuestion{on})
}

// A flow counts what has ended, and knows a core that has died from one that lives and
// owes a reply; who ends it is answered when the last multicast has ended.
// Sabotage: leave lives out of ended; let the end of a flow be answered at once.
func TestFlow(t *testing.T) {
	simulate(t, config{cores: 4, rogues: []int{3}}, func(t *testing.T, m *machine) {
		if _, err := m.flow(0, 1); err != nil {
			t.Fatal(err)
		}
		if _, err := m.flow(0, 1); err == nil {
			t.Error("it began twice")
		}
		time.Sleep(100 * time.Millisecond)
		m.harts[2].kill(layout.CausePanic, false)
		settle()
		r, err := m.flow(0, 0)
		if err != nil || r.Count < 50 || r.Missing != 0 || r.Short > 1 || r.Slowest > 20*time.Millisecond {
			t.Errorf("after a death %+v, %v", r, err)
		}
		rogue := m.rogue(3)
		rogue.link(t, 0)
		m.at(0, func() { m.mon(0).noteLife(3, Life{State: Up, Incarnation: 1}) })
		m.flow(0, 1)
		time.Sleep(100 * time.Millisecond)
		r, err = m.flow(0, 0)
		if err != nil || r.Begun != 1 || r.Count != 1 || r.Missing != 1 || r.Slowest < multicastTime {
			t.Errorf("with one that is silent %+v, %v", r, err)
		}
		settle()
		r.Begun = 0 // it was ended before
		if again, err := m.flow(0, 0); again != r || err != nil {
			t.Errorf("later %+v, %v", again, err)
		}
	})
}
