package monitor

import (
	"atoll/boot/plan"
	"atoll/monitor/ump"
)

// The console has one owner at a time: core 0 at first, and when an owner has
// died the lowest-numbered living core. A core that comes back takes nothing
// back. The owner is where lines go, who keeps the lives of all cores and tells
// the others, and who starts cores.

// Progress is how far the script of run= is, so that a successor can go on.
type Progress struct{ Next, Status int }

// succeed chooses the owner after the last one has died. lines are what this core
// had still to send there.
func (m *Monitor) succeed(lines []outgoing) {
	alive := m.Alive()
	if len(alive) == 0 || alive[0] == m.self {
		m.takeOver()
	} else {
		m.follow(alive[0])
	}
	for _, o := range lines {
		m.resend(o)
	}
}

// follow takes another core for the owner.
func (m *Monitor) follow(owner int) {
	m.owner = owner
	p, err := m.open(owner)
	if err != nil {
		m.dropped++
		return
	}
	m.announce(p)
}

// announce tells the owner that this core is up, after all it has said before.
func (m *Monitor) announce(p *peer) {
	m.lines.pump()
	w := [7]uint64{uint64(m.incarnation)}
	if err := m.send(p, typeUp, &w); err != nil {
		m.dropped++
	}
}

// takeOver makes this core the owner, also of what its predecessor has begun: a core
// that it was starting ends itself (see birth.orphaned).
func (m *Monitor) takeOver() {
	m.owner = m.self
	m.console = m.hart.TakeConsole(m.progress)
	for core, life := range m.Lives() {
		if life.State == Starting {
			m.awaitBirth(core)
		}
		if core == m.self || life.State != Up {
			continue
		}
		if p, err := m.open(core); err == nil && p.linked {
			m.tellAll(p)
		}
	}
}

// resend brings a line that was meant for the last owner to the present one.
func (m *Monitor) resend(o outgoing) {
	if m.owner == m.self {
		m.own.take(m, m.self, &ump.Message{W: o.w, Type: o.typ})
		return
	}
	if p, err := m.open(m.owner); err != nil || m.send(p, o.typ, &o.w) != nil {
		m.dropped++
	}
}

// SetProgress tells the others how far run= is. It returns when the messages are
// in the channels, before the next command begins. Not for the event loop.
func (m *Monitor) SetProgress(pr Progress) {
	done := make(chan struct{})
	m.do(func() {
		m.progress = pr
		for _, p := range m.order {
			if !p.linked {
				continue
			}
			if err := m.send(p, typeProgress, &[7]uint64{uint64(pr.Next), uint64(pr.Status)}); err != nil {
				m.dropped++
			}
		}
		close(done)
	})
	<-done
}

// progressed takes the owner's word.
func (m *Monitor) progressed(p *peer, msg *ump.Message) {
	if p.core != m.owner || msg.W[0] > 1<<20 || msg.W[1] > 255 {
		m.dropped++
		return
	}
	m.progress = Progress{int(msg.W[0]), int(msg.W[1])}
}

// cameUp takes a core's word that it is up, as the owner.
func (m *Monitor) cameUp(p *peer, msg *ump.Message) {
	if m.owner != m.self {
		m.dropped++
		return
	}
	if _, linked := p.ch.Peer(); msg.W[0] != uint64(linked) {
		m.dropped++ // a life that the channel is not linked with
		return
	}
	life := m.lives.get(p.core)
	if inc := uint32(msg.W[0]); life.State == Up && inc > life.Incarnation {
		m.passed(p.core)
	}
	life.State, life.Incarnation = Up, uint32(msg.W[0])
	m.setLife(p.core, life)
	m.suspect.choose()
	m.tellAll(p)
	if m.progress != (Progress{}) {
		if err := m.send(p, typeProgress, &[7]uint64{uint64(m.progress.Next), uint64(m.progress.Status)}); err != nil {
			m.dropped++
		}
	}
}

// ConsoleOwner returns the core that owns the console's devices by the plan.
func ConsoleOwner(p *plan.Plan) uint32 {
	for _, d := range p.Devices[:p.NDevices] {
		if d.Kind == plan.DeviceUART && d.Console != 0 {
			return d.Owner
		}
	}
	return 0
}
