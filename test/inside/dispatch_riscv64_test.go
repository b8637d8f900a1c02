package inside

import (
	"runtime"
	"testing"
	"time"

	"atoll/arch/shim"
	"atoll/kernel/dispatch"
)

// caller is a dispatcher whose code calls all the time.
type caller struct {
	dispatch.Dispatcher
	calls int
	wrong uint64 // a cause that was no call
	trap  func(l *dispatch.Loop, c *caller) *dispatch.Dispatcher
}

func (c *caller) Trap(l *dispatch.Loop) *dispatch.Dispatcher {
	if c.Cause != shim.CauseUserCall {
		c.wrong = c.Cause
		l.End(&c.Dispatcher)
		return nil
	}
	c.calls++
	c.PC += 4
	return c.trap(l, c)
}

func (c *caller) Alarm(*dispatch.Loop) {}

// newCaller makes a dispatcher in an address space with this code.
func newCaller(s *space, trap func(l *dispatch.Loop, c *caller) *dispatch.Dispatcher) *caller {
	c := &caller{trap: trap}
	c.PC, c.Root, c.Handler = userCode, s.root, c
	return c
}

// TestDispatch runs programs that spin, one that calls, one that sleeps and one that other
// goroutines wake, beside each other in address spaces of their own.
func TestDispatch(t *testing.T) {
	const back = 0xffdf_f06f // j .-4
	spins := newSpace(t, toSelf)
	calls := buildSpace(t, spins.next, ecall, back)
	sleeps := buildSpace(t, calls.next, ecall, back)
	waits := buildSpace(t, sleeps.next, ecall, back)

	l := dispatch.New(dispatch.Hart(), dispatch.NewScheduler(shim.Ticks(time.Millisecond)))
	spinner := newCaller(spins, nil)
	busy := newCaller(calls, func(l *dispatch.Loop, c *caller) *dispatch.Dispatcher { return &c.Dispatcher })
	sleeper := newCaller(sleeps, func(l *dispatch.Loop, c *caller) *dispatch.Dispatcher {
		l.Sleep(&c.Dispatcher, shim.Now()+shim.Ticks(2*time.Millisecond))
		return nil
	})
	told := make(chan struct{}, 1)
	waiter := newCaller(waits, func(l *dispatch.Loop, c *caller) *dispatch.Dispatcher {
		l.Sleep(&c.Dispatcher, dispatch.Forever)
		select {
		case told <- struct{}{}:
		default:
		}
		return nil
	})
	all := []*caller{spinner, busy, sleeper, waiter}
	for _, c := range all[:3] {
		l.WakeLater(&c.Dispatcher)
	}
	const rounds = 50
	came := 0
	go func() {
		defer l.Stop()
		for ; came < rounds; came++ {
			l.WakeLater(&waiter.Dispatcher)
			select {
			case <-told:
			case <-time.After(patience):
				return
			}
			runtime.GC()
		}
	}()
	l.Run()
	for i, c := range all {
		if c.wrong != 0 {
			t.Errorf("program %d ended with cause %#x", i, c.wrong)
		}
	}
	if came != rounds || busy.calls == 0 || sleeper.calls < 3 {
		t.Errorf("woken %d times of %d, %d calls, slept %d times", came, rounds, busy.calls, sleeper.calls)
	}
	if spinner.PC != userCode {
		t.Errorf("the program that spins is at %#x", spinner.PC)
	}
}
