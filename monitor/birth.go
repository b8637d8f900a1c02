package monitor

import (
	"time"

	"atoll/monitor/ump"
)

// birth brings the machine up: the boot core starts the other harts, every core
// links its channels and tells core 0, and core 0 says when all is ready or who
// is left out.
type birth struct {
	m        *Monitor
	ready    uint64 // cores whose channels are all linked
	absent   uint64 // cores that are left out
	toldDone bool
	deadline uint64 // when core 0 stops waiting, or a later life looks for its starter
}

func (b *birth) init(m *Monitor) { b.m = m; b.toldDone = m.incarnation > 1 }

// connect opens the channels that this core has from the start.
func (m *Monitor) connect() {
	n := int(m.plan.NCores)
	for core := range n {
		if core != m.self && (n <= eagerCores || m.self == m.owner || core == m.owner || m.incarnation > 1) {
			if _, err := m.open(core); err != nil {
				m.lines.printf("%v\n", err)
			}
		}
	}
	if m.self == m.owner {
		m.birth.deadline = m.hart.Now() + m.hart.Ticks(upTime)
		return
	}
	if m.incarnation > 1 {
		m.birth.deadline = m.hart.Now() + m.hart.Ticks(orphanGap)
	}
}

// orphanGap is how often a later life looks whether who started it lives, until that
// has told it who lives.
const orphanGap = 100 * time.Millisecond

// orphaned ends this life if who started it has died before it knew of us: no other
// core would tell this one who has the console now. The successor can start it again.
func (b *birth) orphaned() {
	m := b.m
	switch {
	case m.lives.get(m.owner).State != Unborn: // told: from here on it is watched
	case m.hart.Stopped(m.owner):
		if err := m.hart.Fail(FailStop); err != nil {
			m.dropped++
		}
	default:
		b.deadline = m.hart.Now() + m.hart.Ticks(orphanGap)
	}
}

// startHarts starts the others, if this is the core that firmware entered.
func (m *Monitor) startHarts() {
	if m.self != int(m.plan.BootCore) || m.incarnation > 1 {
		return
	}
	for core := range int(m.plan.NCores) {
		if core == m.self {
			continue
		}
		if err := m.hart.Start(core); err != nil {
			m.lines.printf("core %d on hart %d is left out: %v\n", core, m.plan.Cores[core].Row.Hart, err)
			m.birth.leaveOut(core)
		} else {
			m.awaitBirth(core)
		}
	}
}

// leaveOut tells core 0 that a core will not come up.
func (b *birth) leaveOut(core int) {
	if b.m.self == 0 {
		b.miss(core)
		return
	}
	p, err := b.m.open(0)
	if err == nil {
		err = b.m.send(p, typeAbsent, &[7]uint64{uint64(core)})
	}
	if err != nil {
		b.m.dropped++
	}
}

// miss marks a core as left out, at core 0, and tells the others.
func (b *birth) miss(core int) {
	if b.absent>>core&1 != 0 {
		return
	}
	b.absent |= 1 << core
	if l := b.m.lives.get(core); l.State == Unborn {
		b.m.setLife(core, Life{State: Absent})
	}
	w := [7]uint64{uint64(core)}
	for _, p := range b.m.order {
		if p.core != core && p.linked {
			if err := b.m.send(p, typeAbsent, &w); err != nil {
				b.m.dropped++
			}
		}
	}
	b.check()
}

// linked notes that the channel to a peer carries messages now.
func (b *birth) linked(p *peer) {
	if b.m.self == 0 {
		for core := range int(b.m.plan.NCores) {
			if b.absent>>core&1 != 0 && core != p.core {
				w := [7]uint64{uint64(core)}
				if err := b.m.send(p, typeAbsent, &w); err != nil {
					b.m.dropped++
				}
			}
		}
	}
	b.check()
}

// lost ends the waiting for a core whose channel is lost: it cannot say any more
// that it is ready.
func (b *birth) lost(p *peer) {
	switch {
	case b.toldDone:
	case b.m.self == 0:
		b.miss(p.core)
	default:
		b.check()
	}
}

// check tells core 0 how far this core is, and ends core 0's waiting when every
// core has been heard of.
func (b *birth) check() {
	m := b.m
	for _, p := range m.order {
		if !p.linked && b.absent>>p.core&1 == 0 && p.lost == nil {
			return
		}
	}
	if b.toldDone {
		return
	}
	if m.self != 0 {
		b.toldDone = m.peers[0] != nil && m.send(m.peers[0], typeReady, new([7]uint64)) == nil
		return
	}
	others := uint64(1)<<m.plan.NCores - 2 // all but core 0
	if (b.ready|b.absent)&others == others {
		b.done()
	}
}

// done ends core 0's waiting.
func (b *birth) done() {
	b.toldDone = true
	b.deadline = 0
	b.m.onReady()
}

// receive takes what a peer says of itself or of an absent core.
func (b *birth) receive(p *peer, msg *ump.Message) {
	m := b.m
	switch {
	case msg.Type == typeReady && m.self == 0:
		b.ready |= 1 << p.core
		b.check()
	case msg.Type == typeAbsent && msg.W[0] < uint64(m.plan.NCores) && int(msg.W[0]) != m.self:
		switch {
		case m.self == 0 && p.core == int(m.plan.BootCore):
			b.miss(int(msg.W[0]))
		case p.core == 0:
			b.absent |= 1 << msg.W[0]
			b.check()
		default:
			m.dropped++
		}
	default:
		m.dropped++
	}
}

// expire leaves out who has not come up in time.
func (b *birth) expire() {
	b.deadline = 0
	if b.m.self != 0 || b.m.incarnation > 1 {
		b.orphaned()
		return
	}
	for core := 1; core < int(b.m.plan.NCores); core++ {
		if b.m.lives.get(core).State == Unborn && b.absent>>core&1 == 0 {
			b.m.lines.printf("core %d on hart %d is left out: it did not come up within %v\n",
				core, b.m.plan.Cores[core].Row.Hart, upTime)
			b.miss(core)
		}
	}
	if !b.toldDone {
		b.m.lines.printf("not every pair of cores has a channel\n")
		b.done()
	}
}
