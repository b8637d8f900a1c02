package monitor

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"atoll/arch/layout"
	"atoll/monitor/route"
	"atoll/monitor/ump"
)

// multicasts begins multicasts of a core to all others, each when the last one has ended
// and as long as more says so, and calls check with what came of each.
func (m *machine) multicasts(core int, more func() bool, check func(replied, yes route.Set)) (done chan bool) {
	mon := m.mon(core)
	done = make(chan bool, 1)
	words := []uint64{1, 2, 3, 4, 5, 6, 7}
	count := 0
	var next func()
	next = func() {
		if !more() {
			done <- true
			return
		}
		count++
		to := mon.upSet() &^ route.Of(core)
		err := mon.multicast(to, multicastNothing, words[:count%8], func(replied, yes route.Set) {
			check(replied, yes)
			mon.do(next)
		})
		if err != nil {
			m.t.Errorf("core %d: %v", core, err)
			done <- true
		}
	}
	mon.do(next)
	return done
}

// once is true once.
func once() func() bool {
	n := 0
	return func() bool { n++; return n == 1 }
}

// choose has cores take a strategy.
func (m *machine) choose(s route.Strategy, cores ...int) {
	for _, core := range cores {
		if _, err := query(m.mon(core), core, askRoute, askTime, routeQuestion{uint64(s)}); err != nil {
			m.t.Error(err)
		}
	}
}

// A multicast reaches all that live and brings their replies, by every strategy, also
// while cores die and live again in the middle of it: all end, and nobody is missing that
// lived through it.
// Sabotage: leave partRoute out of bury; let multicastMore forget the rest.
func TestMulticasts(t *testing.T) {
	for s := range route.NumStrategies + 1 {
		t.Run(fmt.Sprint(s), func(t *testing.T) {
			simulate(t, config{cores: 9, seed: uint64(s)}, func(t *testing.T, m *machine) {
				m.choose(s, 0, 1, 2, 3, 4, 5, 6, 7, 8)
				if s == route.Measured || s == routeAuto {
					time.Sleep(20 * time.Second) // in which it is asked for
					m.at(0, func() {
						m.mon(0).refreshRoute()
						if told := m.mon(0).routing.told; told == nil || m.mon(0).routing.node.Route() != told {
							t.Error("the knowledge base has not told of a route")
						}
					})
				}
				victims := route.Of(3, 4, 8)
				var ends []chan bool
				var stop atomic.Bool
				var short atomic.Int64
				more := func() bool { return !stop.Load() }
				for _, core := range []int{0, 2, 7} {
					ends = append(ends, m.multicasts(core, more, func(replied, yes route.Set) {
						if replied&victims != victims {
							short.Add(1)
						}
						if missing := route.First(9) &^ route.Of(core) &^ victims &^ replied; missing != 0 || replied != yes {
							t.Errorf("core %d: %#x did not reply, %#x of %#x said yes", core, missing, yes, replied)
						}
					}))
				}
				for n := range 3 {
					for core := range victims.All() {
						time.Sleep(3 * time.Millisecond)
						m.harts[core].kill(layout.CausePanic, n == 1)
					}
					for core := range victims.All() {
						m.mon(0).awaitLife(context.Background(), core, time.Minute, func(l Life) bool { return l.State == Dead })
						if err := m.mon(0).StartCore(core); err != nil {
							t.Fatal(err)
						}
					}
				}
				stop.Store(true)
				for _, end := range ends {
					select {
					case <-end:
					case <-time.After(time.Minute):
						t.Fatal("a multicast does not end")
					}
				}
				if short.Load() < 9 {
					t.Errorf("%d multicasts saw a death", short.Load())
				}
				settle()
				<-m.multicasts(0, once(), func(replied, _ route.Set) {
					if want := route.First(9) &^ 1; replied != want {
						t.Errorf("in the end %#x replied, want %#x", replied, want)
					}
				})
			})
		})
	}
}

// Trees are made anew when a core dies, and when it lives again.
// Sabotage: leave stale out of noteLife.
func TestRebuilt(t *testing.T) {
	simulate(t, config{cores: 5}, func(t *testing.T, m *machine) {
		m.choose(route.TwoLevel, 1)
		members := func() (s route.Set) {
			m.at(1, func() { m.mon(1).refreshRoute(); s = m.mon(1).routing.node.Route().Members() })
			return s
		}
		if got := members(); got != route.First(5) {
			t.Errorf("members %#x", got)
		}
		m.harts[3].kill(layout.CausePanic, false)
		settle()
		if got := members(); got != route.Of(0, 1, 2, 4) {
			t.Errorf("after a death: members %#x", got)
		}
		if err := m.mon(0).StartCore(3); err != nil {
			t.Fatal(err)
		}
		settle()
		if got := members(); got != route.First(5) {
			t.Errorf("after a birth: members %#x", got)
		}
	})
}

// A peer that lives and does not do its part is waited for as long as multicastTime, a
// tree that is none is not taken, and halves of asks are dropped.
// Sabotage: leave expire out of the loop; take what treeOf is given for a tree; leave the
// number out of multicastMore.
func TestMulticastWithARogue(t *testing.T) {
	simulate(t, config{cores: 3, rogues: []int{2}}, func(t *testing.T, m *machine) {
		r := m.rogue(2)
		r.link(t, 0)
		m.at(0, func() { m.mon(0).noteLife(2, Life{State: Up, Incarnation: 1}) })
		m.choose(route.Unicast, 0)
		start := time.Now()
		<-m.multicasts(0, once(), func(replied, _ route.Set) {
			if d := time.Since(start); replied != route.Of(1) || d < multicastTime || d > multicastTime*11/10 {
				t.Errorf("%#x replied after %v", replied, d)
			}
		})
		for range 3 {
			r.send(0, askedMore.Number(), 7)
		}
		ask := multicastAsk{Number: route.FirstNumber(1), To: 1, Root: 2, Len: 7}
		w := askedThere.Encode(&ask)
		r.send(0, askedThere.Number(), w[:]...)
		r.send(0, askedMore.Number(), ask.Number+1)
		settle()
		m.peek(func() {
			if n := m.mon(0).counts[askedMore.Number()].dropped; n != 4 {
				t.Errorf("%d of 4 halves were dropped", n)
			}
		})
		var msg ump.Message
		for r.peers[0].TryRecv(&msg) {
			if msg.Type == repliedBack.Number() {
				t.Error("half an ask was answered")
			}
		}
		if _, err := treeOf(route.First(3), []treeLink{{0, 1, 9}}); err == nil || !strings.Contains(err.Error(), "has 2 links, not 1") {
			t.Errorf("a tree that lacks a link: %v", err)
		}
	})
}
