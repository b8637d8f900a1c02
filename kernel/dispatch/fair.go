package dispatch

// turn is a dispatcher as the scheduler sees it. The zero value is asleep, with the
// share of one.
type turn struct {
	node          // in Scheduler.queue; the key is virtual time, ticks for a share of one
	weight uint64 // shares, 0 is one
	ready  bool
}

// Scheduler orders the ready dispatchers of a core by virtual time. Whoever has had
// least of the hart runs next, as with Linux's first fair scheduler; who was asleep is
// not owed the time that it did not want, but for one slice, which puts it ahead of those
// that have used theirs.
type Scheduler struct {
	slice uint64 // ticks
	queue heap   // the ready ones
	floor uint64 // virtual time of whoever ran last: none wakes far behind it
	ready int
}

// NewScheduler returns one that lets each run for at most slice ticks at a time.
func NewScheduler(slice uint64) *Scheduler { return &Scheduler{slice: slice} }

// SetWeight gives a dispatcher so many shares, from 1 on.
func (d *Dispatcher) SetWeight(shares uint64) { d.turn.weight = shares }

// Ready returns how many dispatchers want the hart.
func (s *Scheduler) Ready() int { return s.ready }

// Wake makes a dispatcher ready. It may be ready already.
func (s *Scheduler) Wake(d *Dispatcher) {
	t := &d.turn
	if t.ready {
		return
	}
	if s.floor > s.slice {
		t.key = max(t.key, s.floor-s.slice)
	}
	t.ready = true
	s.ready++
	s.queue.push(&t.node, d)
}

// Sleep takes a dispatcher out; it wants the hart no more.
func (s *Scheduler) Sleep(d *Dispatcher) {
	t := &d.turn
	if !t.ready {
		return
	}
	t.ready = false
	s.ready--
	s.queue.remove(&t.node)
}

// Pick returns the dispatcher that runs next, and the ticks that it may; nil if none is
// ready. It stays ready.
func (s *Scheduler) Pick() (*Dispatcher, uint64) {
	d, vtime := s.queue.min()
	s.floor = max(s.floor, vtime)
	return d, s.slice
}

// Charge says for how many ticks a dispatcher has had the hart.
func (s *Scheduler) Charge(d *Dispatcher, ticks uint64) {
	t := &d.turn
	if t.ready {
		s.queue.remove(&t.node)
	}
	t.key += max(ticks, 1) / max(t.weight, 1)
	if t.ready {
		s.queue.push(&t.node, d)
	}
}

// Ahead reports whether a dispatcher that has woken should have the hart before one
// that has had it for so many ticks now.
func (s *Scheduler) Ahead(woken, running *Dispatcher, ticks uint64) bool {
	r := &running.turn
	return woken.turn.ready && woken.turn.key < r.key+ticks/max(r.weight, 1)
}
