package monitor

import (
	"sync"
	"testing"
	"time"
)

// ping has a core ping another and returns the report.
func ping(m *machine, by, from, to, count int) (PingReport, error) {
	return query(m.mon(by), from, askPing, time.Hour, pingQuestion{uint64(to), uint64(count)})
}

// Pings between all pairs at a time, with doorbells that take their time: nothing
// is lost, doubled or reordered, and the times are those of round trips.
// Sabotage: let pong take any sequence number for the one it waits for; let next
// send twice; leave PrepareToWait out of block.
func TestPing(t *testing.T) {
	for seed := range uint64(3) {
		simulate(t, config{cores: 4, seed: seed}, func(t *testing.T, m *machine) {
			var wg sync.WaitGroup
			for a := range m.harts {
				for b := range m.harts {
					if a == b {
						continue
					}
					wg.Go(func() {
						r, err := ping(m, 0, a, b, 60)
						if err != nil || r.Count != 60 || r.Lost+r.Doubled+r.Reordered != 0 {
							t.Errorf("core %d to core %d: %+v, %v", a, b, r, err)
						}
						if r.Min <= 0 || r.Min > r.Median || r.Median > r.P99 || r.P99 > r.Max || r.Max > 10*time.Millisecond {
							t.Errorf("core %d to core %d: times %+v", a, b, r)
						}
					})
				}
			}
			wg.Wait()
		})
	}
}

// A core pings another once at a time.
// Sabotage: leave the look at pings out of ping.
func TestPingTwice(t *testing.T) {
	simulate(t, config{cores: 3, seed: 9}, func(t *testing.T, m *machine) {
		resume := m.harts[2].stall()
		var first sync.WaitGroup
		first.Go(func() { ping(m, 0, 1, 2, 5) })
		time.Sleep(time.Second / 2)
		if _, err := ping(m, 0, 1, 2, 5); err == nil || err.Error() != "core 1 pings core 2 already" {
			t.Error(err)
		}
		resume()
		first.Wait()
	})
}

// Pongs that are lost are counted after their time, those that come twice or that
// nobody has asked for are counted apart, and the ping goes on.
// Sabotage: leave Lost, Doubled or Reordered out; leave lostRow = 0 out of pong;
// leave pings out of deadline.
func TestLostPongs(t *testing.T) {
	simulate(t, config{cores: 2, rogues: []int{1}}, func(t *testing.T, m *machine) {
		r := m.rogue(1)
		r.link(t, 0)
		go r.pong(0, func(seq uint64) []uint64 {
			switch seq {
			case 3, 4, 8, 9, 10, 11, 20:
				return nil // lost
			case 5:
				return []uint64{5, 5, 5} // the others come when 6 is on its way, or later
			case 15:
				return []uint64{17, 15}
			}
			return []uint64{seq}
		})
		got, err := ping(m, 0, 0, 1, 20)
		want := PingReport{Count: 20, Lost: 7, Doubled: 2, Reordered: 1}
		got.Min, got.Median, got.P99, got.Max = 0, 0, 0, 0
		if err != nil || got != want {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

// A ping of a core that answers nothing ends after a few, and counts the rest as
// lost.
// Sabotage: leave maxLostRow out of next, or what was not sent out of finish; let
// pong take what is of no ping.
func TestPingOfSilence(t *testing.T) {
	simulate(t, config{cores: 2, rogues: []int{1}}, func(t *testing.T, m *machine) {
		r := m.rogue(1)
		r.link(t, 0)
		start := time.Now()
		got, err := ping(m, 0, 0, 1, 1000)
		if err != nil || got != (PingReport{Count: 1000, Lost: 1000}) {
			t.Errorf("%+v, %v", got, err)
		}
		if d := time.Since(start); d < maxLostRow*pongTime || d > (maxLostRow+1)*pongTime {
			t.Errorf("it took %v", d)
		}
		before := m.dropped(0)
		r.send(0, pingBack.Number(), 1, 5)
		if settle(); m.dropped(0) != before+1 {
			t.Errorf("%d messages were dropped", m.dropped(0)-before)
		}
	})
}
