package threads

// MaxThreads bounds the threads of a dispatcher.
const MaxThreads = 32

// none is no thread: their numbers begin at 1.
const none = 0

// condition is what a thread does.
type condition uint64

// Conditions.
const (
	absent  condition = iota // there is no such thread
	ready                    // wants to run: it is in the list of those
	running                  // has been taken
	asleep                   // in the list of sleepers, until a time or something that wakes it
)

// place is a thread as the queue sees it. Links are numbers, for what runs outside of the
// Go runtime must not store pointers.
type place struct {
	condition condition
	next      uint64
	until     uint64 // of a sleeper
	message   bool   // a message wakes it
	token     bool   // somebody has woken it when it did not sleep: it will not next time
	onTime    bool   // its time had come when it woke
}

// queue says which of a dispatcher's threads runs next: those that are ready take turns.
// With most set, and nothing else, it has no thread.
type queue struct {
	places      [MaxThreads + 1]place // the first is unused
	first, last uint64                // of those that are ready
	sleepers    uint64                // the first to wake is first
	count       uint64                // threads there are
	most        uint64                // that there can be
}

// add makes a new thread, ready, and returns its number, none if there are too many.
func (q *queue) add() uint64 {
	i := q.free()
	if i != none {
		q.places[i] = place{}
		q.count++
		q.push(i)
	}
	return i
}

// free returns the number that a new thread would have.
func (q *queue) free() uint64 {
	for i := uint64(1); i <= q.most; i++ {
		if q.places[i].condition == absent {
			return i
		}
	}
	return none
}

// push makes a thread ready, behind all others.
func (q *queue) push(i uint64) {
	p := &q.places[i]
	p.condition, p.next = ready, none
	if q.first == none {
		q.first = i
	} else {
		q.places[q.last].next = i
	}
	q.last = i
}

// pushFront makes one that has been taken ready again, before all others.
func (q *queue) pushFront(i uint64) {
	p := &q.places[i]
	p.condition, p.next = ready, q.first
	if q.first == none {
		q.last = i
	}
	q.first = i
}

// take returns the thread that runs next, none if none is ready.
func (q *queue) take() uint64 {
	i := q.first
	if i != none {
		q.first = q.places[i].next
		q.places[i].condition = running
	}
	return i
}

// sleep puts the running thread to sleep until a time, a wake, or if it says so a message.
// It reports false, and the thread still runs, if it has been woken before.
func (q *queue) sleep(i, until uint64, message bool) bool {
	p := &q.places[i]
	if p.token {
		p.token, p.onTime = false, false
		return false
	}
	p.condition, p.until, p.message = asleep, until, message
	at := &q.sleepers
	for *at != none && q.places[*at].until <= until {
		at = &q.places[*at].next
	}
	p.next, *at = *at, i
	return true
}

// wake wakes a thread, or has its next sleep end at once.
func (q *queue) wake(i uint64) {
	if i == none || i > MaxThreads {
		return
	}
	switch p := &q.places[i]; p.condition {
	case absent:
	case asleep:
		at := &q.sleepers
		for *at != i {
			at = &q.places[*at].next
		}
		*at = p.next
		q.awake(i, false)
	default:
		p.token = true
	}
}

func (q *queue) awake(i uint64, onTime bool) {
	q.places[i].onTime = onTime
	q.push(i)
}

// message wakes all who wait for one.
func (q *queue) message() {
	for at := &q.sleepers; *at != none; {
		i := *at
		p := &q.places[i]
		if !p.message {
			at = &p.next
			continue
		}
		*at = p.next
		q.awake(i, false)
	}
}

// expire wakes those whose time has come.
func (q *queue) expire(now uint64) {
	for q.sleepers != none && q.places[q.sleepers].until <= now {
		i := q.sleepers
		q.sleepers = q.places[i].next
		q.awake(i, true)
	}
}

// alarm returns when the first sleeper has to be woken.
func (q *queue) alarm() uint64 {
	if q.sleepers == none {
		return forever
	}
	return q.places[q.sleepers].until
}

// end ends the running thread.
func (q *queue) end(i uint64) {
	q.places[i].condition = absent
	q.count--
}
