package monitor

import (
	"atoll/arch/order"
	"atoll/boot/plan"
	"atoll/monitor/message"
	"atoll/monitor/route"
	"atoll/monitor/ump"
)

// shootMessage gives a core its part in a raw protocol.
type shootMessage struct {
	Rounds   uint64
	Parent   uint32
	Line     uint32             // 1 = the root's word comes in its line
	Children [maxShooters]uint8 // in order: a core's number and 1, 0 = no more
}

// shootWord is what a core says of its part to the root.
type shootWord uint64

const (
	shootRefuse shootWord = 1 + iota
	shootJoin
	shootLeave
)

var (
	shootBegun    = message.Declare[shootMessage](29, "shootdown")
	shootSaid     = message.Declare[shootWord](30, "shootdown-said")
	shootRound    = message.Declare[uint64](31, "shootdown-round") // of the raw protocol, both ways
	askBenchShoot = message.DeclareRequest[uint64, ShootReport](60, "bench-shootdown")
)

func init() {
	handle(shootBegun, (*Monitor).shootServe)
	handle(shootSaid, (*Monitor).shootAnswered)
	handle(shootRound, func(m *Monitor, _ *peer, _ uint64) { m.drop(shootRound.Number()) }) // late
	serve(askBenchShoot, (*Monitor).benchShoot)
}

// message is a part as it is sent.
func (part shootPlan) message(line bool, rounds uint64) shootMessage {
	w := shootMessage{Rounds: rounds, Parent: uint32(part.parent)}
	if line {
		w.Line = 1
	}
	for i, core := range part.children {
		w.Children[i] = uint8(core + 1)
	}
	return w
}

// shootTask reads a part, nil if it cannot be played.
func (m *Monitor) shootTask(root *peer, w *shootMessage) *shoot {
	s := &shoot{root: root, parent: m.shootPeer(w.Parent), line: w.Line != 0}
	if s.parent == nil || s.line && (s.parent != root || m.broadcast.held[root.core] == nil) {
		return nil
	}
	taken := route.Of(s.parent.core)
	for _, child := range w.Children {
		if child == 0 {
			break
		}
		p := m.shootPeer(uint32(child - 1))
		if p == nil || taken.Has(p.core) {
			return nil
		}
		taken |= route.Of(p.core)
		s.children = append(s.children, p)
		s.asked |= route.Of(p.core)
	}
	return s
}

// shootPeer returns a peer that messages can be sent to at once, nil if it is none.
func (m *Monitor) shootPeer(core uint32) *peer {
	if core >= plan.MaxCores {
		return nil
	}
	p := m.peers[core]
	if p == nil || !p.linked || p.lost != nil || len(p.outbox) > 0 {
		return nil
	}
	return p
}

// shootServe takes part in a raw protocol, if that can be done now, and says so.
func (m *Monitor) shootServe(root *peer, w shootMessage) {
	say := func(word shootWord) {
		if sendNow(m, root, shootSaid, word) != nil {
			m.drop(shootSaid.Number())
		}
	}
	s := m.shootTask(root, &w)
	if s == nil || m.measuring || m.hart.Now() < m.restUntil {
		say(shootRefuse)
		return
	}
	m.measure(client{core: root.core}, func() {
		say(shootJoin)
		if !m.shootPlay(s, min(w.Rounds, maxRounds)) {
			m.rest(append(s.children, s.parent, root)...)
		}
	})
	say(shootLeave)
}

// shootPlay makes the rounds, and reports whether the others kept to them.
func (m *Monitor) shootPlay(s *shoot, rounds uint64) bool {
	for range rounds {
		s.round++
		w := [message.Words]uint64{s.round}
		switch {
		case s.line && !m.shootAwaitLine(s), !s.line && !m.shootAwait(s):
			return false
		case !m.shootDown(s) || !m.shootGather(s):
			return false
		case !m.shootSend(s.parent, &w):
			return false
		}
		if s.round%breathRounds == 0 && !m.shootLook(route.Of(s.parent.core)) {
			return false
		}
	}
	return true
}

// shootAwait waits for the parent's word.
func (m *Monitor) shootAwait(s *shoot) bool {
	var msg ump.Message
	for from := uint64(0); ; {
		switch got := s.parent.ch.Await(&msg, spinLooks); {
		case got && isRound(&msg, s.round):
			return true
		case got:
			m.receive(s.parent, &msg)
		}
		if !m.shootGoesOn(&from, route.Of(s.parent.core)) {
			return false
		}
	}
}

// shootAwaitLine waits for the root's word in its line, which may be taken back
// meanwhile.
func (m *Monitor) shootAwaitLine(s *shoot) bool {
	for from := uint64(0); ; {
		line := m.broadcast.held[s.root.core]
		if line == nil {
			return false
		}
		for range spinLooks {
			if order.Load64(&line.page.Round) == s.round {
				order.FenceAcquire()
				return true
			}
		}
		if !m.shootGoesOn(&from, 0) {
			return false
		}
	}
}

// shootAnswered takes, at the root, a core's word whether it takes part.
func (m *Monitor) shootAnswered(p *peer, word shootWord) {
	switch word {
	case shootRefuse:
		m.shooting.refused |= route.Of(p.core)
	case shootJoin:
		m.shooting.ready |= route.Of(p.core)
	case shootLeave:
		m.shooting.left |= route.Of(p.core)
	default:
		m.drop(shootSaid.Number())
	}
}
