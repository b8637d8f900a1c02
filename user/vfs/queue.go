package vfs

// Events say what an open file is ready for, with the numbers of poll and epoll.
type Events uint32

const (
	In    Events = 0x1 // something can be read, or the end has come
	Out   Events = 0x4
	Err   Events = 0x8    // nobody reads any more
	Hup   Events = 0x10   // nobody writes any more, and all is read
	RdHup Events = 0x2000 // nobody writes any more
)

// Queue is who waits for something to change, in the order in which they came. The zero
// value is empty.
type Queue struct {
	first, last *Waiter
	count       int
}

// Waiter waits in at most one queue. It is woken at each change until it is removed; a wake
// only says to look.
type Waiter struct {
	Wake           func()
	in             *Queue
	before, behind *Waiter // in the queue
}

// Add puts a waiter at the end, unless it waits already.
func (q *Queue) Add(w *Waiter) {
	if w.in != nil {
		return
	}
	w.in, w.before = q, q.last
	if q.last != nil {
		q.last.behind = w
	} else {
		q.first = w
	}
	q.last = w
	q.count++
}

// Remove takes the waiter out of its queue, which takes as long in a long one: programs say
// how many there are.
func (w *Waiter) Remove() {
	q := w.in
	if q == nil {
		return
	}
	if w.before != nil {
		w.before.behind = w.behind
	} else {
		q.first = w.behind
	}
	if w.behind != nil {
		w.behind.before = w.before
	} else {
		q.last = w.before
	}
	w.in, w.before, w.behind = nil, nil, nil
	q.count--
}

// Empty reports whether nobody waits.
func (q *Queue) Empty() bool { return q.first == nil }

// Notify wakes all who wait now, but those whom the wake of another has removed.
func (q *Queue) Notify() {
	now := make([]*Waiter, 0, q.count)
	for w := q.first; w != nil; w = w.behind {
		now = append(now, w)
	}
	for _, w := range now {
		if w.in == q {
			w.Wake()
		}
	}
}
