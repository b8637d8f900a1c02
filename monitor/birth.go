package monitor

import (
	"time"

	"atoll/monitor/message"
)

// birth brings the machine up: the boot core starts the other harts, every core
// links its channels and tells the owner of the console, and that says when all is
// ready or who is left out. Should it die before, or never live, its heir goes on:
// all tell that once more.
type birth struct {
	m        *Monitor
	ready    uint64 // cores whose channels are all linked
	absent   uint64 // cores that are left out
	told     bool   // the owner, that this core is ready
	over     bool   // the machine is up
	deadline uint64 // when the owner stops waiting, or another core looks for it
	giveUp   uint64 // when a first life stops waiting for an owner whose hart has stopped
}

// absentMessage says that a core did not come up and is left out.
type absentMessage struct{ Core uint64 }

var (
	readyTold  = message.Declare[message.None](5, "ready")
	absentTold = message.Declare[absentMessage](6, "absent")
)

func init() {
	handle(readyTold, func(m *Monitor, p *peer, _ message.None) { m.birth.saidReady(p) })
	handle(absentTold, func(m *Monitor, p *peer, a absentMessage) { m.birth.saidAbsent(p, a) })
}

func (b *birth) init(m *Monitor) { b.m = m; b.over = m.incarnation > 1 }

// connect opens the channels that this core has from the start.
func (m *Monitor) connect() {
	n, boot := int(m.plan.NCores), int(m.plan.BootCore)
	central := func(core int) bool { return core == m.owner || core == boot }
	for core := range n {
		if core != m.self && (n <= eagerCores || central(m.self) || central(core) || m.incarnation > 1) {
			if _, err := m.open(core); err != nil {
				m.lines.printf("%v\n", err)
			}
		}
	}
	now := m.hart.Now()
	m.birth.giveUp = now + m.hart.Ticks(upTime)
	if m.birth.deadline = m.birth.giveUp; m.self != m.owner {
		m.birth.deadline = now + m.hart.Ticks(orphanGap)
	}
}

// orphanGap is how often a core looks whether the owner lives, until it has heard of
// that and the machine is up.
const orphanGap = 100 * time.Millisecond

// orphaned looks after an owner that this core has not heard of, or that brings the
// machine up. A later life whose
// starter has died before it knew of us ends: no other core would tell this one who
// has the console now. The successor can start it again. A first life takes the owner
// for dead when its hart has stopped and nobody will start it (again): when it has
// lived, at once, else when the boot core's time for that is over (the boot core itself
// knows sooner, see confirmAll, and says so).
func (b *birth) orphaned() {
	m := b.m
	now := m.hart.Now()
	switch stopped := m.hart.Stopped(m.owner); {
	case m.lives.get(m.owner).State != Unborn && !m.newborn():
		if b.over {
			return // from here on it is watched
		}
		if stopped {
			m.died(m.owner)
		}
	case !stopped:
		b.giveUp = now + m.hart.Ticks(upTime)
	case m.incarnation > 1:
		if err := m.hart.Fail(FailStop); err != nil {
			m.lines.printf("%v\n", err)
		}
		return
	case m.shown(m.owner) == 1 || now >= b.giveUp:
		m.died(m.owner)
	}
	if m.owner == m.self {
		return // inherit has set the deadline
	}
	b.deadline = now + m.hart.Ticks(orphanGap)
}

// stillborn takes note of a core that has never been heard of and whose hart has
// stopped for good.
func (b *birth) stillborn(core int) {
	m := b.m
	if !m.hart.Stopped(core) {
		return
	}
	crash, err := m.hart.Crash(core)
	if m.shown(core) == 1 || err == nil && crash.Incarnation == 1 {
		m.noteLife(core, Life{State: Up, Incarnation: 1}) // it has lived
		m.passed(core)
		return
	}
	m.lines.printf("core %d on hart %d is left out: its hart has stopped\n", core, m.plan.Cores[core].Row.Hart)
	b.leaveOut(core)
}

// inherit goes on with the birth of the machine as the new owner, and returns what is
// closed when it is up; nil if it has been.
func (b *birth) inherit() <-chan struct{} {
	if b.over {
		return nil
	}
	up := make(chan struct{})
	b.m.onReady = func() { close(up) }
	b.deadline = b.m.hart.Now() + b.m.hart.Ticks(upTime)
	return up
}

// startHarts starts the others, if this is the core that firmware entered.
func (m *Monitor) startHarts() {
	if m.self != int(m.plan.BootCore) || m.incarnation > 1 {
		return
	}
	var failed []int
	for core := range int(m.plan.NCores) {
		if core == m.self {
			continue
		}
		if err := m.hart.Start(core); err != nil {
			m.lines.printf("core %d on hart %d is left out: %v\n", core, m.plan.Cores[core].Row.Hart, err)
			failed = append(failed, core)
		} else {
			m.awaitBirth(core)
		}
	}
	for _, core := range failed { // now the heir of one that has the console can be seen
		m.birth.leaveOut(core)
	}
}

// leaveOut tells the owner that a core will not come up. If that is the owner, the
// heir takes its place.
func (b *birth) leaveOut(core int) {
	m := b.m
	b.absent |= 1 << core
	switch {
	case m.self == m.owner:
		b.miss(core)
		return
	case core == m.owner:
		b.disown()
		return
	}
	p, err := b.m.open(m.owner)
	if err == nil {
		err = send(b.m, p, absentTold, absentMessage{uint64(core)})
	}
	if err != nil {
		b.m.drop(absentTold.Number())
	}
}

// disown leaves out the owner, which has never lived, and lets its heir follow. It
// counts as a life: in the next one the console is not its own.
func (b *birth) disown() {
	m := b.m
	gone := m.owner
	b.absent |= 1 << gone
	m.setLife(gone, Life{State: Absent, Incarnation: 1})
	lines := m.bury(gone, 1)
	m.succeed()
	for _, text := range lines {
		m.lines.line(text)
	}
	if m.self == int(m.plan.BootCore) {
		for _, p := range m.order {
			if p.linked {
				b.tellAbsent(p)
			}
		}
	}
}

// miss marks a core as left out, at the owner, and tells the others.
func (b *birth) miss(core int) {
	b.absent |= 1 << core
	if l := b.m.lives.get(core); l.State == Unborn {
		b.m.setLife(core, Life{State: Absent})
		b.m.partAgreement(core, 0)
	}
	for _, p := range b.m.order {
		if p.core != core && p.linked {
			post(b.m, p, absentTold, absentMessage{uint64(core)})
		}
	}
	b.check()
}

// linked notes that the channel to a peer carries messages now.
func (b *birth) linked(p *peer) {
	if b.m.self == b.m.owner || b.m.self == int(b.m.plan.BootCore) {
		b.tellAbsent(p)
	}
	if _, life := p.ch.Peer(); b.m.self == b.m.owner && b.over && life == 1 {
		b.tellReady(p) // a later life takes it for granted
	}
	b.check()
}

// tellAbsent tells a peer who is left out, tellReady that the machine is up or, if it is
// the owner, that this core is.
func (b *birth) tellAbsent(p *peer) {
	for core := range int(b.m.plan.NCores) {
		if b.absent>>core&1 != 0 && core != p.core {
			post(b.m, p, absentTold, absentMessage{uint64(core)})
		}
	}
}

func (b *birth) tellReady(p *peer) bool {
	err := send(b.m, p, readyTold, message.None{})
	if err != nil {
		b.m.drop(readyTold.Number())
	}
	return err == nil
}

// followed tells a new owner what this core has told the last one, unless the machine
// is up.
func (b *birth) followed() {
	if b.over {
		return
	}
	b.told = false
	b.check()
}

// lost ends the waiting for a core whose channel is lost: it cannot say any more
// that it is ready.
func (b *birth) lost(p *peer) {
	switch {
	case b.over || b.told:
	case b.m.self == b.m.owner:
		b.miss(p.core)
	default:
		b.check()
	}
}

// check tells the owner how far this core is, and ends the owner's waiting when every
// core has been heard of.
func (b *birth) check() {
	m := b.m
	if b.over || b.told && m.self != m.owner {
		return
	}
	for _, p := range m.order {
		if !p.linked && p.lost == nil && !b.gone(p.core) {
			return
		}
	}
	if m.self != m.owner {
		p := m.peers[m.owner]
		b.told = p != nil && p.lost == nil && b.tellReady(p)
		return
	}
	for core := range int(m.plan.NCores) {
		if core != m.self && b.ready>>core&1 == 0 && !b.gone(core) {
			return
		}
	}
	b.done()
}

// gone reports whether nobody waits for a core.
func (b *birth) gone(core int) bool {
	s := b.m.lives.get(core).State
	return b.absent>>core&1 != 0 || s == Dead || s == Absent
}

// done ends the owner's waiting.
func (b *birth) done() {
	b.over = true
	b.m.lookAgain()
	b.deadline = 0
	for _, p := range b.m.order {
		if p.linked {
			b.tellReady(p)
		}
	}
	b.m.onReady()
}

// saidReady takes a peer's word that it is ready or, if it is the owner, that the
// machine is.
func (b *birth) saidReady(p *peer) {
	m := b.m
	switch {
	case p.core == m.owner:
		b.over = true
		m.lookAgain()
	case m.doubtOwner():
		b.ready |= 1 << p.core
		b.check()
	default:
		m.drop(readyTold.Number())
	}
}

// saidAbsent takes a peer's word that a core is left out.
func (b *birth) saidAbsent(p *peer, a absentMessage) {
	m := b.m
	switch {
	case a.Core >= uint64(m.plan.NCores) || int(a.Core) == m.self:
		m.drop(absentTold.Number())
	case p.core == int(m.plan.BootCore) && m.doubtOwner():
		if b.absent>>a.Core&1 == 0 {
			b.miss(int(a.Core))
		}
	case p.core == int(m.plan.BootCore) && int(a.Core) == m.owner:
		m.died(m.owner)
	case p.core == m.owner || p.core == int(m.plan.BootCore):
		b.absent |= 1 << a.Core
		b.check()
	default:
		m.drop(absentTold.Number())
	}
}

// expire leaves out who has not come up in time.
func (b *birth) expire() {
	b.deadline = 0
	if b.m.self != b.m.owner {
		b.orphaned()
		return
	}
	if b.over {
		return
	}
	for core := range int(b.m.plan.NCores) {
		if core != b.m.self && b.m.lives.get(core).State == Unborn && b.absent>>core&1 == 0 {
			b.m.lines.printf("core %d on hart %d is left out: it did not come up within %v\n",
				core, b.m.plan.Cores[core].Row.Hart, upTime)
			b.miss(core)
		}
	}
	if !b.over {
		b.m.lines.printf("not every pair of cores has a channel\n")
		b.done()
	}
}
