package monitor

import (
	"time"

	"atoll/arch/order"
	"atoll/monitor/ump"
)

// Every core watches one other, the next living one in a circle. It asks its
// monitor now and then; if that stays silent, it asks the trap handler, which
// answers as long as the hart takes interrupts. A core whose trap handler answers
// although its event loop does not move, then neither, hangs and is told to end:
// both may have been starved of the hart until now. One that does
// not answer at all may be starved of its hart or spin with interrupts off:
// nobody can tell, so it is only reported and left alone, a zombie, until it
// answers or firmware says that it has stopped.
const (
	beatGap  = 2 * time.Second        // between questions to the monitor
	beatTime = 3 * time.Second        // for its answer
	echoTime = 5 * time.Second        // for the trap handler's
	stirTime = 1 * time.Second        // for the monitor's, once that has answered
	killTime = 1 * time.Second        // for the end
	lateTime = 100 * time.Millisecond // the watcher itself did not run: begin anew
)

type suspectStage uint8

const (
	resting  suspectStage = iota
	beating               // the monitor has been asked
	asking                // the trap handler has been asked
	stirring              // and has answered: the hart runs, so the monitor should, too
	killing               // the trap handler has been told to end
)

// suspect is the watch over one core.
type suspect struct {
	m        *Monitor
	core     int // watched, -1 = none
	stage    suspectStage
	number   uint64 // of the last question
	since    uint64 // when the stage began
	deadline uint64 // next look, 0 = none
	undead   []undead
}

// undead is a zombie that this core has found: its last question may yet be answered.
type undead struct {
	core     int
	question uint64
}

// choose begins to watch the next living core, if that has changed.
func (s *suspect) choose() {
	n := int(s.m.plan.NCores)
	for i := 1; i < n; i++ {
		core := (s.m.self + i) % n
		if s.m.lives.get(core).State != Up {
			continue
		}
		if core != s.core {
			s.core = core
			s.enter(resting, beatGap)
		}
		return
	}
	s.core, s.deadline = -1, 0
	if len(s.undead) > 0 {
		s.deadline = s.m.hart.Now() + s.m.hart.Ticks(beatGap)
	}
}

// enter begins a stage that is looked at after a span.
func (s *suspect) enter(stage suspectStage, look time.Duration) {
	s.stage = stage
	s.since = s.m.hart.Now()
	s.deadline = s.since + s.m.hart.Ticks(look)
}

// died ends the watch over a core.
func (s *suspect) died(core int) {
	if s.core == core {
		s.core = -1
	}
	s.choose()
}

// expire takes the next look.
func (s *suspect) expire(now uint64) {
	late := now - s.deadline
	s.look()
	s.choose()
	if s.core < 0 || s.deadline > now {
		return
	}
	m := s.m
	p, err := m.reach(s.core)
	if err != nil || !p.linked {
		s.enter(resting, beatGap)
		return
	}
	if m.hart.Stopped(s.core) {
		m.died(s.core)
		return
	}
	if late > m.hart.Ticks(lateTime) && s.stage != resting {
		s.enter(s.stage, beatTime) // the answer may wait in our own channel
		return
	}
	switch s.stage {
	case resting:
		s.number++
		if m.send(p, typeBeat, &[7]uint64{s.number}) == nil {
			s.enter(beating, beatTime)
		} else {
			s.enter(resting, beatGap)
		}
	case beating:
		m.lines.printf("@%d suspect core=%d\n", m.self, s.core)
		s.ask(p, 0)
		s.enter(asking, echoTime/50)
	case asking, stirring, killing:
		s.judge(p, now)
	}
}

// ask puts a question to the trap handler of the watched core.
func (s *suspect) ask(p *peer, kill uint64) {
	mine, _ := p.ch.Lines()
	order.StoreRelease64(&mine.Ask, s.question(kill))
	s.m.hart.Ring(s.core)
}

// question is the word of the last question.
func (s *suspect) question(kill uint64) uint64 {
	life := s.m.lives.get(s.core)
	return uint64(life.Incarnation)<<32 | s.number&0x3fffffff<<1 | kill
}

// answered reports whether the trap handler has copied the question.
func (s *suspect) answered(p *peer, kill uint64) bool {
	_, theirs := p.ch.Lines()
	return order.Load64(&theirs.Echo) == s.question(kill)
}

// judge looks whether the trap handler has answered, or the core has ended.
func (s *suspect) judge(p *peer, now uint64) {
	m := s.m
	spent := m.hart.Duration(now - s.since)
	switch {
	case s.stage == asking && s.answered(p, 0):
		s.enter(stirring, stirTime)
	case s.stage == stirring:
		s.ask(p, 1)
		s.enter(killing, killTime/50)
	case s.stage == asking && spent > echoTime, s.stage == killing && spent > killTime:
		m.zombie(s.core)
	default:
		s.deadline = now + m.hart.Ticks(echoTime/50)
	}
}

// look sees whether a zombie has come back, or stopped.
func (s *suspect) look() {
	list := s.undead
	s.undead = nil
	for _, u := range list {
		_, theirs := s.m.peers[u.core].ch.Lines()
		switch {
		case s.m.lives.get(u.core).State != Zombie:
		case s.m.hart.Stopped(u.core):
			s.m.died(u.core)
		case order.Load64(&theirs.Echo)|1 == u.question|1:
			s.m.revive(u.core)
		default:
			s.undead = append(s.undead, u)
		}
	}
}

// beat answers another core's question, beatAck takes the answer to ours.
func (s *suspect) beat(p *peer, msg *ump.Message) {
	if err := s.m.send(p, typeBeatAck, &msg.W); err != nil {
		s.m.dropped++
	}
}

func (s *suspect) beatAck(p *peer, msg *ump.Message) {
	if p.core == s.core && msg.W[0] == s.number {
		s.enter(resting, beatGap)
	}
}

// zombie takes note that a core answers nothing although its hart has not stopped.
// Its memory, frames, devices and interrupts stay as they are.
func (m *Monitor) zombie(core int) {
	life := m.lives.get(core)
	if life.State != Up {
		return
	}
	life.State = Zombie
	m.setLife(core, life)
	m.giveUp(core)
	m.lines.printf("@%d zombie core=%d\n", m.self, core)
	m.tellOwner(core, life)
	m.suspect.bury(core)
}

// bury takes a zombie from the watch over the living to the list of the undead.
func (s *suspect) bury(core int) {
	if s.core == core {
		s.undead = append(s.undead, undead{core, s.question(0)})
		s.core = -1
	}
	s.choose()
}

// giveUp ends what waits for a core that is a zombie.
func (m *Monitor) giveUp(core int) {
	err := downError(core)
	m.failCalls(core, err)
	if g := m.pings[core]; g != nil {
		g.fail(err)
	}
}

// tellOwner tells the owner what the watch has found.
func (m *Monitor) tellOwner(core int, life Life) {
	if m.owner == m.self {
		return
	}
	w := [7]uint64{uint64(core), uint64(life.State), uint64(life.Incarnation)}
	if p := m.peers[m.owner]; p == nil || m.send(p, typeFound, &w) != nil {
		m.dropped++
	}
}

// found takes, as the owner, what another core's watch has found.
func (m *Monitor) found(p *peer, msg *ump.Message) {
	state := LifeState(msg.W[1])
	if m.owner != m.self || msg.W[0] >= uint64(m.plan.NCores) || int(msg.W[0]) == m.self || msg.W[1] > uint64(Starting) {
		m.dropped++
		return
	}
	core := int(msg.W[0])
	life := m.lives.get(core)
	if uint64(life.Incarnation) != msg.W[2] {
		return // of an earlier life
	}
	switch {
	case life.State == Up && state == Zombie:
		life.State = Zombie
		m.setLife(core, life)
		m.giveUp(core)
	case life.State == Zombie && state == Up:
		life.State = Up
		m.setLife(core, life)
	default:
		m.dropped++
	}
	m.suspect.choose()
}

// revive takes note that a zombie answers again: it was only slow.
func (m *Monitor) revive(core int) {
	life := m.lives.get(core)
	if life.State == Zombie {
		life.State = Up
		m.setLife(core, life)
		m.lines.printf("@%d back core=%d\n", m.self, core)
		m.tellOwner(core, life)
		m.suspect.choose()
	}
}
