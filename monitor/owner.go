package monitor

import (
	"time"

	"atoll/boot/plan"
	"atoll/monitor/message"
)

// The console has one owner at a time: core 0 at first, and when an owner has
// died the living core with the lowest number. A core that comes back takes
// nothing back. The owner is where lines go, who keeps the lives of all cores and
// tells the others, and who starts cores.
//
// Two owners would drive one UART, so what decides is what all see alike: firmware.
// The heir is the lowest core whose hart has not stopped, be it still in its birth,
// zombies excepted. While there is no owner harts stop and none starts, so whoever
// looks later finds the same heir, or one that the first heir's death has made.
// Only who was taken for a zombie, and did not run while all this happened, does
// not know enough to look: it waits for the owner's word first.
//
// The owner's word (lifeMessage) says who the owner is. Whoever hears it from another
// than it took for the owner follows, for ownership never goes back to a life that
// has lost it. A core that follows tells its owner all it knows.

// Progress is how far the script of run= is, whether the first shell runs, and what was typed and not begun, so that a
// successor can go on.
type Progress struct {
	Next, Status int
	Shell        bool
	Typed        string
}

// upMessage tells the owner that its sender has come up, in which life.
type upMessage struct{ Incarnation uint64 }

// progressMessage is Progress.
type progressMessage struct{ Next, Status, Shell uint64 }

var (
	upTold       = message.Declare[upMessage](4, "up")
	progressTold = message.Declare[progressMessage](11, "progress")
)

func init() {
	handle(upTold, (*Monitor).cameUp)
	handle(progressTold, (*Monitor).progressed)
}

// Bounds of a succession.
const (
	// newsTime is how long a core that did not run for a while waits for news
	// before it chooses an owner.
	newsTime = time.Second
	// heirTime is how long an heir has for its first word. One that is not heard
	// of is a zombie, and the next one's turn comes.
	heirTime = 30 * time.Second
)

// succeed chooses the owner after the last one has died.
func (m *Monitor) succeed() {
	if m.owner == m.self {
		return
	}
	now := m.hart.Now()
	m.bereft = m.owner
	if m.ownerless = true; now < m.newsUntil {
		m.heirDeadline = m.newsUntil
		return
	}
	if heir := m.heir(); heir == m.self {
		m.takeOver()
	} else {
		m.follow(heir)
		m.heirDeadline = now + m.hart.Ticks(heirTime)
	}
}

// heir is the first core in the succession of the console that lives, as firmware says:
// by the policies the lowest.
func (m *Monitor) heir() int {
	lives := func(core int) bool {
		s := m.lives.get(core).State
		return core == m.self || s != Zombie && s != Absent && !m.hart.Stopped(core)
	}
	if d := m.devices.console; d >= 0 {
		if core := m.agreement.replica.Devices.Heir(d, lives); core >= 0 {
			return core
		}
	}
	for core := range m.self {
		if lives(core) {
			return core
		}
	}
	return m.self
}

// expireHeir acts when the news have had their time, or an heir has.
func (m *Monitor) expireHeir() {
	m.heirDeadline = 0
	life := m.lives.get(m.owner)
	switch {
	case m.ownerless || m.hart.Stopped(m.owner):
	case life.State == Up:
		return // the watch over it decides
	default:
		life.State = Zombie
		m.setLife(m.owner, life)
		if m.owner == m.bereft {
			return // it has only said itself that it lives anew, and may have the console yet
		}
	}
	m.succeed()
}

// slept takes note that this core did not run although it should have.
func (m *Monitor) slept(now uint64) { m.newsUntil = now + m.hart.Ticks(newsTime) }

// follow takes another core for the owner.
func (m *Monitor) follow(owner int) {
	m.owner, m.ownerless, m.heirDeadline = owner, false, 0
	m.lookAgain()
	m.agreement.asked = 0
	p, err := m.open(owner)
	switch {
	case p == nil:
		m.lines.printf("%v\n", err)
	case p.linked:
		m.announce(p) // else as soon as it is linked
	}
	m.birth.followed()
}

// announce tells the owner that this core is up, and what it knows, after all it
// has said before.
func (m *Monitor) announce(p *peer) {
	m.lines.pump()
	for core, life := range m.Lives() {
		switch {
		case life.State == Unborn || core == m.self || core == p.core:
		case life.State == Zombie:
			m.tellOwner(core, life)
		default:
			m.tell(p, core, life)
		}
	}
	post(m, p, upTold, upMessage{uint64(m.incarnation)})
}

// takeOver makes this core the owner, also of what its predecessor has begun: a core
// that it was starting ends itself (see birth.orphaned).
func (m *Monitor) takeOver() {
	m.owner, m.ownerless, m.heirDeadline = m.self, false, 0
	m.lookAgain()
	pr := m.progress
	pr.Typed = string(m.typed)
	m.console = m.hart.TakeConsole(pr, m.birth.inherit())
	m.lines.release()
	m.printRest()
	for core, life := range m.Lives() {
		if core == m.self || life.State == Absent {
			continue
		}
		if p, err := m.open(core); err == nil && p.linked {
			m.tellAll(p)
		}
		if life.State == Starting {
			m.awaitBirth(core)
		}
	}
	m.birth.check()
}

// claimed judges another core's word that it is the owner: the last one must have
// ended its life, unless nothing is known of that yet.
func (m *Monitor) claimed(p *peer) bool {
	switch {
	case m.owner == p.core:
		m.ownerless = false
	case m.newborn(): // who started it may have died, and live again as no owner
		m.follow(p.core)
	case m.owner != m.self && (m.ownerless || m.hart.Stopped(m.owner) || m.reborn(m.owner)):
		m.follow(p.core)
	default:
		return false
	}
	m.heirDeadline, m.heard = 0, true
	return true
}

// newborn reports whether this is a later life that no owner has spoken to yet.
func (m *Monitor) newborn() bool { return m.incarnation > 1 && !m.heard && m.owner != m.self }

// doubtOwner is called when a peer takes this core for the owner: it may have
// learned of the owner's death first. It reports whether this core is the owner.
func (m *Monitor) doubtOwner() bool {
	if m.owner != m.self && m.hart.Stopped(m.owner) {
		m.died(m.owner) // if nothing is known of it yet, this core is an orphan
	}
	return m.owner == m.self
}

// SetProgress tells the others how far run= is, or the shell. It returns when the messages are
// in the channels, before the next command begins: if that is this core's death, what
// still waits for room is lost, and the heir would run the command once more. Not for
// the event loop.
func (m *Monitor) SetProgress(pr Progress) {
	m.tellOthers(func() bool { m.progress = pr; return true }, m.tellProgress)
}

func (m *Monitor) tellProgress(p *peer) {
	pr := progressMessage{Next: uint64(m.progress.Next), Status: uint64(m.progress.Status)}
	if m.progress.Shell {
		pr.Shell = 1
	}
	post(m, p, progressTold, pr)
}

// progressed takes the owner's word.
func (m *Monitor) progressed(p *peer, pr progressMessage) {
	if p.core != m.owner || pr.Next > 1<<20 || pr.Status > 255 || pr.Shell > 1 {
		m.drop(progressTold.Number())
		return
	}
	m.progress = Progress{Next: int(pr.Next), Status: int(pr.Status), Shell: pr.Shell == 1}
}

// cameUp takes a core's word that it is up, as the owner.
func (m *Monitor) cameUp(p *peer, up upMessage) {
	if !m.doubtOwner() {
		return // it will hear from the owner
	}
	if _, linked := p.ch.Peer(); up.Incarnation != uint64(linked) {
		m.drop(upTold.Number()) // a life that the channel is not linked with
		return
	}
	life := m.lives.get(p.core)
	inc := uint32(up.Incarnation)
	switch {
	case inc < life.Incarnation, inc == life.Incarnation && life.State == Dead:
		return // the last words of a life that is over
	case inc > life.Incarnation && (life.State == Up || life.State == Zombie):
		m.passed(p.core)
	}
	life.State, life.Incarnation = Up, inc
	m.setLife(p.core, life)
	m.tellAll(p)
	if m.progress != (Progress{}) {
		m.tellProgress(p)
	}
	if len(m.typed) > 0 {
		m.tellTyped(p)
	}
	m.suspect.choose()
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
