package monitor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"atoll/arch/layout"
	"atoll/arch/order"
	"atoll/monitor/message"
)

// FailureMode is a way to make an instance die, for tests and for the curious.
type FailureMode int

// Ways to die.
const (
	FailPanic  FailureMode = iota // a Go panic that nobody recovers
	FailFault                     // a nil dereference in a goroutine
	FailWild                      // wild writes over all it can reach
	FailStack                     // endless recursion
	FailOOM                       // endless allocation
	FailHang                      // an event loop that does not move
	FailZombie                    // a hart that spins with interrupts off
	FailStop                      // none: an orderly stop
	numFailures
)

var failureWords = [...]string{"panic", "fault", "wild", "stack", "oom", "hang", "zombie", "stop"}

func (f FailureMode) String() string { return failureWords[f] }

// ParseFailure finds the way that a word names.
func ParseFailure(word string) (FailureMode, error) {
	for f := range FailStop {
		if word == failureWords[f] {
			return f, nil
		}
	}
	return 0, fmt.Errorf("no instance can die by %q", word)
}

// failQuestion asks a core to die in a way; there is no answer unless it cannot.
type failQuestion struct{ How uint64 }

var askFail = message.DeclareRequest[failQuestion, message.None](38, "fail")

func init() {
	serveLater(askFail, func(m *Monitor, _ client, q failQuestion, done func(message.None, error)) {
		if q.How >= uint64(numFailures) {
			done(message.None{}, fmt.Errorf("core %d knows no way %d to die", m.self, q.How))
		} else if err := m.hart.Fail(FailureMode(q.How)); err != nil {
			done(message.None{}, err)
		}
	})
}

// Bounds of what concerns lives, for the console.
const (
	dieTime   = 30 * time.Second // a hang is noticed after about 6 s
	startTime = 20 * time.Second
)

// Crash makes a core die in a way, and waits until that has been noticed. If it is
// this core, it does not return. Not for the event loop.
func (m *Monitor) Crash(core int, how FailureMode) error {
	return m.crash(context.Background(), core, how)
}

// crash is Crash; its wait ends with the context, too.
func (m *Monitor) crash(ctx context.Context, core int, how FailureMode) error {
	if l := m.lives.get(core); l.State != Up {
		return downError(core)
	}
	if core == m.self {
		m.do(func() { m.hart.Fail(how) })
		select {} // this instance ends
	}
	go ask(ctx, m, core, askFail, dieTime, failQuestion{uint64(how)}) // has no answer
	_, err := m.awaitLife(ctx, core, dieTime, func(l Life) bool { return l.State == Dead || l.State == Zombie })
	return err
}

// StopCore ends a core in good order. See Crash.
func (m *Monitor) StopCore(core int) error { return m.Crash(core, FailStop) }

// StartCore starts a dead core from pristine data, and waits until it is up. Only
// the owner starts cores. Not for the event loop.
func (m *Monitor) StartCore(core int) error { return m.startCore(context.Background(), core) }

// startCore is StartCore; its wait ends with the context, too.
func (m *Monitor) startCore(ctx context.Context, core int) error {
	started := make(chan error, 1)
	var incarnation uint32
	m.do(func() {
		var err error
		incarnation, err = m.restart(core)
		started <- err
	})
	if err := <-started; err != nil {
		return err
	}
	life, err := m.awaitLife(ctx, core, 2*startTime, func(l Life) bool { return l.Incarnation >= incarnation && l.State != Starting })
	switch {
	case err != nil:
	case life.State == Dead:
		err = fmt.Errorf("core %d died before it was up: %s", core, life.Cause.Word())
	case life.State != Up:
		err = fmt.Errorf("core %d does not come up, and its hart has not stopped", core)
	}
	return err
}

// restart writes the record of the core's next life and has its hart started.
func (m *Monitor) restart(core int) (uint32, error) {
	life := m.lives.get(core)
	switch {
	case m.owner != m.self:
		return 0, fmt.Errorf("core %d starts cores, not core %d", m.owner, m.self)
	case life.State != Dead && life.State != Absent:
		return 0, fmt.Errorf("core %d is %v", core, life.State)
	case !m.hart.Stopped(core):
		return 0, fmt.Errorf("core %d is %v, but its hart has not stopped", core, life.State)
	}
	m.open(core) // an error only says that the core is down
	p := m.peers[core]
	if p == nil {
		return 0, errors.New("no pair frame to start it with")
	}
	life.State = Starting
	life.Incarnation = m.latest(core) + 1 // there may have been lives while this core did not run
	mine, _ := p.ch.Lines()
	order.Store64(&mine.Start.Row, m.plan.RowPA(core))
	start := uint64(life.Incarnation) | uint64(m.self)<<32
	if m.tracing {
		start |= layout.StartTraced
	}
	order.StoreRelease64(&mine.Start.Life, start)
	order.FenceFull() // the hart reads it with its MMU off
	m.setLife(core, life)
	m.expect(core, life)
	if err := m.hart.Restart(core); err != nil {
		life.State = Dead
		m.setLife(core, life)
		return 0, err
	}
	m.awaitBirth(core)
	return life.Incarnation, nil
}

// CauseOf names the cause of a core's last death, "" if it has not died.
func (l Life) CauseOf() string {
	if l.Cause == layout.CauseUnknown && l.State != Dead {
		return ""
	}
	return l.Cause.Word()
}
