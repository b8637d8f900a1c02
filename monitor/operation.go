package monitor

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"atoll/monitor/agree"
	"atoll/monitor/replica"
)

// Operations begin at their coordinator, in its event loop (beginOperation) or from
// another goroutine (Operate), which then waits for the outcome.

// Operation is what the cores are to agree on.
type Operation struct {
	Type     uint8 // of package replica, or opNothing
	TwoPhase bool
	Data     [agree.Words]uint64
}

// Why an operation was not done, or may not have been.
var (
	ErrConflict  = errors.New("in conflict with another operation, and not done")
	ErrExists    = errors.New("there is a service of that name already")
	ErrNotOurs   = errors.New("this core has no service of that name")
	ErrNotBegun  = errors.New("not begun in time: the cores have not agreed on their next view")
	ErrUndecided = errors.New("not all members have answered in time: it may yet be done")
)

// errOvertakes says that a decision of this core is on its way by a tree, which what
// would begin now might overtake.
var errOvertakes = errors.New("a decision is on its way by a tree")

// outcome is called when the outcome of an operation is known (of two phases:
// agree.Decided) and when all living members have it (agree.Finished).
type outcome func(what agree.EventKind, commit bool)

// beginOperation begins an operation. It fails, and nothing has happened, with
// agree.ErrChanging, agree.ErrWindow or errOvertakes: then it can be begun later; and
// with agree.ErrConflict. then is not called before it returns. For the event loop.
func (m *Monitor) beginOperation(o *Operation, then outcome) error {
	a := &m.agreement
	if a.running[a.node.NextSeq()%agreeWindow] != nil {
		return agree.ErrWindow // it is over, but its events are still to be acted on
	}
	var number uint32
	var err error
	if o.TwoPhase {
		number, err = a.node.BeginTwoPhase(o.Type, o.Data)
	} else {
		if a.flush(m); a.decisions > 0 {
			return errOvertakes
		}
		number, err = a.node.BeginOnePhase(o.Type, o.Data)
	}
	if err == nil {
		a.begun++
		a.running[number%agreeWindow] = then
	}
	return err
}

// happened acts on an event of the Node.
func (a *agreement) happened(e agree.Event) {
	if e.Kind == agree.Installed {
		a.begun, a.changed, a.moved = 0, true, true
		a.members.Store(a.node.View().Members)
		return
	}
	then := a.running[e.Seq%agreeWindow]
	if e.Kind == agree.Finished {
		a.running[e.Seq%agreeWindow] = nil
		a.changed = a.changed || len(a.waiting) > 0
	}
	then(e.Kind, e.Commit)
}

// waiter is who wants to begin an operation, or waits for its end.
type waiter struct {
	o     *Operation
	state atomic.Uint32 // who waits may give up as long as it is waiting
	done  chan error
}

// States of a waiter.
const (
	waiting uint32 = iota
	begun
	givenUp
)

// Operate has the cores agree on an operation and returns nil when all that live have
// done it. It waits within the bound until the view allows it, and for the members'
// answers; a death among them is no error. Any goroutine but the event loop's may call it.
func (m *Monitor) Operate(ctx context.Context, bound time.Duration, o *Operation) error {
	w := &waiter{o: o, done: make(chan error, 1)}
	m.do(func() { m.try(w) })
	timer := time.NewTimer(bound)
	defer timer.Stop()
	var why error
	select {
	case err := <-w.done:
		return err
	case <-ctx.Done():
		why = context.Cause(ctx)
	case <-timer.C:
		why = ErrNotBegun
	}
	if w.state.CompareAndSwap(waiting, givenUp) {
		m.do(func() { m.agreement.forget(w) })
		return why
	}
	select {
	case err := <-w.done: // meanwhile
		return err
	default:
		return ErrUndecided
	}
}

// try begins an operation for who waits, now or later.
func (m *Monitor) try(w *waiter) {
	a := &m.agreement
	if !w.state.CompareAndSwap(waiting, begun) {
		return
	}
	err := m.beginOperation(w.o, func(what agree.EventKind, commit bool) {
		switch {
		case what != agree.Finished:
		case commit:
			w.done <- nil
		default:
			w.done <- a.refusal(w.o)
		}
	})
	switch {
	case err == nil:
	case errors.Is(err, agree.ErrConflict):
		w.done <- a.refusal(w.o)
	default:
		w.state.Store(waiting)
		a.waiting = append(a.waiting, w)
	}
}

// refusal says why an operation was refused, as far as it can still be seen.
func (a *agreement) refusal(o *Operation) error {
	_, there := a.replica.Services.Lookup(replica.Name(o.Data[:len(replica.Name{})]))
	switch {
	case o.Type == replica.Put && there:
		return ErrExists
	case o.Type == replica.Delete:
		return ErrNotOurs
	}
	return ErrConflict
}

// forget drops who does not wait any more.
func (a *agreement) forget(w *waiter) {
	a.waiting = slices.DeleteFunc(a.waiting, func(o *waiter) bool { return o == w })
}

// goOn tries again what could not begin.
func (m *Monitor) goOn() {
	list := m.agreement.waiting
	m.agreement.waiting = nil
	for _, w := range list {
		m.try(w)
	}
}
