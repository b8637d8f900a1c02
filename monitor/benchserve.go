package monitor

import (
	"slices"

	"atoll/arch/order"
	"atoll/monitor/message"
	"atoll/monitor/ump"
)

// measure carries out a measurement for a client, during which the event loop does
// little else.
func (m *Monitor) measure(who client, f func()) {
	m.measuring, m.measured, m.cutShort = true, who, false
	m.breathed = m.hart.Now()
	f()
	m.measuring = false
}

// benchServe is the other core's part.
func (m *Monitor) benchServe(p *peer, b benchMessage) {
	if b.Mode > benchUpdates || m.measuring || m.hart.Now() < m.restUntil {
		m.drop(benchBegin.Number())
		return
	}
	rounds := min(b.Rounds, maxRounds)
	m.measure(client{core: p.core}, func() {
		ok := false
		switch b.Mode {
		case benchBare:
			ok = m.pongBare(p, rounds, b.From)
		case benchBareWake:
			ok = m.answerWakes(p, min(rounds, maxTrips), b.From)
		case benchUpdates:
			ok = m.askUpdates(p, rounds, b.From)
		default:
			ok = m.takePart(p, b.Mode, rounds)
		}
		if !ok {
			m.rest(p)
		}
	})
}

// rest keeps this core out of measurements that others begin, after one in which somebody
// fell silent: but not if it was ended, or if one of those who took part is gone, whose
// silence ends nothing again.
func (m *Monitor) rest(took ...*peer) {
	if m.cutShort || slices.ContainsFunc(took, func(p *peer) bool { return p.lost != nil }) {
		return
	}
	m.restUntil = m.hart.Now() + m.hart.Ticks(restTime)
}

// pongBare answers a bare ping-pong, and reports whether the other core kept to it.
func (m *Monitor) pongBare(p *peer, rounds, first uint64) bool {
	mine, theirs := p.ch.Lines()
	for rounds > 0 {
		n := min(rounds, breathRounds)
		if !m.bareTrips(p, n, func(done uint64) uint64 {
			return order.PongBare(&mine.Bare, &theirs.Bare, first+done, n-done, spinLooks)
		}) {
			return false
		}
		rounds -= n
		first += n
		if !m.breathe(p) {
			return false
		}
	}
	return true
}

// takePart receives a measurement's messages and answers each, or the last, and
// reports whether the other core kept to it.
func (m *Monitor) takePart(p *peer, mode, rounds uint64) bool {
	var w [message.Words]uint64
	data := benchData.Number()
	var msg ump.Message
	for n := range rounds {
		got := p.ch.Await(&msg, spinLooks)
		if !(got && msg.Type == data) && !m.spinRecv(p, &msg, got) {
			return false
		}
		if (mode == benchEcho || n == rounds-1) && !p.ch.TrySend(data, &w) && !m.spinSend(p) {
			return false
		}
		if n%breathRounds == breathRounds-1 && !m.breathe(p) {
			return false
		}
	}
	return true
}

// bareTrips makes n round trips with trips, which makes those behind the first
// done of them until it has looked in vain for a while. It gives up when none has
// been made for spinTime, or when the peer says so in a message.
func (m *Monitor) bareTrips(p *peer, n uint64, trips func(done uint64) uint64) bool {
	from := uint64(0)
	for done := uint64(0); ; {
		more := trips(done)
		if done += more; done == n {
			return true
		}
		now := m.hart.Now()
		if more > 0 || from == 0 {
			from = now
		} else if m.serve(p); m.cutShort || now-from > m.hart.Ticks(spinTime) {
			return false
		}
	}
}

// breathe serves all but the peer that takes part in a measurement, now and then:
// the others wait for answers, and one of them watches over this core. It reports
// whether the measurement shall go on.
func (m *Monitor) breathe(partner *peer) bool {
	now := m.hart.Now()
	if now-m.breathed < m.hart.Ticks(breathTime) {
		return !m.cutShort
	}
	m.breathed = now
	m.runWork()
	m.glance(now)
	for _, p := range m.order {
		if p != partner {
			m.serve(p)
		}
	}
	return !m.cutShort
}

// spinSend sends one benchmark message as soon as the ring, which was full, has
// room.
func (m *Monitor) spinSend(p *peer) bool {
	var w [message.Words]uint64
	from := m.hart.Now()
	for !p.ch.TrySend(benchData.Number(), &w) {
		if m.spunOut(p, from) {
			// Whoever has found a ring full is awake for as long as it has room: so
			// the message stays, in the outbox.
			post(m, p, benchData, message.None{})
			return false
		}
	}
	return true
}

// spinRecv waits for one benchmark message in *msg; what else comes, and stands
// there already if got is set, is served meanwhile.
func (m *Monitor) spinRecv(p *peer, msg *ump.Message, got bool) bool {
	from := m.hart.Now()
	for {
		switch {
		case got && msg.Type == benchData.Number():
			return true
		case got:
			m.receive(p, msg)
		case m.spunOut(p, from):
			return false
		}
		got = p.ch.Await(msg, spinLooks)
	}
}

// spunOut says whether to give up on what was begun at a time.
func (m *Monitor) spunOut(p *peer, from uint64) bool {
	return m.cutShort || p.ch.State() != ump.Linked || m.hart.Now()-from > m.hart.Ticks(spinTime)
}
