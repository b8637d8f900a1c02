package monitor

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"atoll/arch/layout"
	"atoll/monitor/console"
	"atoll/monitor/ump"
)

// shootdown measures with all living cores of a machine.
func shootdown(m *machine, rounds int) ([]console.ShootRow, error) {
	s := NewSystem(m.mon(0), func() {})
	var rows []console.ShootRow
	err := s.BenchShootdown(s.Alive(), rounds, func(r console.ShootRow) { rows = append(rows, r) })
	return rows, err
}

// The raw protocols complete with every number of cores, the messages and hops are
// those of the strategy, and the cores are free afterwards.
// Sabotage: leave shootEnd, or the wait in it, out of benchShoot; let shootPlay not
// gather; leave Release out of takeLine.
func TestBenchShootdown(t *testing.T) {
	simulate(t, config{cores: 6, tick: 100 * time.Microsecond}, func(t *testing.T, m *machine) {
		var frames uint64
		m.peek(func() { frames = m.mon(0).grants.Frames() })
		for _, rounds := range []int{1, 45} {
			rows, err := shootdown(m, rounds)
			if err != nil || len(rows) != 5*len(console.Strategies) {
				t.Fatalf("%d rows, %v", len(rows), err)
			}
			for _, r := range rows {
				messages := 2 * (r.Cores - 1)
				if r.Strategy == "broadcast" {
					messages /= 2
				}
				if r.Err != nil || !plausible(float64(r.Median), float64(r.P99), float64(r.Critical)) || r.Rounds < rounds || r.Messages != messages || r.Hops < 2 || r.Hops > 6 {
					t.Errorf("%d rounds: %+v", rounds, r)
				}
			}
		}
		settle()
		m.peek(func() {
			if n := m.mon(0).grants.Frames(); n != frames || n == 0 {
				t.Errorf("%d frames are free, %d before", n, frames)
			}
			for core := range m.cores {
				mon := m.mon(core)
				if mon.counted().dropped != 0 || mon.measuring || mon.restUntil != 0 || mon.broadcast.own.memory != nil || mon.broadcast.held[0] != nil {
					t.Errorf("core %d: %d messages dropped, measuring %v, a line %v", core, mon.counted().dropped, mon.measuring, mon.broadcast.held[0])
				}
			}
		})
	})
}

// A core that dies in the middle ends a measurement at once, not by its bound, and the
// rest is measured without it. Who waited for it takes part again.
// Sabotage: leave the step of polled channels out of shootLook; let shootEnd forget who
// takes part.
func TestShootdownAndDeath(t *testing.T) {
	strategies := []string{"unicast", "tree", "broadcast"}
	for i := 0; i < len(strategies); i += every {
		victim, strategy := i+1, strategies[i]
		simulate(t, config{cores: 6, tick: 100 * time.Microsecond}, func(t *testing.T, m *machine) {
			at := 2*len(console.Strategies) + slices.Index(console.Strategies, strategy) // with four cores
			var killed time.Time
			var rows []console.ShootRow
			s := NewSystem(m.mon(0), func() {})
			s.BenchShootdown(s.Alive(), 1_000_000, func(r console.ShootRow) {
				switch rows = append(rows, r); {
				case len(rows) == at:
					time.AfterFunc(shootTime/2, func() {
						killed = time.Now()
						m.harts[victim].kill(layout.CausePanic, false)
					})
				case len(rows) == at+1:
					if d := time.Since(killed); r.Err == nil || !strings.Contains(r.Err.Error(), "stopped answering") || d < 0 || d > spinTime/2 {
						t.Errorf("core %d died; %s with %d cores after %v: %v", victim, r.Strategy, r.Cores, d, r.Err)
					}
				}
			})
			if rows, err := shootdown(m, 20); err != nil || len(rows) != 4*len(console.Strategies) {
				t.Errorf("afterwards: %d rows, %v", len(rows), err)
			} else if i := slices.IndexFunc(rows, func(r console.ShootRow) bool { return r.Err != nil }); i >= 0 {
				t.Errorf("afterwards: %+v", rows[i])
			}
		})
	}
}

// Protocols of many cores are not measured beside streams, which one sentence says; when
// those are over they are.
// Sabotage: leave unlessStreaming out of BenchShootdown or BenchAgreement.
func TestBenchWhileStreaming(t *testing.T) {
	simulate(t, config{cores: 3, tick: 100 * time.Microsecond}, func(t *testing.T, m *machine) {
		s := NewSystem(m.mon(0), func() {})
		benches := map[string]func(rows *int) error{
			"shootdown": func(rows *int) error { return s.BenchShootdown(s.Alive(), 20, func(console.ShootRow) { *rows++ }) },
			"agreement": func(rows *int) error { return s.BenchAgreement(s.Alive(), 20, func(console.AgreementRow) { *rows++ }) },
		}
		streaming := func(cores ...int) {
			if err := s.SoakTo(0, cores); err != nil {
				t.Fatal(err)
			}
			settle()
		}
		for name, bench := range benches {
			streaming(1, 2)
			rows := 0
			if err := bench(&rows); err == nil || !strings.HasSuffix(err.Error(), "soak stop ends that") || rows != 0 {
				t.Errorf("%s beside streams: %d rows, %v", name, rows, err)
			}
			streaming()
			if err := bench(&rows); err != nil || rows < 6 {
				t.Errorf("%s after them: %d rows, %v", name, rows, err)
			}
		}
	})
}

// Ctrl-C ends it.
// Sabotage: let shootLook not look at cutShort.
func TestShootdownCancelled(t *testing.T) {
	simulate(t, config{cores: 4, tick: 100 * time.Microsecond}, func(t *testing.T, m *machine) {
		ctx, cancel := context.WithCancel(context.Background())
		s := NewSystem(m.mon(0), func() {}).With(ctx)
		rows := 0
		err := s.BenchShootdown(s.Alive(), 1_000_000, func(console.ShootRow) {
			if rows++; rows == 6 {
				time.AfterFunc(shootTime/10, cancel)
			}
		})
		if err == nil || rows != 7 {
			t.Errorf("it ended after %d rows: %v", rows, err)
		}
		time.Sleep(breathTime * 3 / 2)
		m.peek(func() {
			if m.mon(0).measuring {
				t.Error("the measurement goes on")
			}
		})
		if rows, err := shootdown(m, 20); err != nil || len(rows) != 3*len(console.Strategies) || rows[0].Err != nil {
			t.Errorf("afterwards: %+v, %v", rows, err)
		}
	})
}

// A peer that gives parts that cannot be played, or begins and falls silent, is told no,
// or holds this core up once.
// Sabotage: leave taken out of shootTask, or restUntil out of shootServe.
func TestShootdownNonsense(t *testing.T) {
	simulate(t, config{cores: 4, rogues: []int{3}, tick: 5 * time.Millisecond}, func(t *testing.T, m *machine) {
		r := m.rogue(3)
		r.link(t, 1)
		begin := func(w shootMessage) {
			words := shootBegun.Encode(&w)
			r.send(1, shootBegun.Number(), words[:]...)
		}
		type children = [maxShooters]uint8
		for _, w := range []shootMessage{
			{9, 1, 0, children{}},        // the parent is the core itself
			{9, 99, 0, children{}},       // is nobody
			{9, 3, 0, children{2}},       // a child is the core itself
			{9, 3, 0, children{4}},       // is the parent
			{9, 3, 0, children{1, 1}},    // is named twice
			{9, 3, 0, children{255}},     // is nobody
			{9, 3, 1, children{}},        // there is no line
			{9, 3, 0, children{0, 0x33}}, // behind the end: is not looked at; and silence follows
		} {
			begin(w)
		}
		time.Sleep(2 * spinTime)
		begin(shootMessage{Rounds: 9, Parent: 3})
		start := time.Now()
		time.Sleep(100 * time.Millisecond)
		if err := askReport(m, 0, 1); err != nil || time.Since(start) > time.Second {
			t.Errorf("core 1 answered after %v: %v", time.Since(start), err)
		}
		var said []shootWord
		var msg ump.Message
		for r.peers[1].TryRecv(&msg) {
			if msg.Type == shootSaid.Number() {
				said = append(said, shootWord(msg.W[0]))
			}
		}
		no := shootRefuse
		want := []shootWord{no, no, no, no, no, no, no, shootJoin, shootLeave, no}
		if !slices.Equal(said, want) {
			t.Fatalf("it said %v, want %v", said, want)
		}
	})
}
