package monitor

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"atoll/arch/layout"
	"atoll/monitor/console"
	"atoll/monitor/message"
	"atoll/monitor/route"
)

// Updates of every number of lines by every number of clients are all made, as many as
// were asked for, and the channels carry messages afterwards.
// Sabotage: let update leave a line out; let clientIsUpdated not count a client as ended;
// answer without counting.
func TestBenchUpdates(t *testing.T) {
	simulate(t, config{cores: 4, tick: time.Microsecond}, func(t *testing.T, m *machine) {
		s := NewSystem(m.mon(0), func() {}).With(context.Background()).(*System)
		for _, rounds := range []int{1, 19, 45} {
			rows := 0
			err := s.BenchUpdates([]int{0, 1, 2, 3}, rounds, func(r console.UpdatesRow) {
				rows++
				if r.Err != nil || r.Updates != rounds*(r.Cores-1) || !plausible(float64(r.Median), float64(r.P99)) || r.PerSecond <= 0 {
					t.Errorf("%d rounds: %+v", rounds, r)
				}
			})
			if want := 3 * len(console.UpdateLines); err != nil || rows != want {
				t.Errorf("%d rows, want %d; %v", rows, want, err)
			}
		}
		for _, core := range []int{1, 2, 3} {
			if err := errors.Join(askReport(m, 0, core), askReport(m, core, 0)); err != nil {
				t.Error(err)
			}
			if n := m.dropped(core); n != 0 {
				t.Errorf("core %d has dropped %d messages", core, n)
			}
		}
	})
}

// The time for updates ends them, whatever the rounds.
// Sabotage: leave enough out of askUpdates.
func TestUpdatesEnd(t *testing.T) {
	simulate(t, config{cores: 3, tick: 100 * time.Microsecond}, func(t *testing.T, m *machine) {
		const rounds = maxRounds
		start := time.Now()
		r, err := query(m.mon(0), 0, askBenchUpdates, benchTime, updatesQuestion{route.Of(1, 2), rounds, 8})
		if d := time.Since(start); err != nil || r.Updates == 0 || r.Updates >= 2*rounds || d < updateTime || d > 4*updateTime {
			t.Errorf("%+v after %v, %v", r, d, err)
		}
	})
}

// A client that dies ends the measurement with a sentence, and the others are free for
// the next. A server that dies frees its clients.
// Sabotage: leave watchClients or endClients out.
func TestUpdatesAndDeath(t *testing.T) {
	simulate(t, config{cores: 4, tick: 100 * time.Microsecond}, func(t *testing.T, m *machine) {
		ask := func(clients route.Set) error {
			_, err := query(m.mon(0), 0, askBenchUpdates, benchTime, updatesQuestion{clients, maxRounds, 1})
			return err
		}
		var killed time.Time
		time.AfterFunc(updateTime/10, func() {
			killed = time.Now()
			m.harts[3].kill(layout.CausePanic, false)
		})
		err := ask(route.Of(1, 2, 3))
		if d := time.Since(killed); err == nil || !strings.Contains(err.Error(), "core 3") || d > spinTime/2 {
			t.Errorf("a client died %v ago: %v", d, err)
		}
		settle()
		if err := ask(route.Of(1, 2)); err != nil {
			t.Errorf("afterwards: %v", err)
		}
		go ask(route.Of(1, 2))
		time.Sleep(updateTime / 10)
		m.harts[0].kill(layout.CausePanic, false)
		time.Sleep(2 * spinTime)
		m.peek(func() {
			for _, core := range []int{1, 2} {
				if m.mon(core).measuring {
					t.Errorf("core %d still asks for updates", core)
				}
			}
		})
	})
}

// What cannot be measured is refused with a sentence, and who has said nothing of a
// measurement can end none.
// Sabotage: leave a condition out of benchUpdates; let clientIsUpdated not look for the
// client.
func TestUpdatesRefused(t *testing.T) {
	simulate(t, config{cores: 3}, func(t *testing.T, m *machine) {
		for _, q := range []updatesQuestion{
			{0, 1, 1}, {route.Of(1), 0, 1}, {route.Of(1), 1, 0}, {route.Of(1), 1, updateLines + 1}, {route.Of(1), maxRounds + 1, 1},
			{route.Of(0, 1), 1, 1}, {route.Of(1, 3), 1, 1}, {math.MaxUint64, 1, 1},
		} {
			if _, err := query(m.mon(0), 0, askBenchUpdates, benchTime, q); err == nil || !strings.Contains(err.Error(), "core 0 cannot measure") {
				t.Errorf("%+v: %v", q, err)
			}
		}
		m.peek(func() {
			mon := m.mon(0)
			u := &updates{running: route.Of(1)}
			for _, from := range []int{2, 1, 1} {
				if mon.clientIsUpdated(mon.peers[from], updated{Rounds: 1}); from == 2 {
					mon.updates = u
				}
			}
			if mon.updates = nil; u.running != 0 || len(u.reports) != 1 || mon.counts[clientUpdated.Number()].dropped != 2 {
				t.Errorf("%d reports, core %d runs, %d dropped", len(u.reports), u.running.Lowest(), mon.counts[clientUpdated.Number()].dropped)
			}
		})
	})
}

// Clients whose word and what the server has made differ are told from others, and so is
// a line that was left out, or changed without being asked for.
// Sabotage: leave a condition out of report.
func TestUpdatesReport(t *testing.T) {
	good := func() *updates {
		u := &updates{made: 5, reports: []updated{{Times{30, 50}, 2}, {Times{10, 90}, 1}, {Times{20, 60}, 2}}}
		u.state[0][0], u.state[1][0] = 5, 5
		return u
	}
	r, err := good().report(2, time.Second)
	if want := (UpdatesReport{Times{20, 90}, 5, 5}); err != nil || r != want {
		t.Errorf("%+v, want %+v, %v", r, want, err)
	}
	for what, spoil := range map[string]func(*updates){
		"a client lies":    func(u *updates) { u.reports[0].Rounds++ },
		"a line is old":    func(u *updates) { u.state[1][0]-- },
		"a line too many":  func(u *updates) { u.state[2][0]++ },
		"one was lost":     func(u *updates) { u.made++ },
		"a client is mute": func(u *updates) { u.reports = u.reports[1:] },
	} {
		u := good()
		spoil(u)
		if _, err := u.report(2, time.Second); err != errLostUpdates {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// An update costs something at both ends, and a message changes one line at the sender,
// and at the receiver one in four of 31.
// Sabotage: leave update out of measureUpdateCosts; let changedLines leave the slots out.
func TestUpdateCostsAndLines(t *testing.T) {
	simulate(t, config{cores: 2, tick: 100 * time.Nanosecond}, func(t *testing.T, m *machine) {
		s := NewSystem(m.mon(0), func() {}).With(context.Background()).(*System)
		for _, lines := range console.UpdateLines {
			if c, err := s.BenchUpdateCosts(100, lines); err != nil || !plausible(float64(c.Server), float64(c.Client)) {
				t.Errorf("%d lines: %+v, %v", lines, c, err)
			}
		}
		l, err := s.BenchLines()
		if err != nil || l.Sender != 1 || math.Abs(l.Receiver-4.0/31) > 1e-9 {
			t.Errorf("%+v, %v", l, err)
		}
		if _, err := query(m.mon(1), 0, askForReport, benchTime, message.None{}); err != nil {
			t.Error(err)
		}
	})
}
