package monitor

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"atoll/monitor/message"
	"atoll/monitor/ump"
)

// A channel that is lost fails the calls on it at once, and those after it, at
// both ends. Others go on.
// Sabotage: leave failCalls out of step, or the look at lost out of send.
func TestLossFailsCalls(t *testing.T) {
	simulate(t, config{cores: 3}, func(t *testing.T, m *machine) {
		resume := m.harts[1].stall()
		defer resume()
		var wg sync.WaitGroup
		for range 5 {
			wg.Go(func() {
				start := time.Now()
				_, err := query(m.mon(0), 1, askForReport, time.Hour, message.None{})
				if d := time.Since(start); err == nil || !strings.Contains(err.Error(), "the channel to core 1 is lost") || d > 2*time.Second {
					t.Errorf("after %v: %v", d, err)
				}
			})
		}
		time.Sleep(time.Second)
		m.scribble(1, 0, func(f *ump.Frame, end int) { f.Line[end].Link = 1 << 32 })
		wg.Wait()
		start := time.Now()
		if _, err := query(m.mon(0), 1, askForReport, time.Hour, message.None{}); err == nil || time.Since(start) > time.Second {
			t.Errorf("a call on a lost channel: %v", err)
		}
		m.mon(0).do(func() {
			if p := m.mon(0).peers[1]; send(m.mon(0), p, pingThere, pingMessage{}) == nil || p.outbox != nil {
				t.Errorf("sending goes on, %d messages wait", len(p.outbox))
			}
		})
		if err := errors.Join(askReport(m, 0, 2), askReport(m, 2, 0)); err != nil {
			t.Error(err)
		}
	})
}

// Pings and measurements on a channel end with it.
// Sabotage: leave the ping or the bell out of lose.
func TestLossEndsPings(t *testing.T) {
	simulate(t, config{cores: 3, rogues: []int{1}}, func(t *testing.T, m *machine) {
		r := m.rogue(1)
		r.link(t, 0)
		r.link(t, 2)
		var wg sync.WaitGroup
		start := time.Now()
		ends := func(core int, number uint16) {
			wg.Go(func() {
				err := queryNumber(t.Context(), m.mon(0), core, number, time.Hour, 1, 100)
				if d := time.Since(start); err == nil || !strings.Contains(err.Error(), "the channel to core 1 is lost") || d > time.Second/2 {
					t.Errorf("core %d after %v: %v", core, d, err)
				}
			})
		}
		ends(0, askPing.Number())
		ends(2, askPing.Number())
		ends(0, askBell.Number())
		time.Sleep(100 * time.Millisecond)
		for _, peer := range []int{0, 2} {
			m.scribble(1, peer, func(f *ump.Frame, end int) { f.Line[end].Link = 1 << 32 })
		}
		wg.Wait()
		if err := errors.Join(askReport(m, 0, 2), askReport(m, 2, 0)); err != nil {
			t.Error(err)
		}
		if got := fmt.Sprint(m.mon(0).pings, m.mon(0).bell); got != "map[] <nil>" {
			t.Errorf("core 0 still has %s", got)
		}
	})
}
