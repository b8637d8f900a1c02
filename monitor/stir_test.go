package monitor

import (
	"testing"
	"testing/synctest"
	"time"

	"atoll/arch/order"
)

// A core that was starved of its hart answers from its trap handler before its
// event loop has had a moment to: it is told to end only if the loop stays still.
// Sabotage: let judge kill as soon as the trap handler has answered; let it never.
func TestKillOnlyWhoStaysStill(t *testing.T) {
	for _, recovers := range []bool{true, false} {
		simulate(t, config{cores: 2}, func(t *testing.T, m *machine) {
			settle()
			frame := m.frame(0, 1)
			resume := m.harts[1].stall()
			resumed := false
			defer func() {
				if !resumed {
					resume()
				}
			}()
			killed := false
			for range 15 * time.Second / (20 * time.Millisecond) {
				time.Sleep(20 * time.Millisecond)
				synctest.Wait()
				ask := order.Load64(&frame.Line[0].Ask)
				if ask == 0 || ask == order.Load64(&frame.Line[1].Echo) {
					continue
				}
				order.Store64(&frame.Line[1].Echo, ask)
				killed = killed || ask&1 != 0
				if recovers && !resumed {
					resumed = true
					time.AfterFunc(500*time.Millisecond, resume)
				}
			}
			if killed == recovers {
				t.Errorf("recovers=%v, told to end: %v", recovers, killed)
			}
		})
	}
}
