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
	jumped    uint64 // the turn in which it was put ahead of others
}

// list is threads in the order in which they will run.
type list struct{ first, last uint64 }

// queue says which of a dispatcher's threads runs next. Those that are ready take turns. Who
// has woken runs before them, once in a turn of the dispatcher: so it is not late, and
// threads that wake each other all the time leave the hart to others too. With most set, and
// nothing else, it has no thread.
type queue struct {
	places   [MaxThreads + 1]place // the first is unused
	ahead    list                  // ready, before all others
	ready    list
	sleepers uint64 // the first to wake is first
	turn     uint64 // of the dispatcher
	count    uint64 // threads there are
	most     uint64 // that there can be
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
func (q *queue) push(i uint64) { q.pushBack(&q.ready, i) }

// keep has the thread that has been taken go on, before all others.
func (q *queue) keep(i uint64) { q.pushFront(&q.ahead, i) }

// goOn has it go on when those have run that are ahead of others.
func (q *queue) goOn(i uint64) { q.pushFront(&q.ready, i) }

func (q *queue) pushBack(l *list, i uint64) {
	p := &q.places[i]
	p.condition, p.next = ready, none
	if l.first == none {
		l.first = i
	} else {
		q.places[l.last].next = i
	}
	l.last = i
}

func (q *queue) pushFront(l *list, i uint64) {
	p := &q.places[i]
	p.condition, p.next = ready, l.first
	if l.first == none {
		l.last = i
	}
	l.first = i
}

// take returns the thread that runs next, none if none is ready.
func (q *queue) take() uint64 {
	l := &q.ahead
	if l.first == none {
		l = &q.ready
	}
	i := l.first
	if i != none {
		l.first = q.places[i].next
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
	p := &q.places[i]
	p.onTime = onTime
	if p.jumped == q.turn {
		q.push(i)
		return
	}
	p.jumped = q.turn
	q.pushBack(&q.ahead, i)
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
