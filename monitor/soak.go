package monitor

import (
	"fmt"
	"time"

	"atoll/boot/plan"
	"atoll/monitor/message"
)

// A soak is traffic that proves itself: every core that takes part sends numbered
// messages to chosen others, in bursts of changing length that now and then fill a
// ring, and every core checks what it receives. Numbers begin at 1 for each pair
// of lives, and each message names that pair, so that a message of another life,
// or one that is torn, cannot pass for the next. A core begins anew with a peer as
// soon as that lives again; a new life of its own has to be told to take part.
const (
	soakGap   = 5 * time.Millisecond // between two bursts
	soakBurst = 40                   // messages at most in one: more than a ring holds
)

// soak is this core's part.
type soak struct {
	to       uint64 // cores to send to, 0 = take no part
	deadline uint64 // of the next burst, 0 = none
	streams  [plan.MaxCores]SoakReport
}

// soakMessage is one of them.
type soakMessage struct {
	Lives   uint64    // of the receiver, and of the sender above it
	Number  uint64    // from 1
	Mixture [5]uint64 // of these two
}

// soakQuestion names the cores to stream to as a set; none ends that.
type soakQuestion struct{ To uint64 }

var (
	soakTraffic   = message.Declare[soakMessage](15, "soak")
	askSoak       = message.DeclareRequest[soakQuestion, message.None](36, "soak-to")
	askSoakReport = message.DeclareStream[message.None, message.None, SoakReport](37, "soak-report")
)

func init() {
	handle(soakTraffic, (*Monitor).soaked)
	serve(askSoak, func(m *Monitor, _ client, q soakQuestion) (message.None, error) {
		return message.None{}, m.soakTo(q.To)
	})
	serveStream(askSoakReport, func(m *Monitor, _ client, _ message.None) (message.None, []SoakReport, error) {
		return message.None{}, m.soakReport(), nil
	})
}

// SoakReport is what one core knows of the streams between itself and a peer.
type SoakReport struct {
	Core        uint64
	Incarnation uint64 // of the peer, which Sent and Next are about
	Sent        uint64 // messages to that incarnation
	Next        uint64 // number expected next from that incarnation
	Received    uint64 // from all incarnations
	Lost        uint64 // numbers that were left out
	Doubled     uint64 // that came again
	Reordered   uint64 // that came after a later one
	Alien       uint64 // messages of another life, or torn
}

// soakTo lets this core send to a set of cores; 0 ends it.
func (m *Monitor) soakTo(set uint64) error {
	if set>>m.self&1 != 0 || set>>m.plan.NCores != 0 {
		return fmt.Errorf("core %d cannot send to the cores %#x", m.self, set)
	}
	for core := range int(m.plan.NCores) {
		if set>>core&1 == 0 {
			continue
		}
		if _, err := m.reach(core); err != nil && m.peers[core] == nil {
			return err
		}
	}
	m.soak.to, m.soak.deadline = set, 0
	if set != 0 {
		m.soak.deadline = m.hart.Now()
	}
	return nil
}

// unlessStreaming says why nothing can be measured while this core streams.
func (m *Monitor) unlessStreaming() error {
	if m.soak.to == 0 {
		return nil
	}
	return fmt.Errorf("core %d streams to others, and a measurement needs its channels for itself: soak stop ends that", m.self)
}

// expire sends the next burst to every peer.
func (s *soak) expire(m *Monitor, now uint64) {
	s.deadline = now + m.hart.Ticks(soakGap)
	for _, p := range m.order {
		if s.to>>p.core&1 != 0 && p.linked {
			m.soakBurst(p)
		}
	}
}

// stream returns the streams with a peer, anew if that lives a new life.
func (m *Monitor) stream(p *peer) *SoakReport {
	r := &m.soak.streams[p.core]
	if _, life := p.ch.Peer(); r.Incarnation != uint64(life) {
		r.Incarnation, r.Sent, r.Next = uint64(life), 0, 1
	}
	return r
}

// soakBurst sends one peer a burst, until a message has to wait for room.
func (m *Monitor) soakBurst(p *peer) {
	r := m.stream(p)
	n := soakWord(r.Sent, m.soak.deadline) % soakBurst
	for range n {
		if len(p.outbox) > 0 || send(m, p, soakTraffic, newSoak(uint64(m.incarnation), r.Incarnation, r.Sent+1)) != nil {
			return
		}
		r.Sent++
	}
}

// newSoak makes the message with a number from one life to another.
func newSoak(from, to, number uint64) soakMessage {
	s := soakMessage{Lives: from<<32 | to, Number: number}
	for i := range s.Mixture {
		s.Mixture[i] = soakWord(s.Lives, number+uint64(i)+2)
	}
	return s
}

// soakWord mixes two words (the finalizer of MurmurHash3).
func soakWord(a, b uint64) uint64 {
	x := a*0x9e3779b97f4a7c15 + b
	x = (x ^ x>>33) * 0xff51afd7ed558ccd
	x = (x ^ x>>33) * 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}

// soaked checks a message that a peer has sent.
func (m *Monitor) soaked(p *peer, s soakMessage) {
	r := m.stream(p)
	r.Received++
	number := s.Number
	switch {
	case s != newSoak(r.Incarnation, uint64(m.incarnation), number):
		r.Alien++
	case number == r.Next:
		r.Next++
	case number > r.Next:
		r.Lost += number - r.Next
		r.Next = number + 1
	case r.Lost > 0:
		r.Lost--
		r.Reordered++
	default:
		r.Doubled++
	}
}

// soakReport lists all streams of this core.
func (m *Monitor) soakReport() (list []SoakReport) {
	for core := range int(m.plan.NCores) {
		if r := m.soak.streams[core]; r.Incarnation != 0 {
			r.Core = uint64(core)
			list = append(list, r)
		}
	}
	return list
}
