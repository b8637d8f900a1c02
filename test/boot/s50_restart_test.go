package boot

import (
	"encoding/json"
	"fmt"
	"testing"
)

// figures is what `cores -json` says of a core.
type figures struct {
	Core, Incarnation, Goroutines int
	PagesUsed                     int `json:"pages_used"`
	PagesTotal                    int `json:"pages_total"`
	MsgsIn                        int `json:"msgs_in"`
	Event, State                  string
}

// cores asks all cores for their figures.
func (m *mortal) cores() []figures {
	m.t.Helper()
	m.do("cores -json")
	list := make([]figures, len(m.lives))
	for {
		var f figures
		if err := json.Unmarshal([]byte(m.Expect(`^{.*}$`)[0]), &f); err != nil {
			m.t.Fatal(err)
		}
		switch f.Event {
		case "core":
			list[f.Core] = f
		case "cores":
			return list
		}
	}
}

// restart has the owner restart a core so many times.
func (m *mortal) restart(core, times int) {
	m.t.Helper()
	m.last[core] += times
	m.do(fmt.Sprintf("restart %d %d", core, times), fmt.Sprintf(`^@%d restart core=%d times=%d incarnation=%d `, m.owner, core, times, m.last[core]))
	m.lives[core] = m.last[core]
}

// TestS50Restarts restarts every core a hundred times, twice, core 0 when it no
// longer has the console. The second time costs the survivors nothing that they
// keep: no goroutine, and no pages but what a heap needs to breathe.
// Sabotage: let passed keep every obituary; let part forget to end a ping.
func TestS50Restarts(t *testing.T) {
	t.Parallel()
	const harts, breath = 4, 256
	times := 100
	if soak() {
		times = 500
	}
	m := newMortal(t, machine(harts))
	m.Send("stop 0\r")
	m.deaths(0)
	m.start(0)
	round := func() {
		for core := range harts {
			if core != m.owner {
				m.restart(core, times)
				m.soak()
			}
		}
	}
	round()
	m.goesOn()
	before := m.cores()
	round()
	after := m.cores()
	m.goesOn()
	a, b := before[m.owner], after[m.owner]
	t.Logf("%d restarts: from %d to %d pages", times*(harts-1), a.PagesUsed, b.PagesUsed)
	if b.Incarnation != a.Incarnation || b.Goroutines > a.Goroutines || b.PagesUsed > a.PagesUsed+breath || b.PagesTotal != a.PagesTotal || b.MsgsIn <= a.MsgsIn {
		t.Errorf("core %d: from %+v to %+v", m.owner, a, b)
	}
	m.end()
}

// TestS50FreshSlots asks a core for something at once after each restart: nothing
// that an earlier life has left in the frames is taken for an answer.
// Sabotage: leave the incarnations out of order.Tag.
func TestS50FreshSlots(t *testing.T) {
	t.Parallel()
	times := 10
	if soak() {
		times = 200
	}
	m := newMortal(t, machine(4))
	for n := range times {
		core := 1 + n%3
		m.restart(core, 1)
		for other := range 4 {
			if other != core {
				m.do(fmt.Sprintf("ping %d %d 31", other, core), fmt.Sprintf(`^@0 ping from=%d to=%d count=31 lost=0 doubled=0 reordered=0 `, other, core))
			}
		}
		m.soak()
	}
	m.goesOn()
	m.end()
}
