package vfs

import "slices"

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
type Queue struct{ waiters []*Waiter }

// Waiter waits in at most one queue. It is woken at each change until it is removed; a wake
// only says to look.
type Waiter struct {
	Wake func()
	in   *Queue
}

// Add puts a waiter at the end, unless it waits already.
func (q *Queue) Add(w *Waiter) {
	if w.in == nil {
		w.in = q
		q.waiters = append(q.waiters, w)
	}
}

// Remove takes the waiter out of its queue.
func (w *Waiter) Remove() {
	if q := w.in; q != nil {
		w.in = nil
		q.waiters = slices.DeleteFunc(q.waiters, func(x *Waiter) bool { return x == w })
	}
}

// Empty reports whether nobody waits.
func (q *Queue) Empty() bool { return len(q.waiters) == 0 }

// Notify wakes all who wait now, but those whom the wake of another has removed.
func (q *Queue) Notify() {
	for _, w := range slices.Clone(q.waiters) {
		if w.in == q {
			w.Wake()
		}
	}
}
