package monitor

import (
	"strings"
	"testing"
	"time"

	"atoll/arch/layout"
	"atoll/boot/plan"
	"atoll/monitor/agree"
	"atoll/monitor/broadcast"
	"atoll/monitor/route"
)

// reads are the cores that read another's line, as that and they themselves say.
func (m *machine) reads(root int) (said, held route.Set) {
	m.peek(func() {
		said = m.harts[root].mon.broadcast.own.readers
		for core, h := range m.harts {
			if h.mon.broadcast.held[root] != nil {
				held |= route.Of(core)
			}
		}
	})
	return said, held
}

// asks is how many asks a core has sent as messages.
func (m *machine) asks(core int) (n uint64) {
	m.at(core, func() { n = m.mon(core).counts[askedThere.Number()].out })
	return n
}

// By broadcast nobody is sent an ask: all read the line, and who sleeps is woken. Without
// broadcast the page goes back.
// Sabotage: leave Nudge out of tellByLine, or settle out of refreshRoute.
func TestBroadcast(t *testing.T) {
	simulate(t, config{cores: 6}, func(t *testing.T, m *machine) {
		var free uint64
		m.peek(func() { free = m.mon(2).grants.Frames() })
		m.choose(route.Broadcast, 2)
		settle()
		want := route.First(6) &^ route.Of(2)
		if said, held := m.reads(2); said != want || held != want {
			t.Fatalf("the line is read by %#x, held by %#x, want %#x", said, held, want)
		}
		before := m.asks(2)
		for range 100 {
			settle() // all sleep
			begun := time.Now()
			<-m.multicasts(2, once(), func(replied, _ route.Set) {
				if d := time.Since(begun); replied != want || d > 10*time.Millisecond {
					t.Errorf("%#x replied after %v", replied, d)
				}
			})
		}
		if n := m.asks(2) - before; n != 0 {
			t.Errorf("%d asks were sent as messages", n)
		}
		m.choose(route.Unicast, 2)
		settle()
		if said, held := m.reads(2); said != 0 || held != 0 {
			t.Errorf("afterwards the line is read by %#x, held by %#x", said, held)
		}
		m.peek(func() {
			if n := m.mon(2).grants.Frames(); n != free {
				t.Errorf("%d frames are free, %d before", n, free)
			}
		})
	})
}

// A core that lives anew reads the lines of others again, and shares its own with them.
// Sabotage: leave refused out of linked.
func TestBroadcastAndLives(t *testing.T) {
	simulate(t, config{cores: 4}, func(t *testing.T, m *machine) {
		m.choose(route.Broadcast, 0, 1, 2, 3)
		settle()
		for _, victim := range []int{2, 0} {
			heir := m.mon(1)
			m.harts[victim].kill(layout.CausePanic, false)
			settle()
			all := route.First(4) &^ route.Of(victim)
			if said, held := m.reads(1); said != all&^2 || held&all != all&^2 {
				t.Errorf("after core %d's death the line is read by %#x, held by %#x", victim, said, held)
			}
			if _, held := m.reads(victim); held&all != 0 {
				t.Errorf("the dead core %d's line is held by %#x", victim, held)
			}
			if owner := m.mon(1).owner; owner != 1 {
				heir = m.mon(owner)
			}
			if err := heir.StartCore(victim); err != nil {
				t.Fatal(err)
			}
			m.choose(route.Broadcast, victim)
			settle()
			<-m.multicasts(1, once(), func(replied, _ route.Set) {
				if replied != route.Of(0, 2, 3) {
					t.Errorf("%#x replied", replied)
				}
			})
			settle()
			if said, held := m.reads(1); said != 0b1101 || held != 0b1101 {
				t.Errorf("after core %d's birth the line is read by %#x, held by %#x", victim, said, held)
			}
			if said, held := m.reads(victim); said != 0b1111&^route.Of(victim) || held != said {
				t.Errorf("core %d's line is read by %#x, held by %#x", victim, said, held)
			}
		}
	})
}

// Without a page in the pool, or for one to map it, asks go as messages.
// Sabotage: leave failed out of make.
func TestBroadcastWithoutMemory(t *testing.T) {
	simulate(t, config{cores: 3}, func(t *testing.T, m *machine) {
		m.noMapping.Store(true)
		m.choose(route.Broadcast, 0)
		settle()
		for range 3 {
			<-m.multicasts(0, once(), func(replied, _ route.Set) {
				if replied != 0b110 {
					t.Errorf("%#x replied", replied)
				}
			})
		}
		m.noMapping.Store(false)
		if n := linesWith(m.console.of(0), "core 0 has no broadcast line: "); n != 1 || m.asks(0) < 6 {
			t.Errorf("it says so %d times, and has sent %d asks", n, m.asks(0))
		}
		m.choose(route.Broadcast, 0)
		settle()
		if said, held := m.reads(0); said != 0b110 || held != 0b110 {
			t.Errorf("then the line is read by %#x, held by %#x", said, held)
		}
	})
}

// linesWith is how many lines begin with a text.
func linesWith(lines []string, text string) (n int) {
	for _, l := range lines {
		if strings.HasPrefix(l, text) {
			n++
		}
	}
	return n
}

// What is written between a reader's last look and its announcement that it sleeps is seen
// by its second look: nobody rings for it.
// Sabotage: leave pending out of block.
func TestBroadcastSecondLook(t *testing.T) {
	simulate(t, config{cores: 2}, func(t *testing.T, m *machine) {
		m.choose(route.Broadcast, 0)
		settle()
		done := make(chan bool, 1)
		m.at(1, func() {
			done = m.multicasts(0, once(), func(route.Set, route.Set) {})
			time.Sleep(5 * time.Millisecond) // core 0 sleeps again by then
			begun := time.Now()
			m.mon(1).block()
			if d := time.Since(begun); d > time.Millisecond {
				t.Errorf("it slept for %v", d)
			}
		})
		<-done
	})
}

// A page of nonsense is given back: what stood there is asked by messages, and so is all
// that follows. Asks that cannot be are dropped, and those of whose channel is lost.
// Sabotage: leave Again out of offer; leave refused out of Gone; leave the first case out
// of toldByLine.
func TestBroadcastNonsense(t *testing.T) {
	simulate(t, config{cores: 3}, func(t *testing.T, m *machine) {
		m.choose(route.Broadcast, 0)
		settle()
		begun := time.Now()
		done := make(chan route.Set, 1)
		resume := []func(){m.harts[1].stall(), m.harts[2].stall()}
		m.at(0, func() {
			m.mon(0).multicast(0b110, multicastNothing, nil, func(replied, _ route.Set) { done <- replied })
		})
		m.peek(func() {
			for i := range m.mon(0).broadcast.own.memory.Bytes {
				m.mon(0).broadcast.own.memory.Bytes[i] = 0x77
			}
		})
		for _, f := range resume {
			f()
		}
		if replied := <-done; replied != 0b110 || time.Since(begun) > multicastTime/2 {
			t.Errorf("%#x replied after %v", replied, time.Since(begun))
		}
		settle()
		if said, held := m.reads(0); said != 0 || held != 0 {
			t.Errorf("the line is read by %#x, held by %#x", said, held)
		}
		<-m.multicasts(0, once(), func(replied, _ route.Set) {
			if replied != 0b110 {
				t.Errorf("%#x replied", replied)
			}
		})
		settle()
		if said, held := m.reads(0); said != 0 || held != 0 {
			t.Errorf("later the line is read by %#x, held by %#x", said, held)
		}
		if n := linesWith(m.console.of(1), "core 1 gives up the broadcast line of core 0, which holds nonsense"); n != 1 {
			t.Errorf("it says so %d times", n)
		}
		m.at(1, func() {
			mon := m.mon(1)
			n, replies := mon.counts[askedThere.Number()].dropped, mon.counts[repliedBack.Number()].out
			for _, meta := range []uint64{8, uint64(numMulticastKinds) << 8, 1 << 60} {
				mon.toldByLine(0, &broadcast.Message{7, 0b10, meta})
			}
			mon.toldByLine(0, &broadcast.Message{7, 0b101, 0})
			mon.toldByLine(plan.MaxCores-1, &broadcast.Message{7, 0b10, 0})
			if got := mon.counts[askedThere.Number()].dropped - n; got != 3 {
				t.Errorf("%d of 3 asks were dropped", got)
			}
			if got := mon.counts[repliedBack.Number()].out - replies; got != 0 {
				t.Errorf("%d asks to others were answered", got)
			}
		})
	})
}

// Operations of the machine's own agreement, as many as can be in flight, all end, by each
// route: their numbers are used again only when they have been acted on.
// Sabotage: let beginOperation not look at running.
func TestOperationsInFlight(t *testing.T) {
	for s := range route.NumStrategies {
		simulate(t, config{cores: 4, tick: 100 * time.Nanosecond}, func(t *testing.T, m *machine) {
			m.choose(s, 0, 1, 2, 3)
			settle()
			for _, twoPhase := range []bool{true, false} {
				done := make(chan trialReport, 1)
				mon := m.mon(0)
				mon.do(func() {
					mon.runOwn(trialPlan{twoPhase: twoPhase, inFlight: agreeWindow, rounds: 2000, limit: 1 << 60}, func(r trialReport, err error) {
						if err != nil && err != agree.ErrWindow && err != errOvertakes {
							t.Error(err)
						}
						done <- r
					})
				})
				select {
				case r := <-done:
					if r.Rounds != 2000 {
						t.Errorf("by %v %d of 2000 operations", s, r.Rounds)
					}
				case <-time.After(time.Minute):
					t.Fatalf("by %v operations do not end", s)
				}
			}
		})
	}
}
