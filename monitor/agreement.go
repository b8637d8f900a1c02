package monitor

import (
	"sync/atomic"
	"time"

	"atoll/monitor/agree"
	"atoll/monitor/message"
	"atoll/monitor/replica"
	"atoll/monitor/route"
	"atoll/monitor/skb"
)

// Agreement between the cores is package agree's; here its messages meet the channels,
// and its Node learns of lives and deaths. What is agreed on is package replica's: services
// (names.go), the cores' records (membership.go), and who holds devices (handover.go).
//
// A zombie stays a member: it may have done what nobody else knows of, and may come back
// with it. So it holds up what begins while it is one, as package agree has it; its
// channels stay, and it goes on where it was when it is back. Who waits for an outcome
// has a bound (operation.go).

// Bounds.
const (
	// agreeWindow is how many operations of a core are on their way at most.
	agreeWindow = 32
	// maxServices is how many services all cores together can have.
	maxServices = 512
	// routeAfter is how many operations begin in a view before the knowledge base is
	// asked for a route: that costs it more than a few save.
	routeAfter = 64
	// connectAfter is how long after it has come up a large machine opens the channels
	// that it has done without.
	connectAfter = time.Second
)

// The messages. Those about views have a type of their own, to be counted apart.
var (
	operationTold = message.Declare[agree.Msg](22, "operation")
	viewTold      = message.Declare[agree.Msg](23, "view")
)

func init() {
	handleIn(operationTold, func(m *Monitor, p *peer, msg *agree.Msg) { m.agreement.node.Step(p.core, msg) })
	handleIn(viewTold, func(m *Monitor, p *peer, msg *agree.Msg) {
		m.agreement.node.Step(p.core, msg)
		m.lookAgain()
	})
	multicastHandlers[multicastAgree] = (*Monitor).agreeAsked
}

// agreement is this core's part. It belongs to the event loop.
type agreement struct {
	node    *agree.Node
	replica *replica.Replica

	outs   []agree.Out   // that are being sent
	events []agree.Event // what has happened
	acted  int           // how many of them have been acted on

	running   [agreeWindow]outcome // of own operations, by number
	waiting   []*waiter            // who wants to begin one
	changed   bool                 // something may go on now: operations that wait, names
	moved     bool                 // and lives or devices may have to be agreed on
	begun     int                  // operations since the view was installed
	members   atomic.Uint64        // of the view that was last acted on
	decisions int                  // multicasts of decisions that are on their way
	connected bool                 // it has
	asked     route.Set            // cores that it has asked to, in their present lives
	connectAt uint64               // when a large machine opens the channels it lacks, 0 = not yet
	retry     uint64               // when to try again what was refused, 0 = nothing was
}

func (a *agreement) init(m *Monitor) {
	a.replica = replica.New(m.plan, maxServices, func(device int) []int { return skb.Succession(m.plan, device) })
	a.node = agree.New(agree.Config{
		Self: m.self, Cores: int(m.plan.NCores), Life: m.incarnation, Window: agreeWindow, Batch: true,
		State: &agreedState{a.replica, a}, Reborn: m.mayLiveAgain,
	})
	a.outs = make([]agree.Out, 0, cap(a.node.Outs()))
}

// mayLiveAgain reports, by firmware's word of now, whether a core whose last known life
// is over may have begun another.
func (m *Monitor) mayLiveAgain(core int, life uint32) bool {
	return life > 0 && (!m.hart.Stopped(core) || m.reborn(core))
}

// linkAgreement takes note that messages pass between a peer and this core.
func (m *Monitor) linkAgreement(p *peer) {
	_, life := p.ch.Peer()
	m.agreement.node.Up(p.core, life)
	m.lookAgain()
}

// partAgreement takes note that a core's life is over and all that it had sent was
// received, or that it never came up (0).
func (m *Monitor) partAgreement(core int, life uint32) {
	m.agreement.node.Dead(core, life)
	m.agreement.asked &^= route.Of(core)
	m.lookAgain()
}

// flush sends what the Node has to say.
func (a *agreement) flush(m *Monitor) {
	if len(a.node.Events()) > 0 {
		a.events = append(a.events, a.node.Events()...)
	}
	a.outs = a.node.Take(a.outs)
	for i := range a.outs {
		m.sendAgreement(&a.outs[i])
	}
}

// turn sends what the Node has to say, acts on what has happened, and reports whether
// there was anything. It is called once in a turn of the event loop, so that what
// belongs together goes in one message.
func (a *agreement) turn(m *Monitor) bool {
	if len(a.node.Outs()) == 0 && len(a.node.Events()) == 0 && len(a.events) == a.acted && !a.changed {
		return false
	}
	a.flush(m)
	for a.acted < len(a.events) { // what is done with one may bring others
		a.acted++
		a.happened(a.events[a.acted-1])
	}
	a.events, a.acted = a.events[:0], 0
	if a.changed {
		a.changed = false
		m.connectAll()
		m.goOn()
		if a.retry == 0 {
			m.keepNames()
		}
		if a.retry == 0 && a.moved {
			a.moved = false
			m.keepDevices()
			m.keepSeeds()
			m.noteLives()
		}
	}
	if len(a.node.Outs()) > 0 { // of what has begun meanwhile
		a.flush(m)
	}
	return true
}

// lookAgain has this core look what is its part to have agreed on.
func (m *Monitor) lookAgain() { m.agreement.changed, m.agreement.moved = true, true }

// retryGap is how long a core waits before it tries again what was refused, such as a
// name that two have exported at once. Cores wait for different times, lest they meet again.
const retryGap = 10 * time.Millisecond

// agreeLater has this core try again, after a while, what is its part to have agreed on.
func (m *Monitor) agreeLater() {
	m.agreement.retry = m.hart.Now() + uint64(1+m.self)*m.hart.Ticks(retryGap)
}

// deadline returns when this core opens channels or tries something again, 0 = it need not.
func (a *agreement) deadline() uint64 {
	if a.connected || a.connectAt == 0 || a.retry != 0 && a.retry < a.connectAt {
		return a.retry
	}
	return a.connectAt
}

// expire has a turn do what the deadline was for.
func (a *agreement) expire(now uint64) {
	a.changed, a.moved = true, true
	if a.retry <= now {
		a.retry = 0
	}
}

// connectAll opens the channels that a large machine lacks, a while after it has come up:
// all have to agree. Of two cores the lower one begins.
func (m *Monitor) connectAll() {
	a := &m.agreement
	if int(m.plan.NCores) <= eagerCores || !m.birth.over {
		return
	}
	now := m.hart.Now()
	if a.connectAt == 0 {
		a.connectAt = now + m.hart.Ticks(connectAfter)
	}
	if now < a.connectAt {
		return
	}
	first := !a.connected
	a.connected = true
	for core := m.self + 1; core < int(m.plan.NCores); core++ {
		p := m.peers[core]
		if (p == nil || !p.linked && p.lost == nil) && m.lives.get(core).State == Up && !a.asked.Has(core) {
			a.asked |= route.Of(core)
			if _, err := m.reach(core); err != nil && first {
				m.lines.printf("%v\n", err)
			}
		}
	}
}

// sendAgreement sends one message to all that it is for.
func (m *Monitor) sendAgreement(o *agree.Out) {
	to := route.Set(o.To)
	operation := o.Msg.Kind <= agree.Reply
	if !o.Direct && operation && to&(to-1) != 0 && m.byTree() && m.multicastAgreement(to, &o.Msg) {
		return
	}
	d := viewTold
	if operation {
		d = operationTold
	}
	for ; to != 0; to &= to - 1 {
		// A zombie's channel, too, takes what it will find when it is back. Where there
		// is none the core is dead, and the Node about to learn of it.
		if p := m.peers[to.Lowest()]; p != nil && p.lost == nil {
			postIn(m, p, d, &o.Msg)
		}
	}
}

// agreedState is the replica, and what is agreed on for nothing but to measure how long
// that takes.
type agreedState struct {
	*replica.Replica
	a *agreement
}

// did takes note that an operation has changed the replica, or will not.
func (s *agreedState) did(op *agree.Op) {
	s.a.changed = true
	s.a.moved = s.a.moved || op.Type != replica.Put && op.Type != replica.Delete
}

// opNothing is an operation that changes nothing and meets no conflict.
const opNothing = 255

func (s *agreedState) Check(op *agree.Op) bool { return op.Type == opNothing || s.Replica.Check(op) }

func (s *agreedState) Do(op *agree.Op) {
	if op.Type != opNothing {
		s.Replica.Do(op)
		s.did(op)
	}
}

func (s *agreedState) Prepare(op *agree.Op) bool {
	return op.Type == opNothing || s.Replica.Prepare(op)
}

func (s *agreedState) Commit(op *agree.Op) {
	if op.Type != opNothing {
		s.Replica.Commit(op)
		s.did(op)
	}
}

func (s *agreedState) Abort(op *agree.Op) {
	if op.Type != opNothing {
		s.Replica.Abort(op)
		s.did(op)
	}
}
