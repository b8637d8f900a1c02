package monitor

import (
	"fmt"
	"math/bits"
	"time"

	"atoll/arch/order"
	"atoll/monitor/histogram"
	"atoll/monitor/message"
	"atoll/monitor/route"
	"atoll/monitor/ump"
)

// The raw protocols of the paper's Figure 6, which have the shape of a TLB shootdown:
// the root tells all others something, and each acknowledges without doing anything.
// All poll meanwhile. Down and up go the messages that a route says, or a line that
// the root writes and all others read.

// shoot is one core's part in a raw protocol.
type shoot struct {
	root     *peer // nil = this core
	parent   *peer
	children []*peer
	asked    route.Set // the children
	line     bool      // the root's word comes in its line
	round    uint64
}

// shooting is what the root knows of a raw protocol.
type shooting struct {
	route                *route.Route // to be measured next
	asked                route.Set    // to take part
	ready, refused, left route.Set    // who does, does not, or has ended
	missing              route.Set    // whom it last waited for
}

// Bounds of a raw protocol.
const (
	maxShooters = 32 // cores that take part: the message that tells a core its part has no more room
	shootTime   = 500 * time.Millisecond
	// Who has polled in vain for longer than it takes to wake a hart naps in between: it
	// may keep the others from running, for an emulator that counts instructions lets harts
	// take turns, each until the next timer, and a host may have fewer processors than
	// harts. Less than a wake-up would not do: two harts would go on napping in turns.
	shootPoll = 400 * time.Microsecond
	shootNap  = 50 * time.Microsecond
)

// ShootReport is what came of one strategy with some cores.
type ShootReport struct {
	Times  Times
	Rounds uint64
}

// benchShoot measures the route that the console has left, with this core as root.
func (m *Monitor) benchShoot(who client, rounds uint64) (report ShootReport, err error) {
	r := m.shooting.route
	m.shooting.route = nil
	if r == nil || rounds == 0 || rounds > maxRounds || r.Members().Count() > maxShooters {
		return report, fmt.Errorf("core %d cannot measure %d rounds of that", m.self, rounds)
	}
	parts, err := m.shootParts(r)
	if err != nil {
		return report, err
	}
	each := min(batch, rounds)
	rounds = (rounds + each - 1) / each * each // whole samples
	m.measure(who, func() {
		s := m.shootPart(parts[m.self], r.Strategy())
		if err = m.shootBegin(r, parts, s, rounds); err == nil {
			report, err = m.shootRounds(s, rounds, each)
		}
		m.shootEnd()
	})
	return report, err
}

// shootPlan is whom a core asks, in order, and who asks it.
type shootPlan struct {
	parent   int
	children []int
}

// shootParts divides the members of a route as a multicast of this core would. All of
// them must have channels to whom they ask; only this core's can be looked at.
func (m *Monitor) shootParts(r *route.Route) (map[int]shootPlan, error) {
	if m.measuring || m.bell != nil {
		return nil, errMeasuring
	}
	for core := range (r.Members() &^ route.Of(m.self)).All() {
		switch p := m.peers[core]; {
		case p == nil || !p.linked || p.lost != nil:
			return nil, fmt.Errorf("core %d has no open channel to core %d", m.self, core)
		case len(p.outbox) > 0:
			return nil, p.inUse(m)
		}
	}
	parts := map[int]shootPlan{}
	r.Asks(m.self, r.Members(), func(from, to int) {
		p := parts[from]
		p.children = append(p.children, to)
		parts[from] = p
		p = parts[to]
		p.parent = from
		parts[to] = p
	})
	return parts, nil
}

// shootPart is this core's part as root.
func (m *Monitor) shootPart(plan shootPlan, strategy route.Strategy) *shoot {
	s := &shoot{line: strategy == route.Broadcast}
	for _, core := range plan.children {
		s.children = append(s.children, m.peers[core])
	}
	s.asked = route.Of(plan.children...)
	return s
}

// shootBegin tells all others their parts and waits until each takes part: no message
// of the protocol may come before.
func (m *Monitor) shootBegin(r *route.Route, parts map[int]shootPlan, s *shoot, rounds uint64) error {
	m.shooting = shooting{}
	for core := range (r.Members() &^ route.Of(m.self)).All() {
		if err := sendNow(m, m.peers[core], shootBegun, parts[core].message(s.line, rounds)); err != nil {
			return err
		}
		m.shooting.asked |= route.Of(core)
	}
	from := m.hart.Now()
	for m.shooting.ready != m.shooting.asked {
		late := m.shooting.asked &^ m.shooting.ready
		for core := range late.All() {
			p := m.peers[core]
			if m.serve(p); p.lost != nil {
				return p.lost
			}
		}
		switch {
		case m.shooting.refused != 0:
			return fmt.Errorf("core %d takes part in no measurement now", m.shooting.refused.Lowest())
		case m.hart.Now()-from > m.hart.Ticks(spinTime):
			return fmt.Errorf("core %d does not take part", late.Lowest())
		case !m.shootLook(0):
			return errCancelled
		}
	}
	return nil
}

// shootRounds makes the rounds, as the root, for as long as shootTime allows; so many
// are a sample.
func (m *Monitor) shootRounds(s *shoot, rounds, each uint64) (r ShootReport, err error) {
	var h histogram.Histogram
	begun := m.hart.Now()
	for t := begun; r.Rounds < rounds && t-begun < m.hart.Ticks(shootTime); {
		for range each {
			s.round++
			if !m.shootDown(s) || !m.shootGather(s) {
				if m.cutShort {
					return r, errCancelled
				}
				return r, fmt.Errorf("core %d stopped answering in round %d", m.shooting.missing.Lowest(), s.round)
			}
		}
		r.Rounds += each
		now := m.hart.Now()
		h.Add(now - t)
		if !m.shootLook(s.asked) && m.cutShort { // who is gone shows in the next round
			return r, errCancelled
		}
		t = m.hart.Now()
	}
	r.Times = m.times(&h, int(each))
	return r, nil
}

// shootEnd tells those who take part that it is over, whether all rounds were made or
// not, and waits until they have left it: they are free for the next measurement.
func (m *Monitor) shootEnd() {
	waiting := m.shooting.asked
	for core := range waiting.All() {
		if p := m.peers[core]; p.lost == nil && sendNow(m, p, benchEnd, message.None{}) != nil {
			m.drop(benchEnd.Number())
		}
	}
	for from := m.hart.Now(); m.hart.Now()-from < m.hart.Ticks(spinTime); {
		here := waiting &^ m.shooting.left &^ m.shooting.refused
		for core := range here.All() {
			if p := m.peers[core]; p.lost != nil {
				waiting &^= route.Of(core)
			} else {
				m.serve(p)
			}
		}
		if here == 0 {
			return
		}
		m.shootLook(0)
	}
}

// shootDown asks the children, or as the root of a broadcast writes the line.
func (m *Monitor) shootDown(s *shoot) bool {
	w := [message.Words]uint64{s.round}
	if s.line && s.root == nil { // its children are there to answer only
		order.StoreRelease64(&m.broadcast.own.page.Round, s.round)
		return true
	}
	for _, p := range s.children {
		if !m.shootSend(p, &w) {
			m.shooting.missing = route.Of(p.core)
			return false
		}
	}
	return true
}

// shootGather waits for all children, in the order in which they answer.
func (m *Monitor) shootGather(s *shoot) bool {
	var msg ump.Message
	looks, from := 0, uint64(0)
	for waiting := uint64(1)<<len(s.children) - 1; waiting != 0; {
		for rest := waiting; rest != 0; rest &= rest - 1 {
			i := bits.TrailingZeros64(rest)
			p := s.children[i]
			if !p.ch.TryRecv(&msg) {
				continue
			}
			if isRound(&msg, s.round) {
				waiting &^= 1 << i
			} else {
				m.receive(p, &msg)
			}
		}
		if looks++; looks%spinLooks == 0 && waiting != 0 {
			m.shooting.missing = route.Of(s.children[bits.TrailingZeros64(waiting)].core)
			if !m.shootGoesOn(&from, s.asked) {
				return false
			}
		}
	}
	return true
}

func isRound(msg *ump.Message, round uint64) bool {
	return msg.Type == shootRound.Number() && msg.W[0] == round
}

// shootSend sends a message of the protocol. There is room for it, since no more than
// two of a link can be on their way, unless the other end does not keep to it.
func (m *Monitor) shootSend(p *peer, w *[message.Words]uint64) bool {
	return p.ch.TrySend(shootRound.Number(), w)
}

// shootGoesOn is called now and then by who waits for the cores of a set, and says
// whether to go on. from is when it was called first, 0 at first.
func (m *Monitor) shootGoesOn(from *uint64, polled route.Set) bool {
	now := m.hart.Now()
	if *from == 0 {
		*from = now
	}
	if now-*from > m.hart.Ticks(shootPoll) {
		m.handle(m.hart.Wait(m.hart.Now() + m.hart.Ticks(shootNap)))
	}
	return m.shootLook(polled) && now-*from <= m.hart.Ticks(spinTime)
}

// shootLook is breathe for who waits for several cores: it serves all others now and
// then. Of those that are polled it looks at the state of the channel only, for their
// messages are the protocol's; whether one of them is gone says its answer.
func (m *Monitor) shootLook(polled route.Set) bool {
	now := m.hart.Now()
	if now-m.breathed < m.hart.Ticks(breathTime) {
		return !m.cutShort
	}
	m.breathed = now
	m.runWork()
	m.glance(now)
	here := true
	for _, p := range m.order {
		if !polled.Has(p.core) {
			m.serve(p)
			continue
		}
		if p.advance {
			p.advance = false
			m.step(p)
		}
		here = here && p.lost == nil
	}
	return here && !m.cutShort
}
