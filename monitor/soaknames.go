package monitor

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"atoll/monitor/message"
	"atoll/monitor/replica"
)

// soakNamesMost is how many names all cores of a soak want. They are few, so that
// operations are in conflict.
const soakNamesMost = 4

// soakName is a name that this core has registered, or has tried to, under a number that
// no other try of its life has, in whatever soak: a name that it could not take back
// stands there yet when a later try for it is judged.
type soakName struct {
	name   replica.Name
	number uint32
}

// soakNames registers names in two phases and takes them back in one, until the work is
// over. What it was told of the outcome holds at every other core that lives: when the
// coordinator is told, all have it.
func (m *Monitor) soakNames(r *rand.Rand) {
	w := &m.soaking
	for w.peers.Load() != 0 {
		rest(r)
		w.tries++
		b := soakName{number: w.tries}
		b.name, _ = replica.NameOf(fmt.Sprint("soak.", r.IntN(soakNamesMost)))
		err := m.Operate(context.Background(), nameTime, &Operation{replica.Put, true, replica.PutData(b.name, b.number)})
		w.told(err)
		if err == nil || w.refused(err) {
			m.judge(r, b, err == nil)
		}
		rest(r)
		m.takeBack(r, b)
	}
}

// told counts what became of an operation.
func (w *soakWork) told(err error) {
	w.count(func(r *WorkReport) {
		switch {
		case err == nil:
			r.Agreed++
		case w.refused(err):
			r.Refused++
		default:
			r.Unclear++
		}
	})
}

// refused reports whether an operation was surely not done.
func (w *soakWork) refused(err error) bool {
	return errors.Is(err, ErrExists) || errors.Is(err, ErrConflict) || errors.Is(err, ErrNotBegun) || errors.Is(err, ErrNotOurs)
}

// takeBack withdraws a name, if this core has it, also if it was not told so.
func (m *Monitor) takeBack(r *rand.Rand, b soakName) {
	for m.has(b) {
		err := m.Operate(context.Background(), nameTime, &Operation{replica.Delete, false, replica.DeleteData(b.name)})
		if m.soaking.told(err); err == nil {
			m.judge(r, b, false)
		} else {
			time.Sleep(workPause)
		}
	}
}

// has reports whether a soakName stands in this core's own table. It waits for a core that
// stands still, as one whose hart was taken away does: when that goes on it has the name.
func (m *Monitor) has(b soakName) (there bool) {
	answer := make(chan bool, 1)
	m.do(func() {
		e, ok := m.agreement.replica.Services.Lookup(b.name)
		answer <- ok && int(e.Core) == m.self && e.Incarnation == m.incarnation && e.Number == b.number
	})
	for {
		select {
		case there = <-answer:
			return there
		case <-time.After(askTime):
			if m.soaking.peers.Load() == 0 { // a simulated core has died
				return false
			}
		}
	}
}

// judge asks another core whether a soakName stands in its table.
func (m *Monitor) judge(r *rand.Rand, b soakName, want bool) {
	w := &m.soaking
	peer := w.peer(r)
	if peer < 0 {
		return
	}
	before := m.Lives()[peer]
	v, list, err := askStream(context.Background(), m, peer, askNames, askTime, message.None{})
	if err != nil || before.State != Up || m.Lives()[peer] != before || v.Members>>m.self&1 == 0 {
		return // it has died, or is just being born
	}
	there := false
	for _, n := range list {
		there = there || replica.Name(n.Name) == b.name && int(n.Core) == m.self && n.Incarnation == m.incarnation && n.Number == b.number
	}
	w.count(func(r *WorkReport) {
		if r.Judged++; there != want {
			r.False++
		}
	})
}
