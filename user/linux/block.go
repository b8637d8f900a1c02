package linux

import (
	"atoll/kernel/dispatch"
	"atoll/user/vfs"
)

// Waiting for files. A call that has to wait is made again when something has changed; what
// it has to remember of the first attempt is in the thread (moved, deadline).

// fileWaiter waits in the queue of a file.
type fileWaiter struct{ vfs.Waiter }

func (w *fileWaiter) leave(t *thread) {
	w.Remove()
	t.p.sys.waits--
}

// mostWaits bounds how many files the calls of a system wait for, one for each thread aside: each
// is a waiter in the kernel's heap, and a call can name a thousand.
const mostWaits = 4096

// block has the call made again when a queue is notified. A signal may have it made again,
// too.
func (t *thread) block(q *vfs.Queue) {
	t.await(dispatch.Forever, []*vfs.Queue{q})
	t.restarts = true
}

// blockFor has the call made again when one of the queues is notified, unless some
// nanoseconds have gone by since the first attempt: then it returns false, and the call is
// to be answered, but for a handler that is to run in its place. If it would wait for too many
// it answers with ENOMEM.
func (t *thread) blockFor(ns uint64, queues ...*vfs.Queue) bool {
	until := uint64(dispatch.Forever)
	if ns != forever {
		now := t.p.sys.loop.Now()
		if t.deadline == 0 {
			t.deadline = now + t.p.sys.env.Ticks(ns)
		}
		if until = t.deadline; now >= until {
			interrupts := t.interruptible()
			if interrupts {
				t.fail(interrupted)
			}
			return interrupts
		}
	}
	if len(queues) > 1 && t.p.sys.waits+len(queues) > mostWaits {
		t.fail(noMem)
		return true
	}
	t.await(until, queues)
	return true
}

// retry puts the thread to sleep until somebody wakes it, and has it make the call again.
func (t *thread) retry() {
	t.again, t.restarts = true, true
	t.sleep(forever, 0)
}

func (t *thread) await(until uint64, queues []*vfs.Queue) {
	for _, q := range queues {
		w := &fileWaiter{}
		w.Wake = func() { t.wake(0) }
		q.Add(&w.Waiter)
		t.queues = append(t.queues, w)
	}
	t.p.sys.waits += len(queues)
	t.again = true
	t.sleepUntil(until, 0)
}
