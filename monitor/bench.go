package monitor

import (
	"errors"
	"fmt"
	"time"

	"atoll/arch/order"
	"atoll/monitor/histogram"
	"atoll/monitor/message"
	"atoll/monitor/ump"
)

// Modes of a benchMessage: what the receiver shall do.
const (
	benchBare     uint64 = iota // answer a bare ping-pong, that begins behind the word From
	benchEcho                   // send so many messages back
	benchSink                   // receive so many messages and send one back
	benchBareWake               // answer bare wake-ups, that begin with the word From
	benchUpdates                // ask for so many updates of From lines
)

// benchMessage begins a measurement at the receiver, which is not asked whether it
// wants to.
type benchMessage struct{ Mode, Rounds, From uint64 }

// benchQuestion asks for a measurement with a core.
type benchQuestion struct{ Core, Rounds uint64 }

var (
	benchBegin = message.Declare[benchMessage](9, "bench")
	benchData  = message.Declare[message.None](16, "bench-data") // of benchEcho and benchSink
	benchEnd   = message.Declare[message.None](17, "bench-end")  // ends what was begun
	askBench   = message.DeclareRequest[benchQuestion, PairReport](40, "bench-pair")
)

func init() {
	handle(benchBegin, (*Monitor).benchServe)
	handle(benchData, func(m *Monitor, _ *peer, _ message.None) { m.drop(benchData.Number()) }) // late
	handle(benchEnd, func(m *Monitor, p *peer, _ message.None) {
		m.cutShort = m.cutShort || m.measuring && m.measured == client{core: p.core}
	})
	serve(askBench, (*Monitor).benchPair)
}

// Bounds of a benchmark.
const (
	maxRounds = 1_000_000
	batch     = 20              // round trips in one sample: the clock is coarse
	spinTime  = 2 * time.Second // of waiting for the other core
	spinLooks = 1_000           // between two looks at the clock
	// restTime is how long this core takes part in no measurement after one in
	// which the other core fell silent: such a peer must not stop this event loop
	// again and again.
	restTime = 10 * spinTime
	// breathTime is how long a measurement keeps all other peers waiting.
	breathTime   = 100 * time.Millisecond
	breathRounds = 256 // between two looks at the clock
)

var errMeasuring = errors.New("a measurement is going on already")

// Times is a measured distribution, in nanoseconds.
type Times struct{ Median, P99 float64 }

// PairReport compares a channel with a bare two-word ping-pong in the same run.
type PairReport struct {
	Bare, Round Times   // round trips
	OneWay      float64 // messages a second
}

// times converts a histogram of batches in ticks.
func (m *Monitor) times(h *histogram.Histogram, per int) Times {
	ns := func(ticks uint64) float64 { return float64(m.hart.Duration(ticks)) / float64(per) }
	return Times{ns(h.Quantile(0.5)), ns(h.Quantile(0.99))}
}

// benchPair measures the channel to a core. Both event loops do little else
// meanwhile.
func (m *Monitor) benchPair(who client, q benchQuestion) (r PairReport, err error) {
	rounds := q.Rounds
	p, err := m.benchPeer(q.Core, rounds)
	if err != nil {
		return r, err
	}
	err = m.lead(who, p, func() (err error) {
		r.Bare, err = m.benchBare(p, rounds)
		if err == nil {
			r.Round, err = m.benchRound(p, rounds)
		}
		if err == nil {
			r.OneWay, err = m.benchOneWay(p, rounds)
		}
		return err
	})
	return r, err
}

// lead carries out a measurement with a peer that this core begins. If the client
// gives up meanwhile, the peer is told.
func (m *Monitor) lead(who client, p *peer, f func() error) (err error) {
	m.measure(who, func() {
		if err = f(); m.cutShort {
			err = errCancelled
			if sendNow(m, p, benchEnd, message.None{}) != nil {
				m.drop(benchEnd.Number())
			}
		}
	})
	return err
}

// benchPeer returns the peer to measure with, if that can be done now.
func (m *Monitor) benchPeer(core, rounds uint64) (*peer, error) {
	if core >= uint64(m.plan.NCores) || int(core) == m.self || rounds == 0 || rounds > maxRounds {
		return nil, fmt.Errorf("core %d cannot measure %d rounds with core %d", m.self, rounds, core)
	}
	p := m.peers[core]
	if p == nil || !p.linked || p.lost != nil {
		return nil, fmt.Errorf("core %d has no open channel to core %d", m.self, core)
	}
	if m.measuring || m.bell != nil {
		return nil, errMeasuring
	}
	return p, m.unlessStreaming()
}

// beginBench tells the other core what to do and wakes it. What follows goes past
// the outbox, so that nothing may wait there.
func beginBench[T any](m *Monitor, p *peer, d message.Message[T], v T) error {
	if len(p.outbox) > 0 {
		return p.inUse(m)
	}
	return sendNow(m, p, d, v)
}

// inUse says that messages to a peer wait for room.
func (p *peer) inUse(m *Monitor) error {
	return fmt.Errorf("the channel from core %d to core %d is in use: %d messages wait for room", m.self, p.core, len(p.outbox))
}

// sendNow sends a message of a measurement and wakes the other core.
func sendNow[T any](m *Monitor, p *peer, d message.Message[T], v T) error {
	if err := send(m, p, d, v); err != nil {
		return err
	}
	if p.ch.PeerWaiting() {
		m.hart.Ring(p.core)
	}
	return nil
}

func (m *Monitor) benchBare(p *peer, rounds uint64) (Times, error) {
	samples := max(rounds/batch, 1)
	first := m.hart.Now() << 24 // no value of an earlier run
	if err := beginBench(m, p, benchBegin, benchMessage{benchBare, samples * batch, first}); err != nil {
		return Times{}, err
	}
	var h histogram.Histogram
	mine, theirs := p.ch.Lines()
	for range samples {
		t := m.hart.Now()
		if !m.bareTrips(p, batch, func(done uint64) uint64 {
			return order.PingBare(&mine.Bare, &theirs.Bare, first+done, batch-done, spinLooks)
		}) {
			return Times{}, fmt.Errorf("core %d stopped answering", p.core)
		}
		h.Add(m.hart.Now() - t)
		first += batch
		if !m.breathe(nil) { // the channel is free
			return Times{}, errCancelled
		}
	}
	return m.times(&h, batch), nil
}

func (m *Monitor) benchRound(p *peer, rounds uint64) (Times, error) {
	samples := max(rounds/batch, 1)
	if err := beginBench(m, p, benchBegin, benchMessage{benchEcho, samples * batch, 0}); err != nil {
		return Times{}, err
	}
	var h histogram.Histogram
	var msg ump.Message
	var w [message.Words]uint64
	data := benchData.Number()
	for range samples {
		t := m.hart.Now()
		for range batch {
			// The channel's own calls, as long as all goes well: a function of the
			// benchmark in between would be measured, too.
			ok := p.ch.TrySend(data, &w) || m.spinSend(p)
			got := p.ch.Await(&msg, spinLooks)
			if !ok || !(got && msg.Type == data) && !m.spinRecv(p, &msg, got) {
				return Times{}, fmt.Errorf("core %d stopped answering", p.core)
			}
		}
		h.Add(m.hart.Now() - t)
		if !m.breathe(p) {
			return Times{}, errCancelled
		}
	}
	return m.times(&h, batch), nil
}

func (m *Monitor) benchOneWay(p *peer, rounds uint64) (float64, error) {
	if err := beginBench(m, p, benchBegin, benchMessage{benchSink, rounds, 0}); err != nil {
		return 0, err
	}
	var w [message.Words]uint64
	data := benchData.Number()
	t := m.hart.Now()
	for n := range rounds {
		if !p.ch.TrySend(data, &w) && !m.spinSend(p) {
			return 0, fmt.Errorf("core %d stopped receiving", p.core)
		}
		// Until the last message the channel is free the other way.
		if n%breathRounds == breathRounds-1 && n < rounds-1 && !m.breathe(nil) {
			return 0, errCancelled
		}
	}
	var msg ump.Message
	if !m.spinRecv(p, &msg, false) {
		return 0, fmt.Errorf("core %d stopped answering", p.core)
	}
	return float64(rounds) / m.hart.Duration(m.hart.Now()-t).Seconds(), nil
}
