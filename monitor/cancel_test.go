package monitor

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"atoll/arch/layout"
)

var errGivenUp = errors.New("given up")

// giveUp begins something with a context, ends that after a while, and checks that the
// call returns at once with the cause.
func giveUp(t *testing.T, what string, f func(ctx context.Context) error) {
	t.Helper()
	ctx, end := context.WithCancelCause(context.Background())
	time.AfterFunc(300*time.Millisecond, func() { end(errGivenUp) })
	start := time.Now()
	if err := f(ctx); !errors.Is(err, errGivenUp) {
		t.Errorf("%s: %v", what, err)
	}
	if d := time.Since(start); d < 300*time.Millisecond || d > 600*time.Millisecond {
		t.Errorf("%s: it took %v", what, d)
	}
}

// checkNothingGoesOn checks that no core does anything for another any more.
func checkNothingGoesOn(t *testing.T, m *machine, what string) {
	t.Helper()
	settle()
	m.peek(func() {
		for core := range m.harts {
			mon := m.mon(core)
			if m.harts[core].now().running && (len(mon.pings)+len(mon.calls) > 0 || mon.bell != nil || mon.measuring || mon.stopSpin != nil) {
				t.Errorf("%s: core %d goes on: %d pings, %d calls, bell %v, measuring %v, spinning %v", what, core, len(mon.pings), len(mon.calls), mon.bell != nil, mon.measuring, mon.stopSpin != nil)
			}
		}
	})
}

// What takes long ends where it is done when who has asked for it gives up: whichever
// cores it concerns, and whatever it is. The same can then be asked for again at once.
// Sabotage: let abandon send nothing; leave the pings, the bell or cutShort out of
// cancel; leave runWork out of breathe, or benchEnd out of lead or of benchServe.
func TestGivenUp(t *testing.T) {
	for _, pair := range [][2]int{{0, 1}, {1, 0}, {1, 2}} {
		a, b := pair[0], pair[1]
		for what, op := range map[string]struct {
			number uint16
			most   uint64
		}{
			"ping": {askPing.Number(), maxPings}, "ping for": {askPingFor.Number(), maxPingTime}, "bench": {askBench.Number(), maxRounds},
			"bell": {askBell.Number(), maxBells}, "wake": {askWake.Number(), maxTrips},
		} {
			t.Run(fmt.Sprint(what, pair), func(t *testing.T) {
				simulate(t, config{cores: 3, tick: 100 * time.Microsecond}, func(t *testing.T, m *machine) {
					giveUp(t, what, func(ctx context.Context) error {
						return queryNumber(ctx, m.mon(0), a, op.number, time.Hour, uint64(b), op.most)
					})
					time.Sleep(breathTime)
					checkNothingGoesOn(t, m, what)
					if err := queryNumber(t.Context(), m.mon(0), a, op.number, time.Minute, uint64(b), 20); err != nil {
						t.Errorf("%s again: %v", what, err)
					}
				})
			})
		}
	}
}

// The same when a call's bound is over, and when who has asked dies.
// Sabotage: leave abandon out of Call's timeout; leave bereave out of bury.
func TestForNobody(t *testing.T) {
	simulate(t, config{cores: 4}, func(t *testing.T, m *machine) {
		if _, err := query(m.mon(0), 1, askPing, time.Second, pingQuestion{2, maxPings}); err == nil || err.Error() != "core 1 did not answer within 1s" {
			t.Error(err)
		}
		checkNothingGoesOn(t, m, "bound")
		ctx, end := context.WithCancel(context.Background())
		defer end() // the goroutines of a core that is dead go on here
		for number, args := range map[uint16][]uint64{askPing.Number(): {2, maxPings}, askBell.Number(): {2, maxBells}} {
			go queryNumber(ctx, m.mon(3), 1, number, time.Hour, args...)
		}
		settle()
		if mon := m.mon(1); len(mon.pings) != 1 || mon.bell == nil {
			t.Fatal("nothing goes on at core 1")
		}
		m.harts[3].kill(layout.CauseKilled, false)
		checkNothingGoesOn(t, m, "death")
	})
}

// Nobody can give up what another core has asked for, and a word of nothing does no
// harm.
// Sabotage: let same look at the id only.
func TestGivenUpByAStranger(t *testing.T) {
	simulate(t, config{cores: 4}, func(t *testing.T, m *machine) {
		ctx, end := context.WithCancel(context.Background())
		defer settle()
		defer end()
		go ask(ctx, m.mon(0), 1, askPing, time.Hour, pingQuestion{2, maxPings})
		settle()
		for id := range uint64(50) {
			m.mon(3).do(func() { send(m.mon(3), m.mon(3).peers[1], cancelRequest, cancelMessage{id}) })
		}
		settle()
		if len(m.mon(1).pings) != 1 {
			t.Error("core 3 has ended a ping of core 0's")
		}
	})
}

// An order to end or to start a core stands when the wait for it is given up.
// Sabotage: let awaitLife not look at the context.
func TestOrdersStand(t *testing.T) {
	simulate(t, config{cores: 3}, func(t *testing.T, m *machine) {
		giveUp(t, "crash", func(ctx context.Context) error {
			return NewSystem(m.mon(0), func() {}).With(ctx).Crash(2, "hang")
		})
		time.Sleep(20 * time.Second)
		if l := m.mon(0).Lives()[2]; l.State != Dead {
			t.Errorf("core 2 is %v", l.State)
		}
		// A hart that never comes up, as far as anybody can tell.
		m.harts[0].life.restart = func(int) error { return nil }
		m.harts[0].life.stopped = func(core int) bool { return core == 2 && m.mon(0).lives.get(2).State == Dead }
		giveUp(t, "start", func(ctx context.Context) error {
			return NewSystem(m.mon(0), func() {}).With(ctx).Start(2)
		})
		if l := m.mon(0).Lives()[2]; l.State != Starting {
			t.Errorf("core 2 is %v", l.State)
		}
	})
}

// A measurement of lives ends between two rounds: the core that was ended is started.
// Sabotage: let lifeRound or restartUntil use the context itself; leave the look at it
// out of BenchLife.
func TestBenchLivesGivenUp(t *testing.T) {
	for _, c := range []struct {
		what string
		some time.Duration // in which there is more than a round
		f    func(s *System) error
	}{
		{"life", 600 * time.Millisecond, func(s *System) error { _, err := s.BenchLife(2, 100_000); return err }},
		{"restarts", 100 * time.Millisecond, func(s *System) error {
			stop := make(chan struct{})
			context.AfterFunc(s.ctx, func() { close(stop) })
			return errors.Join(s.restartUntil(2, stop, new(atomic.Int64)), context.Cause(s.ctx))
		}},
	} {
		for after := 0; after < 3; after += every { // in any part of a round
			t.Run(fmt.Sprint(c.what, after), func(t *testing.T) {
				simulate(t, config{cores: 3}, func(t *testing.T, m *machine) {
					ctx, end := context.WithCancelCause(context.Background())
					time.AfterFunc(c.some+time.Duration(after)*73*time.Microsecond, func() { end(errGivenUp) })
					start := time.Now()
					err := c.f(NewSystem(m.mon(0), func() {}).With(ctx).(*System))
					if d := time.Since(start); !errors.Is(err, errGivenUp) || d > 2*time.Second {
						t.Errorf("after %v: %v", d, err)
					}
					checkNothingGoesOn(t, m, c.what)
					if got := m.mon(0).Alive(); len(got) != 3 || m.mon(0).Lives()[2].Incarnation < 3 {
						t.Errorf("alive are %v: %v", got, m.mon(0).Lives())
					}
				})
			})
		}
	}
}

// A goroutine that spins ends with the core that has asked for it.
// Sabotage: leave the goroutine out of cancel.
func TestSpinForNobody(t *testing.T) {
	m := newMachine(t, config{cores: 3, real: true}).up()
	defer m.close()
	if _, err := query(m.mon(2), 1, askSpin, askTime, spinQuestion{1}); err != nil {
		t.Fatal(err)
	}
	m.harts[2].kill(layout.CauseKilled, false)
	for range 1000 {
		spins := make(chan bool, 1)
		m.mon(1).do(func() { spins <- m.mon(1).stopSpin != nil })
		if !<-spins {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	m.mon(1).do(func() { m.mon(1).spin(false) })
	t.Error("core 1 spins for a core that is dead")
}
