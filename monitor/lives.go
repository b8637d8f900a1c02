package monitor

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"atoll/arch/layout"
	"atoll/boot/plan"
	"atoll/monitor/message"
	"atoll/monitor/route"
	"atoll/monitor/ump"
)

// LifeState is what is known of a core's present life.
type LifeState uint8

// States of a life.
const (
	Unborn   LifeState = iota // not heard of yet
	Up                        // has come up
	Dead                      // firmware says that its hart has stopped
	Zombie                    // answers nothing, but its hart has not stopped
	Absent                    // never came up, left out
	Starting                  // being started
)

var stateWords = [...]string{"unborn", "up", "dead", "zombie", "absent", "starting"}

func (s LifeState) String() string {
	if int(s) < len(stateWords) {
		return stateWords[s]
	}
	return "unknown"
}

// Life is what is known of a core.
type Life struct {
	State       LifeState
	Incarnation uint32       // the latest known
	Cause       layout.Cause // of the last death
}

// alive reports whether this life has begun and is not known to be over.
func (l Life) alive() bool { return l.State == Up || l.State == Zombie || l.State == Starting }

// lives is what this core knows of all cores, itself included. The event loop
// writes it; others read copies.
type lives struct {
	mu      sync.Mutex
	table   [plan.MaxCores]Life
	since   [plan.MaxCores][Starting + 1]uint64 // when a state was last entered (ticks)
	changed chan struct{}                       // closed at the next change; nil = nobody waits
}

func (l *lives) get(core int) Life {
	l.mu.Lock()
	life := l.table[core]
	l.mu.Unlock()
	return life
}

// set takes note of a life at a time.
func (l *lives) set(core int, life Life, now uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.table[core].State != life.State {
		l.since[core][life.State] = now
	}
	l.table[core] = life
}

// entered says when a core was last seen to enter a state, 0 = never.
func (l *lives) entered(core int, s LifeState) uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.since[core][s]
}

// Lives returns what this core knows of all cores of the plan.
func (m *Monitor) Lives() []Life {
	m.lives.mu.Lock()
	defer m.lives.mu.Unlock()
	return append([]Life(nil), m.lives.table[:m.plan.NCores]...)
}

// Alive lists the cores that are up, as far as this core knows.
func (m *Monitor) Alive() []int {
	var list []int
	for core, l := range m.Lives() {
		if l.State == Up {
			list = append(list, core)
		}
	}
	return list
}

// lifeMessage is what is known of a core's life, and who its sender takes for the
// owner. The console's owner tells all others what it learns, so that each of them
// could take its place. Printed is the latest life of the core whose last words have
// left the machine, by the owner's word.
type lifeMessage struct{ Core, State, Incarnation, Cause, Owner, Printed uint64 }

var lifeTold = message.Declare[lifeMessage](10, "life")

func init() { handle(lifeTold, (*Monitor).told) }

// setLife takes note of a core's life and spreads the word.
func (m *Monitor) setLife(core int, life Life) {
	if m.lives.get(core) != life {
		m.noteLife(core, life)
		m.spreadLife(core, life)
	}
}

// noteLife writes a core's life into the table.
func (m *Monitor) noteLife(core int, life Life) {
	m.lives.set(core, life, m.hart.Now())
	m.routing.stale = true
	m.lookAgain()
	if core != m.self {
		m.hart.SetAlone(alone(m.Lives(), m.self))
	}
}

// alone reports whether no other core may live to go on without this one. One that is
// not heard of yet or is being started may: a core that took itself for alone would end
// the machine with its own life.
func alone(lives []Life, self int) bool {
	for core, l := range lives {
		if core != self && (l.State == Up || l.State == Unborn || l.State == Starting) {
			return false
		}
	}
	return true
}

// spreadLife records a change, tells the others, as the owner, and wakes who waits for one.
func (m *Monitor) spreadLife(core int, life Life) {
	if m.tracing {
		m.traceLife(core, life)
	}
	if m.owner == m.self {
		m.tellLinked(core, life)
	}
	m.wakeLifeWaiters()
}

// tellLinked tells all others of one life.
func (m *Monitor) tellLinked(core int, life Life) {
	for _, p := range m.order {
		if p.linked && p.core != core {
			m.tell(p, core, life)
		}
	}
}

// tell sends one life to a peer.
func (m *Monitor) tell(p *peer, core int, life Life) {
	post(m, p, lifeTold, lifeMessage{uint64(core), uint64(life.State), uint64(life.Incarnation), uint64(life.Cause), uint64(m.owner), uint64(m.printed[core])})
}

// linked takes note that the channel to a peer carries messages now.
func (m *Monitor) linked(p *peer) {
	if m.owner != m.self {
		m.meet(p)
	}
	switch {
	case m.owner != m.self && m.owner == p.core:
		m.announce(p)
	case m.owner == m.self && m.lives.get(p.core).State == Up:
		m.tellAll(p)
	case m.owner == m.self:
		m.tell(p, m.self, m.lives.get(m.self)) // who the owner is; the rest when it is up
	}
	m.suspect.choose()
	m.trips.linked(m)
	m.linkAgreement(p)
	m.birth.linked(p)
	m.grants.Linked(p.core)
	m.caps.linked(p)
	m.broadcast.own.refused &^= route.Of(p.core) // by an earlier life
}

// meet takes note of a peer's life that this core sees before the owner tells it of
// that, for the owner may have died before.
func (m *Monitor) meet(p *peer) {
	_, life := p.ch.Peer()
	known := m.lives.get(p.core)
	if life > known.Incarnation || life == known.Incarnation && known.State == Starting {
		m.setLife(p.core, Life{State: Up, Incarnation: life})
	}
}

// tellAll sends a peer all that the owner knows, of the peer itself, too: if it
// knows better it says so. It also says what was chosen for all.
func (m *Monitor) tellAll(p *peer) {
	for core, life := range m.Lives() {
		m.tell(p, core, life)
	}
	post(m, p, routeTold, uint64(m.routing.choice))
}

// told takes a life from the owner, or as the owner from one that follows.
func (m *Monitor) told(p *peer, t lifeMessage) {
	if t.Core >= uint64(m.plan.NCores) || t.State > uint64(Starting) {
		m.drop(lifeTold.Number())
		return
	}
	core, life := int(t.Core), Life{LifeState(t.State), uint32(t.Incarnation), layout.Cause(t.Cause)}
	switch owner := t.Owner; {
	case owner == uint64(p.core) && m.claimed(p):
		m.printed[core] = max(m.printed[core], uint32(min(t.Printed, uint64(life.Incarnation))))
	case owner == uint64(m.self) && m.doubtOwner() && m.news(core, life):
		if life.State != Dead && m.hart.Stopped(core) {
			life.State = Dead // while there was no owner nobody could start it
		}
	default:
		m.drop(lifeTold.Number())
		return
	}
	switch {
	case core != m.self:
		m.learn(core, life)
	case life.State != Up || life.Incarnation != m.incarnation:
		m.announce(p) // what this core said of itself came before p was the owner
	}
}

// news reports whether the owner may take a life from another core: it knows
// better, but for what happened while there was no owner.
func (m *Monitor) news(core int, life Life) bool {
	known := m.lives.get(core)
	return core != m.self && life.State != Zombie && life.Incarnation-known.Incarnation < ump.Lives &&
		(life.Incarnation == known.Incarnation || !known.alive() || m.reborn(core))
}

// rank orders what may be known of one life. The owner alone changes its mind
// between Up and Zombie.
var rank = [...]int{Unborn: 0, Absent: 1, Starting: 2, Zombie: 3, Up: 3, Dead: 4}

// learn takes note of a life that a peer knows of. That a core is dead is only a
// hint: firmware must confirm it (law L10).
func (m *Monitor) learn(core int, life Life) {
	known := m.lives.get(core)
	switch {
	case life.Incarnation == known.Incarnation && known.State == Dead:
		if life.State != Dead {
			m.tellOwner(core, known) // who may have missed that
		}
		return
	case life.Incarnation < known.Incarnation, life.Incarnation == known.Incarnation && rank[life.State] < rank[known.State]:
		return // older than what we know
	case life.Incarnation == known.Incarnation && life.State == Dead && known.alive():
		m.confirm(core, true)
		return
	case life.Incarnation > known.Incarnation && known.alive():
		if !m.hart.Stopped(core) && !m.showsAnew(core) {
			m.confirm(core, true) // its hart runs, and it shows no later life (law L10)
			return
		}
		m.passed(core) // and it lives again already
	}
	if life == known {
		return
	}
	m.setLife(core, life)
	if life.State == Zombie {
		m.giveUp(core)
	}
	if life.State == Dead || life.State == Absent {
		for _, text := range m.bury(core, life.Incarnation) {
			m.lines.line(text)
		}
	}
	m.expect(core, life)
	if life.State == Up && (known.State != Up || life.Incarnation > known.Incarnation) {
		m.hope(core)
	}
	m.suspect.choose()
	m.birth.check()
}

// showsAnew reports whether a core shows a later life than the known one in the pair frame,
// as each does in those of all cores before it tells anybody that it is up.
func (m *Monitor) showsAnew(core int) bool {
	m.open(core) // an error only says that the core is down
	return m.reborn(core)
}

// expect makes the channel to a core link with that incarnation only, so that
// what a mad instance left in the frame cannot be taken for a later life.
func (m *Monitor) expect(core int, life Life) {
	p := m.peers[core]
	if p == nil || p.linked {
		return
	}
	p.advance = true
	switch done := p.ch.Gone(); {
	case life.State != Dead && life.Incarnation > done:
		p.ch.Expect(life.Incarnation)
	default:
		p.ch.PeerDead(life.Incarnation)
		p.ch.ExpectFrom(max(life.Incarnation, done) + 1)
	}
}

// hope takes note that a core lives anew: what is sent to it waits for the channel
// to link, which needs the core's end, too (see reach).
func (m *Monitor) hope(core int) {
	if p := m.peers[core]; p != nil && errors.Is(p.lost, errDown) {
		p.lost = nil
	}
}

// awaitLife waits until a core's life satisfies the condition, for at most so long
// and until the context ends. Not for the event loop.
func (m *Monitor) awaitLife(ctx context.Context, core int, bound time.Duration, ok func(Life) bool) (Life, error) {
	timer := time.NewTimer(bound)
	defer timer.Stop()
	for {
		changed := m.lifeChanged()
		l := m.lives.get(core)
		if ok(l) {
			return l, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return l, context.Cause(ctx)
		case <-timer.C:
			return l, fmt.Errorf("core %d is still %v after %v", core, l.State, bound)
		}
	}
}

// lifeChanged returns a channel that is closed at the next change of any life.
func (m *Monitor) lifeChanged() <-chan struct{} {
	m.lives.mu.Lock()
	defer m.lives.mu.Unlock()
	if m.lives.changed == nil {
		m.lives.changed = make(chan struct{})
	}
	return m.lives.changed
}

func (m *Monitor) wakeLifeWaiters() {
	m.lives.mu.Lock()
	defer m.lives.mu.Unlock()
	if m.lives.changed != nil {
		close(m.lives.changed)
		m.lives.changed = nil
	}
}
