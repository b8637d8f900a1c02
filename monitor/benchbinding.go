package monitor

import (
	"context"
	"fmt"
	"time"

	"atoll/monitor/binding"
	"atoll/monitor/histogram"
	"atoll/monitor/message"
)

// BindReport is what came of the measurement of a binding.
type BindReport struct {
	Setup time.Duration // from the wish to bind until the client has its end
	Round Times         // round trips between two goroutines that poll
	Wake  Times         // the same after a rest in which both have blocked
	Bulk  float64       // bytes a second that were written, handed over, and copied
}

// Bounds of the measurement of a binding.
const (
	wakeRounds  = 100
	wakeRest    = 2 * time.Millisecond
	bulkBuffers = 4
	bulkSize    = 64 << 10
	bulkParts   = 256
)

var askBindBench = message.DeclareRequest[benchQuestion, BindReport](74, "bench-binding")

func init() { serveLater(askBindBench, (*Monitor).benchBinding) }

// benchBinding binds to a core's echo service, measures, and unbinds.
func (m *Monitor) benchBinding(who client, q benchQuestion, done func(BindReport, error)) {
	core, rounds := q.Core, q.Rounds
	if core >= uint64(m.plan.NCores) || int(core) == m.self || rounds == 0 || rounds > maxRounds {
		done(BindReport{}, fmt.Errorf("core %d cannot measure %d rounds with core %d", m.self, rounds, core))
		return
	}
	if m.bindings.measured != nil {
		done(BindReport{}, errMeasuring)
		return
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	m.bindings.measured, m.bindings.measuredFor = cancel, who
	go func() {
		r, err := m.measureBinding(ctx, int(core), rounds)
		m.do(func() {
			m.bindings.measured = nil
			cancel(nil)
			done(r, err)
		})
	}()
}

// measureBinding binds to a core, measures, and closes the binding.
func (m *Monitor) measureBinding(ctx context.Context, core int, rounds uint64) (r BindReport, err error) {
	begin := time.Now()
	b, err := m.Bind(ctx, core, echoService, bindTime)
	if err != nil {
		return r, err
	}
	defer b.Close()
	r.Setup = time.Since(begin)
	// Neither end polls, as in bench wake: where harts share a processor, the other would
	// wait for that.
	if err = pollBoth(b, 0); err != nil {
		return r, err
	}
	if r.Wake, err = m.bindingTrips(ctx, b, min(rounds, wakeRounds), 1, wakeRest); err != nil {
		return r, err
	}
	if err = m.GiveBuffers(b, bulkBuffers, bulkSize, bindTime); err != nil {
		return r, err
	}
	// From here on both ends poll for as long as it takes: what is measured is the path
	// of the data.
	if m.bindings.poll > 0 {
		if err = pollBoth(b, serveTime); err != nil {
			return r, err
		}
	}
	if r.Round, err = m.bindingTrips(ctx, b, max(rounds/batch, 1), batch, 0); err == nil {
		r.Bulk, err = bindingBulk(ctx, b)
	}
	return r, err
}

// pollBoth says how long both ends poll from now on.
func pollBoth(b *binding.Binding, poll time.Duration) error {
	b.SetPoll(poll)
	var answer binding.Message
	return b.Call(echoPoll, &[7]uint64{0, uint64(poll)}, &answer, serveTime)
}

// bindingTrips makes round trips, some in each sample, and rests before each sample: then
// the hart is to sleep as soon as it waits for the answer.
func (m *Monitor) bindingTrips(ctx context.Context, b *binding.Binding, samples, each uint64, rest time.Duration) (Times, error) {
	var h histogram.Histogram
	var answer binding.Message
	var w [7]uint64
	for range samples {
		if err := context.Cause(ctx); err != nil {
			return Times{}, err
		}
		if rest > 0 {
			time.Sleep(rest)
			m.hart.Hurry()
		}
		begin := time.Now()
		for range each {
			if err := b.Call(echoTrip, &w, &answer, serveTime); err != nil {
				return Times{}, err
			}
		}
		h.Add(uint64(time.Since(begin)))
	}
	n := float64(each)
	return Times{float64(h.Quantile(0.5)) / n, float64(h.Quantile(0.99)) / n}, nil
}

// bindingBulk hands buffers over that it has filled, and waits until all were taken.
func bindingBulk(ctx context.Context, b *binding.Binding) (float64, error) {
	from := make([]byte, bulkSize)
	for i := range from {
		from[i] = byte(i)
	}
	begin := time.Now()
	if err := b.Send(echoBulk, &[7]uint64{0, bulkParts}, serveTime); err != nil {
		return 0, err
	}
	for range bulkParts {
		if err := context.Cause(ctx); err != nil {
			return 0, err
		}
		buf, err := b.Buffer(serveTime)
		if err != nil {
			return 0, err
		}
		copy(buf.Bytes, from)
		if err := buf.Hand(len(from), serveTime); err != nil {
			return 0, err
		}
	}
	var answer binding.Message
	err := b.Recv(&answer, serveTime)
	return float64(bulkParts*bulkSize) / time.Since(begin).Seconds(), err
}
