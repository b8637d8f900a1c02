package monitor

import (
	"fmt"
	"time"

	"atoll/arch/order"
	"atoll/monitor/ump"
)

// Modes of a typeBench message: what the receiver shall do.
const (
	benchBare uint64 = iota // rounds, first: answer a bare ping-pong
	benchEcho               // rounds: send so many messages back
	benchSink               // rounds: receive so many messages and send one back
	benchData               // a message of these two
	benchBell               // time: say how long ago that was
	benchTold               // ticks: the answer
)

// Bounds of a benchmark.
const (
	maxRounds  = 1_000_000
	batch      = 20              // round trips in one sample: the clock is coarse
	spinTime   = 2 * time.Second // of waiting for the other core
	spinRounds = 400_000_000     // the same for loops without a clock
)

// Times is a measured distribution, in nanoseconds.
type Times struct{ Median, P99 float64 }

// PairReport compares a channel with a bare two-word ping-pong in the same run.
type PairReport struct {
	Bare, Round Times   // round trips
	OneWay      float64 // messages a second
}

// times converts a histogram of batches in ticks.
func (m *Monitor) times(h *Histogram, per int) Times {
	ns := func(ticks uint64) float64 { return float64(m.hart.Duration(ticks)) / float64(per) }
	return Times{ns(h.Quantile(0.5)), ns(h.Quantile(0.99))}
}

// benchPair measures the channel to a core. Both event loops do nothing else
// meanwhile.
func (m *Monitor) benchPair(core, rounds uint64, done func([]uint64, error)) {
	p, err := m.benchPeer(core, rounds)
	var r PairReport
	if err == nil {
		r.Bare, err = m.benchBare(p, rounds)
	}
	if err == nil {
		r.Round, err = m.benchRound(p, rounds)
	}
	if err == nil {
		r.OneWay, err = m.benchOneWay(p, rounds)
	}
	done(encode(nil, r), err)
}

func (m *Monitor) benchPeer(core, rounds uint64) (*peer, error) {
	if core >= uint64(m.plan.NCores) || int(core) == m.self || rounds == 0 || rounds > maxRounds {
		return nil, fmt.Errorf("core %d cannot measure %d rounds with core %d", m.self, rounds, core)
	}
	p := m.peers[core]
	if p == nil || !p.linked || p.lost != nil {
		return nil, fmt.Errorf("core %d has no open channel to core %d", m.self, core)
	}
	return p, nil
}

// begin tells the other core what to do and wakes it.
func (m *Monitor) beginBench(p *peer, mode, rounds, first uint64) error {
	if err := m.send(p, typeBench, &[7]uint64{mode, rounds, first}); err != nil {
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
	if err := m.beginBench(p, benchBare, samples*batch, first); err != nil {
		return Times{}, err
	}
	var h Histogram
	mine, theirs := p.ch.Lines()
	for range samples {
		t := m.hart.Now()
		if order.PingBare(&mine.Bare, &theirs.Bare, first, batch, spinRounds) != batch {
			return Times{}, fmt.Errorf("core %d stopped answering", p.core)
		}
		h.Add(m.hart.Now() - t)
		first += batch
	}
	return m.times(&h, batch), nil
}

func (m *Monitor) benchRound(p *peer, rounds uint64) (Times, error) {
	samples := max(rounds/batch, 1)
	if err := m.beginBench(p, benchEcho, samples*batch, 0); err != nil {
		return Times{}, err
	}
	var h Histogram
	var msg ump.Message
	w := [7]uint64{benchData}
	for range samples {
		t := m.hart.Now()
		for range batch {
			if !m.spinSend(p, &w) || !m.spinRecv(p, &msg) {
				return Times{}, fmt.Errorf("core %d stopped answering", p.core)
			}
		}
		h.Add(m.hart.Now() - t)
	}
	return m.times(&h, batch), nil
}

func (m *Monitor) benchOneWay(p *peer, rounds uint64) (float64, error) {
	if err := m.beginBench(p, benchSink, rounds, 0); err != nil {
		return 0, err
	}
	w := [7]uint64{benchData}
	t := m.hart.Now()
	for range rounds {
		if !m.spinSend(p, &w) {
			return 0, fmt.Errorf("core %d stopped receiving", p.core)
		}
	}
	var msg ump.Message
	if !m.spinRecv(p, &msg) {
		return 0, fmt.Errorf("core %d stopped answering", p.core)
	}
	return float64(rounds) / m.hart.Duration(m.hart.Now()-t).Seconds(), nil
}

// benchServe is the other core's part.
func (m *Monitor) benchServe(p *peer, msg *ump.Message) {
	rounds := min(msg.W[1], maxRounds)
	w := [7]uint64{benchData}
	var in ump.Message
	switch msg.W[0] {
	case benchBare:
		mine, theirs := p.ch.Lines()
		order.PongBare(&mine.Bare, &theirs.Bare, msg.W[2], rounds, spinRounds)
	case benchEcho:
		for range rounds {
			if !m.spinRecv(p, &in) || !m.spinSend(p, &w) {
				return
			}
		}
	case benchSink:
		for range rounds {
			if !m.spinRecv(p, &in) {
				return
			}
		}
		m.spinSend(p, &w)
	case benchBell:
		now := m.hart.Now()
		if err := m.send(p, typeBench, &[7]uint64{benchTold, now - msg.W[1]}); err != nil {
			m.dropped++
		}
	case benchTold:
		m.bellTold(p, msg.W[1])
	default:
		m.dropped++
	}
}

// spinSend sends one benchmark message as soon as the ring has room.
func (m *Monitor) spinSend(p *peer, w *[7]uint64) bool {
	if p.ch.TrySend(typeBench, w) {
		return true
	}
	from := m.hart.Now()
	for !p.ch.TrySend(typeBench, w) {
		if m.spunOut(p, from) {
			return false
		}
	}
	return true
}

// spinRecv waits for one benchmark message in *msg; what else comes is served
// meanwhile.
func (m *Monitor) spinRecv(p *peer, msg *ump.Message) bool {
	from := uint64(0)
	for {
		for range 1024 { // looks between two looks at the clock
			if p.ch.TryRecv(msg) {
				if msg.Type == typeBench && msg.W[0] == benchData {
					return true
				}
				m.receive(p, msg)
			}
		}
		if from == 0 {
			from = m.hart.Now()
		} else if m.spunOut(p, from) {
			return false
		}
	}
}

// spunOut says whether to give up on what was begun at a time.
func (m *Monitor) spunOut(p *peer, from uint64) bool {
	return p.ch.State() != ump.Linked || m.hart.Now()-from > m.hart.Ticks(spinTime)
}
