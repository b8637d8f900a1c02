package linux

import (
	"atoll/kernel/dispatch"
)

// timer is a process's ITIMER_REAL: it sends SIGALRM at a time, once or again and again. To
// the loop it is a dispatcher that sleeps until then, and never runs.
type timer struct {
	dispatch.Dispatcher
	p        *Process
	at       uint64 // ticks, 0: it is off
	interval uint64 // ns, 0: once
}

// Trap is never called.
func (m *timer) Trap(*dispatch.Loop) *dispatch.Dispatcher { return nil }

// Alarm is called at the time.
func (m *timer) Alarm(l *dispatch.Loop) {
	m.set(l, m.interval, m.interval)
	m.p.signal(siginfo{sig: sigALRM, code: codeKernel})
}

// set turns the timer on, in so many nanoseconds, or off for 0.
func (m *timer) set(l *dispatch.Loop, ns, interval uint64) {
	m.at, m.interval = 0, interval
	until := uint64(dispatch.Forever)
	if ns != 0 {
		until = l.Now() + max(m.p.sys.env.Ticks(ns), 1)
		m.at = until
	}
	l.Sleep(&m.Dispatcher, until)
}

// left returns how many nanoseconds there are until the time, 0 if it is off.
func (m *timer) left() uint64 {
	if m.at == 0 {
		return 0
	}
	now := m.p.sys.loop.Now()
	return max(m.p.sys.nanoseconds(max(m.at, now)-now), 1000)
}

// itimer returns the process's timer, which comes into being when it is first used.
func (p *Process) itimer() *timer {
	if p.timer == nil {
		p.timer = &timer{p: p}
		p.timer.Handler = p.timer
	}
	return p.timer
}

// endTimer turns it off for ever.
func (p *Process) endTimer() {
	if p.timer != nil {
		p.sys.loop.End(&p.timer.Dispatcher)
		p.timer = nil
	}
}

// timerReal is the one that there is.
const timerReal = 0

// setitimer sets ITIMER_REAL.
func setitimer(t *thread, a args) {
	if a[0] != timerReal {
		t.fail(inval)
		return
	}
	var ns, interval uint64
	if a[1] != 0 {
		var e, e2 errno
		interval, e = t.p.loadTimeval(a[1])
		ns, e2 = t.p.loadTimeval(a[1] + 16)
		if e != 0 || e2 != 0 {
			t.fail(max(e, e2))
			return
		}
	}
	if a[2] != 0 && !t.p.storeTimer(a[2]) {
		t.fail(fault)
		return
	}
	t.p.itimer().set(t.p.sys.loop, ns, interval)
	t.answer(0)
}

func getitimer(t *thread, a args) {
	if a[0] != timerReal {
		t.fail(inval)
		return
	}
	t.answerStore(t.p.storeTimer(a[1]))
}

// storeTimer writes a struct itimerval.
func (p *Process) storeTimer(at uint64) bool {
	m := p.itimer()
	return p.storeTimeval(at, m.interval) && p.storeTimeval(at+16, m.left())
}
