package monitor

import (
	"fmt"

	"atoll/monitor/message"
	"atoll/monitor/ump"
)

// maxOutbox bounds the messages that wait for room in a channel: more than the
// longest answer that a core gives.
const maxOutbox = 1 << 16

// peer is another core, seen through the channel to it.
type peer struct {
	core    int
	ch      *ump.Channel
	advance bool // look at the peer's line before the next messages
	linked  bool
	lost    error // why there is no channel: broken, or the peer is dead; until it links anew
	outbox  []outgoing
	flushed uint64      // messages that have left the outbox for the channel
	owed    uint64      // how many of them have to before tellOthers waits for this core again
	in      ump.Message // that is being acted on
	line    lineAssembler
}

// outgoing is a message that waits.
type outgoing struct {
	typ uint16
	w   [message.Words]uint64
}

// open makes the channel to a core unless there is one, and returns the peer.
func (m *Monitor) open(core int) (*peer, error) {
	if p := m.peers[core]; p != nil {
		return p, p.lost
	}
	frame, err := m.hart.Frame(m.self, core)
	if err != nil {
		return nil, fmt.Errorf("no channel from core %d to core %d: %w", m.self, core, err)
	}
	p := &peer{core: core, ch: ump.Open(frame, m.self, core, m.incarnation), advance: true}
	mine, theirs := p.ch.Lines()
	if err := m.hart.Watch(core, theirs, mine); err != nil {
		return nil, err
	}
	m.peers[core] = p
	at := 0
	for at < len(m.order) && m.order[at].core < core {
		at++
	}
	m.order = append(m.order[:at], append([]*peer{p}, m.order[at:]...)...)
	return p, nil
}

// transmit gives a message to the channel, or to the outbox while the channel is full
// or not linked yet. It fails when the channel is lost or the outbox full.
func (m *Monitor) transmit(p *peer, typ uint16, w *[message.Words]uint64) error {
	if p.lost != nil {
		return p.lost
	}
	if len(p.outbox) == 0 && m.put(p, typ, w) {
		m.counts[typ].out++
		return nil
	}
	if len(p.outbox) == maxOutbox {
		return fmt.Errorf("%d messages to core %d wait already", maxOutbox, p.core)
	}
	p.outbox = append(p.outbox, outgoing{typ, *w})
	return nil
}

// serve moves one peer's messages, both ways, and reports whether there were any.
func (m *Monitor) serve(p *peer) bool {
	busy := false
	if p.advance {
		p.advance = false
		m.step(p)
		busy = true
	}
	if p.lost != nil {
		m.ring(p)
		return busy
	}
	// A quarter of a ring: one peer does not keep the others waiting for long, and what
	// is answered to the first messages is on its way before the last are received.
	for range 8 {
		if !m.take(p, &p.in) {
			break
		}
		busy = true
		m.receive(p, &p.in)
	}
	if len(p.outbox) > 0 {
		busy = m.flush(p) || busy
	}
	m.ring(p)
	return busy
}

// ring is the doorbell, if the peer waits for what has been done.
func (m *Monitor) ring(p *peer) {
	if p.ch.Untold() && p.ch.PeerWaiting() {
		m.hart.Ring(p.core)
	}
}

// flush sends what waits for room.
func (m *Monitor) flush(p *peer) bool {
	n := 0
	for n < len(p.outbox) && m.put(p, p.outbox[n].typ, &p.outbox[n].w) {
		m.counts[p.outbox[n].typ].out++
		n++
	}
	p.flushed += uint64(n)
	if p.outbox = p.outbox[n:]; len(p.outbox) == 0 {
		p.outbox = nil
	}
	return n > 0
}

// step takes the next step of the channel's link.
func (m *Monitor) step(p *peer) {
	m.lookAfter(p)
	switch p.ch.Advance() {
	case ump.Linked:
		if !p.linked {
			p.linked, p.lost = true, nil
			m.linked(p)
		}
	case ump.Draining: // the peer lives another life; what it sent in this one is good
		m.drain(p)
		m.part(p, peerDead(p.core)) // the proof of its death follows
		m.expect(p.core, m.lives.get(p.core))
		if m.lives.get(p.core).alive() && m.reborn(p.core) {
			m.passed(p.core)
		}
	case ump.Broken:
		if m.lives.get(p.core).State == Unborn && m.hart.Stopped(p.core) {
			m.part(p, downError(p.core)) // what a dead core has left behind, of which this life has yet to hear
			return
		}
		m.lose(p, p.ch.Err())
	}
}

// drain receives what a peer had sent before its life ended.
func (m *Monitor) drain(p *peer) {
	for m.drainOne(p, &p.in) {
		m.receive(p, &p.in)
	}
}

// lose gives up a channel until the peer's next life: what waits for the peer ends
// now. The peer learns of it by the doorbell of this turn.
func (m *Monitor) lose(p *peer, why error) {
	if p.lost != nil {
		return
	}
	m.lines.printf("@%d channel-lost core=%d\n", m.self, p.core)
	m.lines.printf("core %d gives up its channel to core %d: %v\n", m.self, p.core, why)
	m.part(p, fmt.Errorf("the channel to core %d is lost: %w", p.core, why))
}

// part ends what waits for a peer, until it links anew.
func (m *Monitor) part(p *peer, why error) {
	if p.lost != nil {
		return
	}
	p.lost = why
	p.linked = false
	p.outbox = nil
	m.failCalls(p.core, p.lost)
	m.grants.Lost(p.core, why)
	m.loseBindings(p.core, why)
	m.loseUserChannels(p.core)
	m.bereave(p.core)
	m.partRoute(p.core)
	if g := m.pings[p.core]; g != nil {
		g.fail(p.lost)
	}
	if m.bell != nil && m.bell.peer == p {
		m.bell.finish(p.lost)
	}
	m.birth.lost(p)
}
