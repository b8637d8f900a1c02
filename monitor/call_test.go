package monitor

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"atoll/arch/layout"
	"atoll/monitor/message"
	"atoll/monitor/ump"
)

// mappings makes n mappings that name their core.
func mappings(core, n int) []layout.Mapping {
	list := make([]layout.Mapping, n)
	for i := range list {
		list[i] = layout.Mapping{VA: uint64(core)<<32 | uint64(i), PA: uint64(i) * 7, Pages: uint64(n),
			Perm: layout.R | layout.W, Kind: layout.Kind(i % int(layout.NumKinds))}
	}
	return list
}

// askSpace asks a core for its mappings and checks them.
func askSpace(m *machine, from, to int) error {
	got, err := NewSystem(m.mon(from), nil).Mappings(to)
	if err == nil && !slices.Equal(got, m.harts[to].space) {
		err = fmt.Errorf("core %d got %d mappings of core %d, not its %d", from, len(got), to, len(m.harts[to].space))
	}
	return err
}

// askReport asks a core who it is.
func askReport(m *machine, from, to int) error {
	r, err := query(m.mon(from), to, askForReport, askTime, message.None{})
	if err != nil {
		return fmt.Errorf("core %d: %w", from, err)
	}
	if r.Goroutines != uint64(to) {
		return fmt.Errorf("core %d asked core %d and heard core %d: %v", from, to, r.Goroutines, err)
	}
	return nil
}

// Many calls between all cores at a time, answers of all lengths: each gets its
// own answer, whole.
// Sabotage: let begin use the same id twice; let Take ignore the count; let
// flush forget what it could not send.
func TestCallsInFlight(t *testing.T) {
	simulate(t, config{cores: 5}, func(t *testing.T, m *machine) {
		for i, h := range m.harts {
			h.space = mappings(i, []int{0, 1, 7, 60, 500}[i])
		}
		var wg sync.WaitGroup
		for from := range m.harts {
			for k := range 4 {
				wg.Go(func() {
					r := rand.New(rand.NewPCG(uint64(from), uint64(k)))
					for range 30 {
						ask := askReport
						if r.IntN(2) == 0 {
							ask = askSpace
						}
						if err := ask(m, from, r.IntN(5)); err != nil {
							t.Error(err)
						}
					}
				})
			}
		}
		wg.Wait()
	})
}

// Answers far longer than a ring come whole, several at a time.
// Sabotage: let send drop a message when the channel is full, or put it into the
// channel while others wait in the outbox.
func TestLongAnswers(t *testing.T) {
	simulate(t, config{cores: 4}, func(t *testing.T, m *machine) {
		for i, h := range m.harts {
			h.space = mappings(i, 10_000+i)
		}
		var wg sync.WaitGroup
		for _, pair := range [][2]int{{0, 1}, {2, 1}, {1, 3}, {0, 1}} {
			wg.Go(func() {
				if err := askSpace(m, pair[0], pair[1]); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	})
}

// What is sent while the channel is full comes after what waits already, also
// when there is room again meanwhile.
// Sabotage: leave the look at the outbox out of send.
func TestSendKeepsOrder(t *testing.T) {
	m := newMachine(t, config{cores: 2, real: true})
	var ends [2]*peer
	for i := range ends {
		ends[i], _ = m.mon(i).open(1 - i)
	}
	for !ends[0].linked || !ends[1].linked {
		m.mon(0).step(ends[0])
		m.mon(1).step(ends[1])
	}
	var got ump.Message
	for ends[1].ch.TryRecv(&got) { // what the link made them say
	}
	next := uint64(0)
	for sent := range uint64(200) {
		if err := send(m.mon(0), ends[0], pingThere, pingMessage{Start: sent}); err != nil {
			t.Fatal(err)
		}
		if sent%60 == 59 {
			m.mon(0).flush(ends[0])
		}
		for range sent % 40 / 39 * 20 { // drains in bursts, slower than it fills
			if ends[1].ch.TryRecv(&got) {
				if got.W[0] != next {
					t.Fatalf("message %d came as number %d", got.W[0], next)
				}
				next++
			}
		}
	}
	if next < 50 {
		t.Errorf("only %d messages came", next)
	}
}

// What cannot be is answered with an error, whose text comes whole.
// Sabotage: leave CutError out of reply.
func TestErrorAnswers(t *testing.T) {
	simulate(t, config{cores: 3}, func(t *testing.T, m *machine) {
		for _, c := range []struct {
			core   int
			number uint16
			args   []uint64
			want   string
		}{
			{1, askFail.Number(), []uint64{99}, "core 1 knows no way 99 to die"},
			{0, askFail.Number(), []uint64{99}, "core 0 knows no way 99 to die"},
			{3, askForReport.Number(), nil, "there is no core 3"},
			{-1, askForReport.Number(), nil, "there is no core -1"},
			{64, askForReport.Number(), nil, "there is no core 64"},
			{1, askPing.Number(), []uint64{1, 5}, "core 1 cannot ping core 1 5 times"},
			{1, askPing.Number(), []uint64{2, 0}, "core 1 cannot ping core 2 0 times"},
			{1, askPing.Number(), []uint64{1 << 63, 18446744073709551615}, "core 1 cannot ping core 9223372036854775808 18446744073709551615 times"},
			{2, askBench.Number(), []uint64{2, 5}, "core 2 cannot measure 5 rounds with core 2"},
			{2, askBench.Number(), []uint64{1 << 40, 5}, "core 2 cannot measure 5 rounds with core 1099511627776"},
			{2, askBenchSelf.Number(), []uint64{1 << 50}, "1125899906842624 rounds cannot be measured"},
		} {
			err := queryNumber(t.Context(), m.mon(0), c.core, c.number, askTime, c.args...)
			if err == nil || err.Error() != c.want {
				t.Errorf("%s of core %d with %v: %v", message.Name(c.number), c.core, c.args, err)
			}
		}
	})
}

// A core that does not answer costs its caller the bound and nothing else; an
// answer that comes later is dropped.
// Sabotage: leave the delete out of Call's deadline, or let answer take what no
// call is waiting for.
func TestCallDeadline(t *testing.T) {
	simulate(t, config{cores: 3}, func(t *testing.T, m *machine) {
		resume := m.harts[1].stall()
		start := time.Now()
		_, err := query(m.mon(0), 1, askForReport, 3*time.Second, message.None{})
		if d := time.Since(start); err == nil || err.Error() != "core 1 did not answer within 3s" || d != 3*time.Second {
			t.Errorf("after %v: %v", d, err)
		}
		if err := askReport(m, 0, 2); err != nil {
			t.Error(err)
		}
		resume()
		if err := askReport(m, 0, 1); err != nil {
			t.Error(err)
		}
		settle()
		if n, d := len(m.mon(0).calls), m.dropped(0); n != 0 || d != 3 { // a report takes three
			t.Errorf("%d calls wait, %d messages were dropped", n, d)
		}
	})
}

// Above eagerCores a channel is opened when a core first calls another, through
// core 0, at both ends; also when both ends call at the same time.
// Sabotage: let connectPair not open on core 0's word; let reach not ask core 0.
func TestLazyChannels(t *testing.T) {
	simulate(t, config{cores: 20}, func(t *testing.T, m *machine) {
		settle()
		if m.mon(5).peers[9] != nil || m.mon(9).peers[5] != nil {
			t.Error("cores 5 and 9 have a channel before they need it")
		}
		var wg sync.WaitGroup
		for a := range m.harts {
			for b := range m.harts {
				wg.Go(func() {
					if err := askReport(m, a, b); err != nil {
						t.Error(err)
					}
				})
			}
		}
		wg.Wait()
		if p := m.mon(9).peers[5]; p == nil || !p.linked {
			t.Error("core 9 has no channel to core 5")
		}
	})
}

// The largest machine: from one corner to the other.
func TestLazyChannelOf64(t *testing.T) {
	simulate(t, config{cores: 64, boot: 31}, func(t *testing.T, m *machine) {
		for _, pair := range [][2]int{{63, 1}, {1, 63}, {62, 63}, {0, 63}, {63, 0}} {
			if err := askReport(m, pair[0], pair[1]); err != nil {
				t.Error(err)
			}
		}
	})
}

// A thousand calls leave nothing behind: no call, no message, no goroutine, no
// memory.
// Sabotage: leave the delete out of answer; let flush keep its outbox.
func TestCallsLeaveNothing(t *testing.T) {
	simulate(t, config{cores: 2}, func(t *testing.T, m *machine) {
		m.harts[1].space = mappings(1, 30)
		calls := func(n int) (heap uint64, goroutines int) {
			for range n {
				if err := errors.Join(askSpace(m, 0, 1), askReport(m, 1, 0)); err != nil {
					t.Fatal(err)
				}
			}
			settle()
			for i := range m.harts {
				if n := len(m.mon(i).calls); n != 0 {
					t.Errorf("core %d has %d calls", i, n)
				}
				for _, p := range m.mon(i).order {
					if p.outbox != nil {
						t.Errorf("core %d keeps an outbox of %d messages", i, cap(p.outbox))
					}
				}
			}
			runtime.GC()
			var s runtime.MemStats
			runtime.ReadMemStats(&s)
			return s.HeapAlloc, runtime.NumGoroutine()
		}
		heap, goroutines := calls(50)
		heap2, goroutines2 := calls(1000)
		if heap2 > heap+100_000 || goroutines2 > goroutines {
			t.Errorf("heap grew from %d to %d, goroutines from %d to %d", heap, heap2, goroutines, goroutines2)
		}
	})
}
