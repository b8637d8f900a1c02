package monitor

import (
	"fmt"
	"time"

	"atoll/arch/order"
	"atoll/monitor/histogram"
	"atoll/monitor/message"
)

// A blocked round trip: a message to a core that sleeps, and after a while, so that
// this core sleeps, too, its answer. Both go the whole way, from WFI through the shim,
// the Go scheduler and the event loop to the channel. The time is that of both ways
// without the pause, and a sample counts only if each hart had executed WFI before it
// was rung for. Neither polls before it sleeps: where harts take turns, as under an
// emulator that counts instructions, the other would wait for that. It stands beside the least that such a trip can cost, of which the
// same is asked (see shim.BareWake).

// WakeReport compares a blocked round trip with a bare one in the same run. Means are
// for emulators that count instructions; elsewhere the host spoils them.
type WakeReport struct {
	Bare, Round          Times
	BareMean, RoundMean  float64
	BareSlowest, Slowest float64
	BareCount, Count     uint64 // samples
	BareAwake, Awake     uint64 // trips left out, for a hart did not sleep
}

var askWake = message.DeclareRequest[benchQuestion, WakeReport](44, "bench-wake")

func init() { serveLater(askWake, (*Monitor).benchWake) }

// Bounds of a bare trip.
const (
	bareWakeTime = 100 * time.Millisecond // of a call, during which interrupts are off
	maxTrips     = 5_000
)

// sleepers collects the samples of trips.
type sleepers struct {
	times histogram.Histogram
	sum   uint64 // ticks
	awake uint64
}

// add takes a trip that took so long, if both harts slept.
func (s *sleepers) add(ticks uint64, slept bool) {
	if !slept {
		s.awake++
		return
	}
	s.times.Add(ticks)
	s.sum += ticks
}

// mean is that of the samples in nanoseconds, 0 if there are none.
func (m *Monitor) mean(s *sleepers) float64 {
	return float64(m.hart.Duration(s.sum)) / float64(max(s.times.Count(), 1))
}

// benchWake measures blocked round trips to a core.
func (m *Monitor) benchWake(who client, q benchQuestion, done func(WakeReport, error)) {
	rounds := q.Rounds
	p, err := m.benchPeer(q.Core, rounds)
	if err == nil && rounds > maxTrips {
		err = fmt.Errorf("core %d cannot make %d blocked round trips", m.self, rounds)
	}
	var bare sleepers
	if err == nil {
		err = m.lead(who, p, func() error { return m.bareWakes(p, rounds, &bare) })
	}
	if err != nil {
		done(WakeReport{}, err)
		return
	}
	b := &bell{m: m, client: who, peer: p, left: rounds, trips: &sleepers{}, deadline: m.hart.Now() + m.hart.Ticks(bellGap)}
	b.done = func(err error) { done(m.wakeReport(&bare, b.trips), err) }
	m.bell = b
}

func (m *Monitor) wakeReport(bare, trips *sleepers) WakeReport {
	return WakeReport{
		Bare: m.times(&bare.times, 1), Round: m.times(&trips.times, 1),
		BareMean: m.mean(bare), RoundMean: m.mean(trips),
		BareSlowest: float64(m.hart.Duration(bare.times.Max())), Slowest: float64(m.hart.Duration(trips.times.Max())),
		BareCount: bare.times.Count(), Count: trips.times.Count(),
		BareAwake: bare.awake, Awake: trips.awake,
	}
}

// bareWakes makes the bare trips.
func (m *Monitor) bareWakes(p *peer, rounds uint64, s *sleepers) error {
	t := m.bareTrip(p, true)
	t.Seen = order.Load64(t.Theirs)
	begun := m.hart.Now()
	order.Store64(t.Mine, begun)
	if err := beginBench(m, p, benchBegin, benchMessage{benchBareWake, rounds, begun}); err != nil {
		return err
	}
	for range rounds {
		took, slept, ok := m.bareWake(&t)
		if !ok {
			return fmt.Errorf("core %d stopped answering", p.core)
		}
		s.add(took, slept)
		if !m.breathe(nil) { // the channel is free: the partner may watch over this core, too
			return errCancelled
		}
	}
	return nil
}

// answerWakes is the other core's part. begun stood in its word at first.
func (m *Monitor) answerWakes(p *peer, rounds, begun uint64) bool {
	t := m.bareTrip(p, false)
	t.Seen = begun
	for range rounds {
		if _, _, ok := m.bareWake(&t); !ok {
			return false
		}
		if !m.breathe(nil) {
			return false
		}
	}
	return true
}

func (m *Monitor) bareTrip(p *peer, asks bool) BareTrip {
	mine, theirs := p.ch.Lines()
	return BareTrip{Core: p.core, Mine: &mine.Bare, Theirs: &theirs.Bare, Asks: asks, Pause: m.hart.Ticks(bellGap)}
}

// bareWake makes one side's part of a bare trip, and takes note of the other's word.
// It gives up after spinTime.
func (m *Monitor) bareWake(t *BareTrip) (took uint64, slept, ok bool) {
	from := m.hart.Now()
	for t.Again = false; ; t.Again = true {
		t.Until = m.hart.Now() + m.hart.Ticks(bareWakeTime)
		var word uint64
		word, took, slept, ok = m.hart.BareWake(t)
		if ok {
			t.Seen = word
		}
		if ok || m.hart.Now()-from > m.hart.Ticks(spinTime) || !m.breathe(nil) {
			return took, slept && !t.Again, ok
		}
	}
}

// trip is a question of another core's whose answer waits, so that the other sleeps.
type trip struct {
	peer  *peer
	took  uint64 // ticks from the question to its arrival
	sleep uint64 // time at which this hart last fell asleep
	count uint64 // how often it has
	at    uint64 // when to answer, 0 = there is no question
}

// tripAsked takes a question that was sent at a time.
func (m *Monitor) tripAsked(p *peer, sent uint64) {
	now := m.hart.Now()
	count, last := m.hart.Sleeps()
	m.trip = trip{peer: p, took: now - sent, sleep: last, count: count, at: now + m.hart.Ticks(bellGap)}
}

// tripAnswer answers it.
func (m *Monitor) tripAnswer() {
	t := &m.trip
	t.at = 0
	m.hurry = true
	if t.peer.lost != nil || sendNow(m, t.peer, bellAnswer, toldMessage{t.took, t.sleep, t.count, m.hart.Now()}) != nil {
		m.drop(bellAnswer.Number())
	}
}

// tripped takes the answer to a question. The first answer says how
// often the other hart has slept so far and is no sample.
func (b *bell) tripped(now uint64, t *toldMessage) {
	count, last := b.m.hart.Sleeps()
	slept := count != b.sleeps && last < t.Now && t.Sleeps != b.theirSleeps && t.Slept < b.sent
	if b.theirSleeps != 0 {
		b.trips.add(t.Took+now-t.Now, slept)
		b.left--
	}
	b.theirSleeps = t.Sleeps
}
