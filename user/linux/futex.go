package linux

import "slices"

// waiters are the threads that wait for a futex, in the order in which they came.
type waiters struct {
	p       *Process
	at      uint64
	threads []*thread
}

// remove takes a thread out, and forgets the futex when it was the last.
func (w *waiters) remove(t *thread) {
	if i := slices.Index(w.threads, t); i >= 0 {
		w.threads = slices.Delete(w.threads, i, i+1)
	}
	t.queue = nil
	if len(w.threads) == 0 {
		delete(w.p.futexes, w.at)
	}
}

// Operations (uapi/linux/futex.h).
const (
	futexWait, futexWake = 0, 1
	futexPrivate         = 128
)

func futex(t *thread, a args) {
	switch at, op := a[0], a[1]&^futexPrivate; op {
	case futexWait:
		t.waitFutex(at, uint32(a[2]), a[3])
	case futexWake:
		if at%4 != 0 {
			t.fail(inval)
			return
		}
		t.answer(t.p.wakeFutex(at, a[2]))
	default:
		t.fail(noSys)
	}
}

// waitFutex puts the thread to sleep while a word has a value.
func (t *thread) waitFutex(at uint64, value uint32, timeout uint64) {
	ns := uint64(forever)
	if timeout != 0 {
		var e errno
		if ns, e = t.p.loadSpan(timeout); e != 0 {
			t.fail(e)
			return
		}
	}
	now, ok := t.p.load32(at)
	switch {
	case at%4 != 0:
		t.fail(inval)
		return
	case !ok:
		t.fail(fault)
		return
	case now != value:
		t.fail(again)
		return
	}
	w := t.p.futexes[at]
	if w == nil {
		w = &waiters{p: t.p, at: at}
		t.p.futexes[at] = w
	}
	w.threads = append(w.threads, t)
	t.queue = w
	t.sleep(ns, timedOut.result())
}

// wakeFutex wakes up to n threads that wait for an address, and returns how many.
func (p *Process) wakeFutex(at, n uint64) (woken uint64) {
	for w := p.futexes[at]; w != nil && len(w.threads) > 0 && woken < n; woken++ {
		w.threads[0].wake(0)
	}
	return woken
}
