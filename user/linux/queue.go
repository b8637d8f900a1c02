package linux

import "slices"

// queue is threads that wait for the same thing, in the order in which they came. A thread
// may wait in several queues; it leaves them all when it is woken, by whomever.
type queue struct{ threads []*thread }

// leaver is a queue that a thread can leave.
type leaver interface{ leave(t *thread) }

func (q *queue) leave(t *thread) {
	if i := slices.Index(q.threads, t); i >= 0 {
		q.threads = slices.Delete(q.threads, i, i+1)
	}
}

// waitIn enters a queue. The thread is put to sleep besides.
func (t *thread) waitIn(q *queue) {
	q.threads = append(q.threads, t)
	t.queues = append(t.queues, q)
}

// wakeAll ends the calls of those who wait, or has them made again (thread.retry).
func (q *queue) wakeAll() {
	for len(q.threads) > 0 {
		q.threads[0].wake(0)
	}
}

// leaveQueues takes the thread out of all queues.
func (t *thread) leaveQueues() {
	for _, q := range t.queues {
		q.leave(t)
	}
	t.queues = t.queues[:0]
}
