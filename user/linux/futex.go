package linux

// waiters are the threads that wait for a futex.
type waiters struct {
	queue
	of map[uint64]*waiters
	at uint64
}

// leave forgets the futex when the last leaves.
func (w *waiters) leave(t *thread) {
	w.queue.leave(t)
	if len(w.threads) == 0 {
		delete(w.of, w.at)
	}
}

// Operations (uapi/linux/futex.h).
const (
	futexWait, futexWake             = 0, 1
	futexWaitBitset, futexWakeBitset = 9, 10
	futexPrivate, futexRealtime      = 128, 256
)

// futex serves waits and wakes. A set of bits is taken for all of them: who is woken for
// another's looks at his word again.
func futex(t *thread, a args) {
	switch at, op := a[0], a[1]&^(futexPrivate|futexRealtime); op {
	case futexWait:
		t.waitFutex(at, uint32(a[2]), a[3], false, 0)
	case futexWaitBitset:
		clock := uint64(clockMonotonic)
		if a[1]&futexRealtime != 0 {
			clock = clockRealtime
		}
		t.waitFutex(at, uint32(a[2]), a[3], true, clock)
	case futexWake, futexWakeBitset:
		if at%4 != 0 {
			t.fail(inval)
			return
		}
		t.answer(t.p.wakeFutex(at, uint64(uint32(a[2]))))
	default:
		t.fail(noSys)
	}
}

// waitFutex puts the thread to sleep while a word has a value, at most for a time, or until
// a time of a clock if that is absolute.
func (t *thread) waitFutex(at uint64, value uint32, timeout uint64, absolute bool, clock uint64) {
	ns := uint64(forever)
	if timeout != 0 {
		var e errno
		if ns, e = t.p.loadSpan(timeout); e != 0 {
			t.fail(e)
			return
		}
		if absolute {
			now, _ := t.p.clock(clock)
			ns = max(ns, now) - now
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
	of, at := t.p.futexesAt(at)
	w := of[at]
	if w == nil {
		w = &waiters{of: of, at: at}
		of[at] = w
	}
	w.threads = append(w.threads, t)
	t.queues = append(t.queues, w)
	t.sleep(ns, timedOut.result())
	t.restarts = ns == forever
}

// futexesAt returns the futexes that one at an address is among, and its key: the address, or in
// memory that processes have in common the physical one.
func (m *memory) futexesAt(at uint64) (map[uint64]*waiters, uint64) {
	if pa, ok := m.space.Common(at); ok {
		return m.systemFutexes, pa
	}
	return m.futexes, at
}

// wakeFutex wakes up to n threads that wait for an address, and returns how many.
func (m *memory) wakeFutex(at, n uint64) (woken uint64) {
	of, at := m.futexesAt(at)
	for w := of[at]; w != nil && len(w.threads) > 0 && woken < n; woken++ {
		w.threads[0].wake(0)
	}
	return woken
}
