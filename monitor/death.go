package monitor

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"time"

	"atoll/arch/layout"
	"atoll/arch/order"
	"atoll/monitor/ump"
)

// A dying instance marks its Echo word in every pair frame, rings all harts and
// stops its own. Who sees the mark asks firmware until that says STOPPED, which
// is the only proof of death (law L10); then it drains the channel, ends what
// waits for the dead core and says so.

// confirmGap is how often firmware is asked, confirmTime how long before a core
// that was about to stop counts as a zombie. bornGap is how soon it is asked about a
// core that is being started; later the gaps grow.
const (
	confirmGap  = 200 * time.Microsecond
	confirmTime = 2 * time.Second
	bornGap     = 20 * time.Millisecond
)

// confirmation is a core that seems to be dying, or one that may die before it has
// come up: nothing but firmware tells of that.
type confirmation struct {
	core        int
	incarnation uint32
	born        bool // it is being started
	told        bool // another core says so, and this one has no sign of it
	starts      int  // how often it has been started again
	since, next uint64
}

// awaitBirth has firmware asked about a core until it has come up.
func (m *Monitor) awaitBirth(core int) {
	now := m.hart.Now()
	incarnation := m.lives.get(core).Incarnation
	m.dying = append(m.dying, confirmation{core, incarnation, true, false, 0, now, now + m.hart.Ticks(bornGap)})
}

// maxStarts bounds how often a hart is started for one life.
const maxStarts = 5

// startAgain starts a hart that came back to the firmware without having lived.
// Firmware may let a hart go before it has written where to (OpenSBI 1.1 marks it
// startable first); it then enters the kernel as the first hart does, is taken for
// what it is, and given back (arch/shim/entry_riscv64.s).
func (m *Monitor) startAgain(c *confirmation) bool {
	incarnation := max(c.incarnation, 1)
	if crash, err := m.hart.Crash(c.core); !c.born || c.starts == maxStarts || err == nil && crash.Incarnation == uint64(incarnation) || m.shown(c.core) == incarnation {
		return false
	}
	c.starts++
	start := m.hart.Restart
	if c.incarnation == 0 {
		start = m.hart.Start
	}
	return start(c.core) == nil
}

// marked reports whether the peer has said that it is about to stop.
func (p *peer) marked(incarnation uint32) bool {
	_, theirs := p.ch.Lines()
	return order.Load64(&theirs.Echo) == uint64(incarnation)<<32|layout.DeadMark
}

// lookAfter checks a peer's mark, at every step of its channel.
func (m *Monitor) lookAfter(p *peer) {
	if l := m.lives.get(p.core); l.alive() && p.marked(l.Incarnation) {
		m.confirm(p.core, false)
	}
}

// confirm asks firmware whether a core is dead, now and again until it is. told says
// that only another core's word is for it.
func (m *Monitor) confirm(core int, told bool) {
	if m.hart.Stopped(core) || m.reborn(core) {
		m.died(core)
		return
	}
	incarnation := m.lives.get(core).Incarnation
	for i, c := range m.dying {
		if c.core == core && c.incarnation == incarnation && !c.born {
			m.dying[i].told = c.told && told
			return
		}
	}
	now := m.hart.Now()
	m.dying = append(m.dying, confirmation{core, incarnation, false, told, 0, now, now + m.hart.Ticks(confirmGap)})
}

// confirmAll goes on asking for those who seem to be dying, and reports whether it
// was time to.
func (m *Monitor) confirmAll(now uint64) bool {
	any := false
	list := m.dying
	m.dying = nil
	for _, c := range list {
		l := m.lives.get(c.core)
		switch {
		case l.Incarnation != c.incarnation || !c.goesOn(l.State):
			continue
		case c.next > now:
			m.dying = append(m.dying, c)
			continue
		case l.State != Unborn && m.reborn(c.core) || m.hart.Stopped(c.core) && !m.startAgain(&c):
			m.died(c.core)
		case c.born && now-c.since <= m.hart.Ticks(startTime):
			c.next = now + max(m.hart.Ticks(bornGap), (now-c.since)/2)
			m.dying = append(m.dying, c)
		case now-c.since > m.hart.Ticks(confirmTime) && c.told:
			// Its hart runs, whoever says what: forgotten.
		case now-c.since > m.hart.Ticks(confirmTime):
			m.zombie(c.core)
		default:
			c.next = now + m.hart.Ticks(confirmGap)
			m.dying = append(m.dying, c)
		}
		any = true
	}
	return any
}

// goesOn reports whether firmware's word still matters, by what is known by now.
func (c *confirmation) goesOn(s LifeState) bool {
	if c.born {
		return s == Starting || s == Unborn
	}
	return s == Up || s == Zombie || s == Starting
}

// reborn reports whether a core shows a later life than the one that is known: then
// who started that had firmware's word for the end of this one. What cannot be the
// next lives is the doing of a mad instance, and shows nothing.
func (m *Monitor) reborn(core int) bool {
	return m.latest(core) != m.lives.get(core).Incarnation
}

// latest is the latest incarnation of a core, as far as known and as its own line
// in the frame shows.
func (m *Monitor) latest(core int) uint32 {
	known := m.lives.get(core).Incarnation
	if shown := m.shown(core); shown-known < ump.Lives {
		return shown
	}
	return known
}

// shown is the incarnation that a core's line in the frame shows, if that has one.
func (m *Monitor) shown(core int) uint32 {
	p := m.peers[core]
	if p == nil {
		return 0
	}
	_, theirs := p.ch.Lines()
	return uint32(order.Load64(&theirs.Ack) >> 32)
}

// died acts on a death that firmware has confirmed.
func (m *Monitor) died(core int) {
	switch l := m.lives.get(core); {
	case l.alive():
		m.passed(core)
	case l.State == Unborn:
		m.birth.stillborn(core)
	}
}

// passed takes note that the known life of a core is over.
func (m *Monitor) passed(core int) {
	life := m.lives.get(core)
	life.State = Dead
	crash, err := m.hart.Crash(core)
	if err == nil && crash.Incarnation == uint64(life.Incarnation) {
		life.Cause = layout.Cause(crash.Cause)
	} else {
		life.Cause = layout.CauseUnknown
	}
	m.noteLife(core, life) // what it has said of itself is over, too
	lines := m.bury(core, life.Incarnation)
	if core == m.owner {
		m.succeed()
	}
	for _, text := range lines {
		m.lines.line(text)
	}
	m.lines.printf("@%d peer-dead core=%d\n", m.self, core)
	if o := (obituary{core, life, crash}); m.owner == m.self {
		m.print(&o)
	} else {
		m.unprinted = slices.DeleteFunc(m.unprinted, func(o obituary) bool { return o.core == core })
		m.unprinted = append(m.unprinted, o)
	}
	m.tellOwner(core, life)  // who may not have seen its mark
	m.spreadLife(core, life) // whoever waits for this death has read of it
	m.suspect.choose()
	m.knowledge.inherit(m, core)
	m.birth.check()
}

// bury ends all that goes on with a core: what it had sent is received, what
// waits for it fails. It returns the lines of output that were on their way to it.
func (m *Monitor) bury(core int, incarnation uint32) (lines [][]byte) {
	err := peerDead(core)
	p := m.peers[core]
	if p != nil {
		if _, life := p.ch.Peer(); life > incarnation {
			return nil // the channel is a life ahead
		}
		p.ch.PeerDead(incarnation)
		p.ch.ExpectFrom(incarnation + 1)
		m.drain(p)
		lines = wholeLines(p.outbox)
		p.line.flush(m, core)
		p.outbox, p.linked, p.lost = nil, false, downError(core)
	}
	m.failCalls(core, err)
	m.grants.Dead(core, incarnation)
	m.caps.dead(core, incarnation)
	m.spanning.dead(core)
	m.bereave(core)
	m.partRoute(core)
	m.partAgreement(core, incarnation)
	m.partTrial(core)
	if g := m.pings[core]; g != nil {
		g.fail(err)
	}
	if m.bell != nil && m.bell.peer.core == core {
		m.bell.finish(err)
	}
	return lines
}

// errDown marks the errors of what a dead core was asked for.
var errDown = errors.New("is not up")

func downError(core int) error { return fmt.Errorf("core %d %w", core, errDown) }

// peerDead is the error of what a core was asked for before it died. It is an errDown.
type peerDead int

func (core peerDead) Error() string   { return fmt.Sprintf("peer-dead: core %d has died", int(core)) }
func (peerDead) Is(target error) bool { return target == errDown }

// obituary is what a dead core has left behind. The owner prints it, and the others
// keep it until the owner has told them that it has left the machine: that the owner
// knows of the death is not enough, for what it has queued dies with it. Should it die
// between the two, the next one prints it once more.
type obituary struct {
	core  int
	life  Life
	crash layout.Crash
}

// printRest prints, as the new owner, what the last ones have not.
func (m *Monitor) printRest() {
	for i := range m.unprinted {
		if o := &m.unprinted[i]; o.life.Incarnation > m.printed[o.core] {
			m.print(o)
		}
	}
	m.unprinted = nil
}

func (m *Monitor) print(o *obituary) {
	core, life, crash := o.core, o.life, &o.crash
	if crash.Incarnation == uint64(life.Incarnation) {
		text := crash.Text[:min(crash.Length, uint64(len(crash.Text)))]
		for line := range bytes.Lines(text) {
			m.console.Line(core, append(bytes.TrimRight(line, "\n"), '\n'))
		}
	}
	m.console.Line(m.self, fmt.Appendf(nil, "@%d dead core=%d cause=%s\n", m.self, core, life.Cause.Word()))
	m.console.Printed(func() { m.do(func() { m.hasPrinted(core, life.Incarnation) }) })
}

// hasPrinted tells all, as the owner, that an obituary has left the machine.
func (m *Monitor) hasPrinted(core int, incarnation uint32) {
	m.printed[core] = max(m.printed[core], incarnation)
	m.tellLinked(core, m.lives.get(core))
}
