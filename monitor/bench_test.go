package monitor

import (
	"bytes"
	"errors"
	"math"
	"runtime"
	"sync"
	"testing"
	"time"

	"atoll/arch/order"
	"atoll/monitor/message"
	"atoll/monitor/ump"
)

// plausible reports whether times in nanoseconds can have been measured.
func plausible(ns ...float64) bool {
	for _, v := range ns {
		if math.IsNaN(v) || v <= 0 || v > 1e9 {
			return false
		}
	}
	return true
}

// Measurements of a channel complete, with few rounds and with many, and the
// channel carries messages afterwards.
// Sabotage: let bareTrips ask for all n each time; take one round less in
// takePart; leave measuring set in measure.
func TestBenchPair(t *testing.T) {
	simulate(t, config{cores: 3}, func(t *testing.T, m *machine) {
		for _, rounds := range []uint64{1, 19, 45, 45} {
			r, err := query(m.mon(0), 1, askBench, benchTime, benchQuestion{2, rounds})
			if err != nil || !plausible(r.Bare.Median, r.Bare.P99, r.Round.Median, r.Round.P99) || r.OneWay <= 0 {
				t.Errorf("%d rounds: %+v, %v", rounds, r, err)
			}
			if err := errors.Join(askReport(m, 1, 2), askReport(m, 2, 1)); err != nil {
				t.Error(err)
			}
		}
		if m.dropped(1)+m.dropped(2) != 0 {
			t.Errorf("messages were dropped")
		}
	})
}

// A long measurement does not keep other cores waiting, at either end. One
// without a breath takes more than 1.4 s here.
// Sabotage: leave breathe out of benchBare or pongBare, or serve out of breathe.
func TestBreathing(t *testing.T) {
	simulate(t, config{cores: 3, tick: time.Millisecond}, func(t *testing.T, m *machine) {
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := query(m.mon(1), 1, askBench, time.Hour, benchQuestion{2, 1000}); err != nil {
				t.Error(err)
			}
		})
		time.Sleep(50 * time.Millisecond)
		for _, to := range []int{1, 2} {
			wg.Go(func() {
				if _, err := query(m.mon(0), to, askForReport, 900*time.Millisecond, message.None{}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	})
}

// What a core measures by itself, and how long a doorbell takes.
// Sabotage: let bellTold not count down, or expire not wait for the answer.
func TestBenchSelfAndBell(t *testing.T) {
	simulate(t, config{cores: 3}, func(t *testing.T, m *machine) {
		r, err := query(m.mon(0), 1, askBenchSelf, benchTime, uint64(40))
		if err != nil || !plausible(r.Send, r.Receive) {
			t.Errorf("self: %+v, %v", r, err)
		}
		start := time.Now()
		b, err := query(m.mon(0), 1, askBell, benchTime, benchQuestion{2, 9})
		if d := time.Since(start); err != nil || !plausible(b.Median, b.P99) || d < 9*bellGap || d > 30*bellGap {
			t.Errorf("bell: %+v after %v, %v", b, d, err)
		}
	})
}

// A measurement has a core for itself: another is refused meanwhile.
// Sabotage: leave errMeasuring out of benchPeer, or maxBells out of benchBell.
func TestOneMeasurement(t *testing.T) {
	simulate(t, config{cores: 3}, func(t *testing.T, m *machine) {
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := query(m.mon(0), 1, askBell, benchTime, benchQuestion{2, 50}); err != nil {
				t.Error(err)
			}
		})
		time.Sleep(10 * time.Millisecond)
		for _, number := range []uint16{askBell.Number(), askBench.Number()} {
			if err := queryNumber(t.Context(), m.mon(0), 1, number, benchTime, 0, 50); err == nil || err.Error() != errMeasuring.Error() {
				t.Errorf("%s: %v", message.Name(number), err)
			}
		}
		wg.Wait()
		if _, err := query(m.mon(0), 1, askBell, time.Hour, benchQuestion{2, maxBells + 1}); err == nil {
			t.Error("more rings than there is time for")
		}
	})
}

// A peer that begins measurements and falls silent stops the event loop for
// spinTime, and then not again for restTime, however often it asks, also from
// within a measurement.
// Sabotage: leave measuring or restUntil out of benchServe, or the clock out of
// bareTrips or spunOut.
func TestMeasurementWithSilence(t *testing.T) {
	for name, mode := range map[string]uint64{"bare": benchBare, "echo": benchEcho, "sink": benchSink} {
		t.Run(name, func(t *testing.T) {
			c := config{cores: 3, rogues: []int{2}, tick: 5 * time.Millisecond}
			simulate(t, c, func(t *testing.T, m *machine) {
				r := m.rogue(2)
				r.link(t, 0)
				for range 20 {
					if !r.send(0, benchBegin.Number(), mode, 1000, 99) {
						t.Fatal("no room")
					}
				}
				start := time.Now()
				time.Sleep(100 * time.Millisecond)
				_, err := query(m.mon(1), 0, askForReport, time.Hour, message.None{})
				if d := time.Since(start); err != nil || d < spinTime || d > spinTime*3/2 {
					t.Errorf("core 0 answered after %v: %v", d, err)
				}
				start = time.Now()
				if err := askReport(m, 1, 0); err != nil || time.Since(start) > time.Second/10 {
					t.Errorf("core 0 answered after %v: %v", time.Since(start), err)
				}
			})
		})
	}
}

// The other way round: a core that measures gives up on a silent peer, also on
// one that goes on asking for measurements meanwhile.
// Sabotage: leave measuring out of benchPeer.
func TestMeasureSilence(t *testing.T) {
	simulate(t, config{cores: 3, rogues: []int{2}, tick: 5 * time.Millisecond}, func(t *testing.T, m *machine) {
		r := m.rogue(2)
		r.link(t, 0)
		var flood sync.WaitGroup
		flood.Go(func() {
			var msg ump.Message
			for (msg.Type != benchBegin.Number() || msg.W[0] != benchEcho) && r.recv(0, &msg) {
				if msg.Type == benchBegin.Number() && msg.W[0] == benchBare {
					mine, theirs := r.peers[0].Lines()
					for done := uint64(0); done < msg.W[1]; time.Sleep(time.Microsecond) {
						done += order.PongBare(&mine.Bare, &theirs.Bare, msg.W[2]+done, msg.W[1]-done, 100)
					}
				}
			}
			for n := range uint64(20) {
				r.send(0, askBench.Number(), n, 2, 1000)
			}
		})
		start := time.Now()
		_, err := query(m.mon(1), 0, askBench, time.Hour, benchQuestion{2, 10})
		if d := time.Since(start); err == nil || err.Error() != "core 2 stopped answering" || d < spinTime || d > 2*spinTime {
			t.Errorf("after %v: %v", d, err)
		}
		flood.Wait()
		settle()
		var msg ump.Message
		refused := 0
		for r.peers[0].TryRecv(&msg) {
			a := message.Assembly{Most: askBench.Most()}
			if msg.Type == askBench.Number()|message.AnswerBit {
				if _, err := a.Take(&msg.W); err != nil && err.Error() == errMeasuring.Error() {
					refused++
				}
			}
		}
		if refused != 20 {
			t.Errorf("%d of 20 measurements were refused", refused)
		}
	})
}

// There is one goroutine that spins, and it ends.
// Sabotage: let spin begin one without ending the last, or end none.
func TestSpin(t *testing.T) {
	m := newMachine(t, config{cores: 1, real: true}).up()
	defer m.close()
	stacks := make([]byte, 1<<20)
	spinners := func() int { return bytes.Count(stacks[:runtime.Stack(stacks, true)], []byte("spin.func1()")) }
	for _, on := range []uint64{1, 1, 0, 1, 0, 0} {
		if _, err := query(m.mon(0), 0, askSpin, time.Minute, spinQuestion{on}); err != nil {
			t.Fatal(err)
		}
		for end := time.Now().Add(time.Minute); spinners() != int(on); runtime.Gosched() {
			if time.Now().After(end) {
				t.Fatalf("%d goroutines spin", spinners())
			}
		}
	}
}
