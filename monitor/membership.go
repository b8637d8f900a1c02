package monitor

import (
	"context"
	"errors"

	"atoll/arch/layout"
	"atoll/monitor/agree"
	"atoll/monitor/message"
	"atoll/monitor/replica"
)

// Who lives is agreed on. Views say who is a member, and the console's owner has all agree
// on what it knows beside that: a zombie, a hart that was started, what a dead core died of.
// So each core has a record of every core in its own replica, equal to the others' when
// nothing is under way. What it knows beyond that, because the view has yet to change or
// cannot while a zombie is a member, is told apart.

// noteLives has all agree on what the owner knows and no view says.
func (m *Monitor) noteLives() {
	if m.owner != m.self || !m.birth.over || !m.agreement.node.Open() {
		return
	}
	cores := m.agreement.replica.Cores
	for core, l := range m.Lives() {
		n := noteOf(l, cores.Get(core))
		if !cores.Tells(core, n) {
			continue
		}
		err := m.beginOperation(&Operation{replica.Note, false, replica.NoteData(core, n)}, func(agree.EventKind, bool) {})
		if err != nil {
			if !errors.Is(err, agree.ErrChanging) { // then the next view goes on
				m.agreeLater()
			}
			return
		}
	}
}

// noteOf is what a note says of a life; r is the record so far.
func noteOf(l Life, r replica.Core) replica.Core {
	n := replica.Core{Incarnation: l.Incarnation, State: recordState(l.State), Cause: uint8(l.Cause), Change: r.Change}
	if n.State != r.State {
		n.Change++
	}
	return n
}

var agreedStates = [...]replica.State{Unborn: replica.Unknown, Up: replica.Member, Dead: replica.Dead, Zombie: replica.Zombie, Absent: replica.Absent, Starting: replica.Starting}

func recordState(s LifeState) replica.State { return agreedStates[s] }

// lifeOf is the life that a record is of.
func lifeOf(r replica.Core) Life {
	for s, agreed := range agreedStates {
		if agreed == r.State {
			return Life{LifeState(s), r.Incarnation, layout.Cause(r.Cause)}
		}
	}
	return Life{}
}

// coreRecord is what a core says of one: what has been agreed on (Agreed is not 0), or
// what it knows itself.
type coreRecord struct {
	Hart               uint64
	Core, Node         uint32
	State, Incarnation uint32
	Cause, Since       uint32 // Since is the view in which the state began, 0 = none
	Agreed, Unused     uint32
}

var askCores = message.DeclareStream[message.None, viewAnswer, coreRecord](63, "cores")

func init() {
	serveStream(askCores, func(m *Monitor, _ client, _ message.None) (viewAnswer, []coreRecord, error) {
		a, list := m.membership()
		return a, list, nil
	})
}

// membership is what this core has agreed on, and knows, of all cores.
func (m *Monitor) membership() (a viewAnswer, list []coreRecord) {
	v := m.agreement.node.View()
	a = viewAnswer{Number: uint64(v.Number), Members: v.Members, Dropped: m.agreement.node.Dropped(), Settled: 1}
	if !m.agreement.node.Open() {
		a.Settled = 0
	}
	for core, known := range m.Lives() {
		r := m.agreement.replica.Cores.Get(core)
		agreed := lifeOf(r)
		c := coreRecord{Hart: m.plan.Cores[core].Row.Hart, Core: uint32(core), Node: m.plan.Cores[core].Node, Since: r.Since, Agreed: 1}
		if newer(known, agreed) || v.Number == 0 {
			agreed, c.Since, c.Agreed, a.Settled = known, 0, 0, 0
		}
		c.State, c.Incarnation, c.Cause = uint32(agreed.State), agreed.Incarnation, uint32(agreed.Cause)
		list = append(list, c)
	}
	return a, list
}

// newer reports whether a core knows of a life what has not been agreed on.
func newer(known, agreed Life) bool {
	switch {
	case known.Incarnation != agreed.Incarnation:
		return known.Incarnation > agreed.Incarnation
	case rank[known.State] != rank[agreed.State]:
		return rank[known.State] > rank[agreed.State]
	}
	return known.State == Dead && known.Cause > agreed.Cause
}

// members is a core's copy of what has been agreed on of all cores; its own is not asked
// for by messages. Not for the event loop.
func (m *Monitor) members(ctx context.Context, core int) (a viewAnswer, list []coreRecord, err error) {
	if core == m.self {
		m.wait(func() { a, list = m.membership() })
		return a, list, nil
	}
	a, list, err = askStream(ctx, m, core, askCores, askTime, message.None{})
	if err == nil && len(list) != int(m.plan.NCores) {
		err = message.ErrShape
	}
	for i := range list {
		if list[i].Core != uint32(i) || list[i].State > uint32(Starting) {
			return a, nil, message.ErrShape
		}
	}
	return a, list, err
}
