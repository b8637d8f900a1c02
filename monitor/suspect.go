package monitor

import (
	"time"

	"atoll/arch/order"
	"atoll/monitor/message"
)

// Every core watches one other, the next living one in a circle. It asks its
// monitor now and then; if that stays silent, it asks the trap handler, which
// answers as long as the hart takes interrupts. A core whose trap handler answers
// time and again, although its event loop does not move, hangs and is told to end.
// Once would prove nothing: a core that was starved of its hart, and has it back,
// answers by its trap handler first. One that does not answer at all may still be
// starved or spin with interrupts off: nobody can tell, so it is only reported and
// left alone, a zombie, until it answers or firmware says that it has stopped.
//
// Time in which the watcher itself did not run does not count.
const (
	beatGap   = 2 * time.Second // between questions to the monitor
	beatTime  = 3 * time.Second // for its answer
	askGap    = 100 * time.Millisecond
	askCount  = 20                     // answers of the trap handler that make a hang
	echoTime  = 5 * time.Second        // for one of them
	killTime  = 5 * time.Second        // for the end
	lateTime  = 100 * time.Millisecond // what counts as not having run
	sleepTime = 2 * time.Second        // the same, where it takes more to do harm: see owner.go
)

type suspectStage uint8

const (
	resting suspectStage = iota
	beating              // the monitor has been asked
	asking               // the trap handler has been asked
	killing              // the trap handler has been told to end
)

// beatMessage is a question to a monitor, and the answer.
type beatMessage struct{ Number uint64 }

// foundMessage tells the owner what a watch has found of a core.
type foundMessage struct{ Core, State, Incarnation uint64 }

var (
	lifeFound    = message.Declare[foundMessage](12, "found")
	beatQuestion = message.Declare[beatMessage](13, "beat")
	beatAnswer   = message.Declare[beatMessage](14, "beat-ack")
)

func init() {
	handle(lifeFound, (*Monitor).found)
	handle(beatQuestion, func(m *Monitor, p *peer, b beatMessage) { post(m, p, beatAnswer, b) })
	handle(beatAnswer, func(m *Monitor, p *peer, b beatMessage) { m.suspect.answered(p, b) })
}

// suspect is the watch over one core, and over the zombies between this core and
// that one.
type suspect struct {
	m        *Monitor
	core     int // watched, -1 = none
	stage    suspectStage
	beats    uint64 // number of the last question to a monitor
	asks     uint64 // and to a trap handler
	question uint64 // the last one
	answers  int    // of the trap handler in this stage
	since    uint64 // when the stage, or the last question in it, began
	deadline uint64 // next look, 0 = none
	undead   []undead
}

// undead is a zombie that has been asked, and may yet answer.
type undead struct {
	core     int
	question uint64
}

// choose begins to watch the next living core, if that has changed, and the
// zombies on the way there.
func (s *suspect) choose() {
	n := int(s.m.plan.NCores)
	next := -1
	var list []undead
	for i := 1; i < n && next < 0; i++ {
		core := (s.m.self + i) % n
		switch s.m.lives.get(core).State {
		case Up:
			next = core
		case Zombie:
			list = append(list, s.haunt(core))
		}
	}
	s.undead = list
	if next != s.core {
		s.core = next
		s.enter(resting, beatGap)
	}
	if next < 0 && len(list) == 0 {
		s.deadline = 0
	} else if s.deadline == 0 {
		s.enter(resting, beatGap)
	}
}

// haunt returns the watch over a zombie. One that has not been asked by this core
// is asked now.
func (s *suspect) haunt(core int) undead {
	for _, u := range s.undead {
		if u.core == core {
			return u
		}
	}
	if core == s.core && s.stage == asking {
		return undead{core, s.question}
	}
	u := undead{core: core}
	if p, _ := s.m.open(core); p != nil {
		u.question = s.ask(p, 0)
	}
	return u
}

// enter begins a stage that is looked at after a span.
func (s *suspect) enter(stage suspectStage, look time.Duration) {
	s.stage, s.answers = stage, 0
	s.since = s.m.hart.Now()
	s.deadline = s.since + s.m.hart.Ticks(look)
}

// expire takes the next look.
func (s *suspect) expire(now uint64) {
	m := s.m
	late := now - s.deadline
	s.look()
	s.choose()
	switch {
	case s.deadline == 0 || s.deadline > now:
		return
	case s.core < 0:
		s.enter(resting, beatGap)
		return
	}
	p, err := m.reach(s.core)
	switch {
	case m.hart.Stopped(s.core):
		m.died(s.core)
	case err != nil:
		s.enter(resting, beatGap)
	case s.stage == resting:
		s.beats++ // asked as soon as there is a channel, which takes no longer
		if send(m, p, beatQuestion, beatMessage{s.beats}) == nil {
			s.enter(beating, beatTime)
		} else {
			s.enter(resting, beatGap)
		}
	case late > m.hart.Ticks(lateTime):
		s.since += late // the answer may wait in our own channel
		s.deadline = now + min(late, m.hart.Ticks(beatTime))
	case s.stage == beating:
		m.lines.printf("@%d suspect core=%d\n", m.self, s.core)
		s.enter(asking, askGap)
		s.question = s.ask(p, 0)
	default:
		s.judge(p, now)
	}
}

// ask puts a question to the trap handler of a core, and returns its word.
func (s *suspect) ask(p *peer, kill uint64) uint64 {
	switch {
	case kill != 0: // the last question once more
	case s.asks == 0: // no number of an earlier life of this core, which asked less often
		s.asks = s.m.hart.Now() / s.m.hart.Ticks(time.Millisecond)
	default:
		s.asks++
	}
	life := s.m.lives.get(p.core)
	word := uint64(life.Incarnation)<<32 | s.asks&0x3fffffff<<1 | kill
	mine, _ := p.ch.Lines()
	order.StoreRelease64(&mine.Ask, word)
	s.m.hart.Ring(p.core)
	return word
}

// judge looks whether the trap handler has answered, or the core has ended.
func (s *suspect) judge(p *peer, now uint64) {
	m := s.m
	_, theirs := p.ch.Lines()
	spent := m.hart.Duration(now - s.since)
	switch {
	case s.stage == asking && spent > echoTime && !p.linked:
		s.enter(resting, beatGap) // it may not even have this frame
		return
	case s.stage == killing && spent > killTime, s.stage == asking && spent > echoTime:
		m.zombie(s.core)
		return
	case s.stage == asking && order.Load64(&theirs.Echo) == s.question:
		if s.answers++; s.answers == askCount {
			s.question = s.ask(p, 1)
			s.enter(killing, askGap)
			return
		}
		s.since = now
		s.question = s.ask(p, 0)
	default:
		m.hart.Ring(s.core) // once more: nothing else rings a core that never waits
	}
	s.deadline = now + m.hart.Ticks(askGap)
}

// look sees whether a zombie has come back, or stopped.
func (s *suspect) look() {
	for _, u := range s.undead {
		p := s.m.peers[u.core]
		if p == nil || s.m.lives.get(u.core).State != Zombie {
			continue
		}
		_, theirs := p.ch.Lines()
		switch {
		case s.m.hart.Stopped(u.core):
			s.m.died(u.core)
		case order.Load64(&theirs.Echo) == u.question:
			s.m.revive(u.core)
		default:
			s.m.hart.Ring(u.core)
		}
	}
}

// answered takes a monitor's answer.
func (s *suspect) answered(p *peer, b beatMessage) {
	if p.core == s.core && b.Number == s.beats {
		s.enter(resting, beatGap)
	}
}

// zombie takes note that a core answers nothing although its hart has not stopped.
// Its memory, frames, devices and interrupts stay as they are.
func (m *Monitor) zombie(core int) {
	life := m.lives.get(core)
	if life.State != Up && life.State != Starting {
		return
	}
	life.State = Zombie
	m.setLife(core, life)
	m.giveUp(core)
	m.lines.printf("@%d zombie core=%d\n", m.self, core)
	m.tellOwner(core, life)
	m.suspect.choose()
}

// giveUp ends what waits for a core that is a zombie.
func (m *Monitor) giveUp(core int) {
	err := downError(core)
	m.failCalls(core, err)
	m.grants.Lost(core, err)
	m.partRoute(core)
	m.loseBindings(core, err)
	if g := m.pings[core]; g != nil {
		g.fail(err)
	}
}

// tellOwner tells the owner what the watch has found.
func (m *Monitor) tellOwner(core int, life Life) {
	if m.owner == m.self {
		return
	}
	if p := m.peers[m.owner]; p != nil {
		post(m, p, lifeFound, foundMessage{uint64(core), uint64(life.State), uint64(life.Incarnation)})
	} else {
		m.drop(lifeFound.Number())
	}
}

// watches reports whether one core watches another, as far as is known here: nobody
// lives between them in the circle.
func (m *Monitor) watches(watcher, core int) bool {
	n := int(m.plan.NCores)
	for c := (watcher + 1) % n; c != core; c = (c + 1) % n {
		if c == watcher || c == m.self || m.lives.get(c).State == Up && !m.hart.Stopped(c) {
			return false
		}
	}
	return watcher != core
}

// found takes, as the owner, what another core's watch has found.
func (m *Monitor) found(p *peer, f foundMessage) {
	state := LifeState(f.State)
	if m.owner != m.self || f.Core >= uint64(m.plan.NCores) || int(f.Core) == m.self || f.State > uint64(Starting) {
		m.drop(lifeFound.Number())
		return
	}
	core := int(f.Core)
	life := m.lives.get(core)
	if life.State == Unborn && state == Dead && f.Incarnation == 1 {
		m.died(core) // before this core has heard of it
		return
	}
	if uint64(life.Incarnation) != f.Incarnation || life.State == Dead {
		return // of an earlier life
	}
	switch {
	case state == Dead:
		m.confirm(core, true)
	case !m.watches(p.core, core): // who does will find it, too
		m.drop(lifeFound.Number())
	case life.State == Up && state == Zombie:
		life.State = Zombie
		m.setLife(core, life)
		m.giveUp(core)
	case life.State == Zombie && state == Up:
		m.welcome(core, life)
	default:
		m.drop(lifeFound.Number())
	}
	m.suspect.choose()
}

// revive takes note that a zombie answers again: it was only slow.
func (m *Monitor) revive(core int) {
	life := m.lives.get(core)
	if life.State == Zombie {
		m.welcome(core, life)
		m.lines.printf("@%d back core=%d\n", m.self, core)
		life.State = Up
		m.tellOwner(core, life)
	}
}

// welcome takes a zombie back among the living. The owner tells it what it has
// missed.
func (m *Monitor) welcome(core int, life Life) {
	life.State = Up
	m.setLife(core, life)
	if p := m.peers[core]; m.owner == m.self && p != nil && p.linked {
		m.tellAll(p)
	}
}
