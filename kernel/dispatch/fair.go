package dispatch

// turn is a dispatcher as the scheduler sees it. The zero value is asleep, with the
// share of one.
type turn struct {
	node          // in Scheduler.queue; the key is virtual time, ticks for a share of one
	weight uint64 // shares, 0 is one
	ready  bool
	queued bool // is in the queue, where it may stay for a while when it is not ready
}

// Scheduler orders the ready dispatchers of a core by virtual time. Whoever has had
// least of the hart runs next, as with Linux's first fair scheduler; who was asleep is
// not owed the time that it did not want, but for one slice, which puts it ahead of those
// that have used theirs.
type Scheduler struct {
	slice uint64 // ticks
	queue heap   // the ready ones, and some that were
	least uint64 // virtual time of whoever ran last, less a slice: none wakes behind it
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
	t.ready = true
	s.ready++
	switch {
	case !t.queued:
		t.key = max(t.key, s.least)
		s.push(d)
	case t.key < s.least:
		s.queue.remove(&t.node)
		t.key = s.least
		s.push(d)
	}
}

// swap puts one to sleep and wakes another, if no more needs to be done than to say so.
func (s *Scheduler) swap(from, to *Dispatcher) bool {
	f, t := &from.turn, &to.turn
	if !f.ready || t.ready || !t.queued || t.key < s.least {
		return false
	}
	f.ready, t.ready = false, true
	return true
}

func (s *Scheduler) push(d *Dispatcher) {
	d.turn.queued = true
	s.queue.push(&d.turn.node, d)
}

// Sleep has a dispatcher want the hart no more. It stays in the queue until it would be
// picked: most of those that sleep, who call and who answer, wake before that.
func (s *Scheduler) Sleep(d *Dispatcher) {
	if d.turn.ready {
		d.turn.ready = false
		s.ready--
	}
}

// Remove puts a dispatcher to sleep that will never wake: it is nowhere any more.
func (s *Scheduler) Remove(d *Dispatcher) {
	s.Sleep(d)
	if d.turn.queued {
		d.turn.queued = false
		s.queue.remove(&d.turn.node)
	}
}

// Pick returns the dispatcher that runs next, and the ticks that it may; nil if none is
// ready. It stays ready.
func (s *Scheduler) Pick() (*Dispatcher, uint64) {
	d, vtime := s.queue.min()
	for d != nil && !d.turn.ready {
		s.Remove(d)
		d, vtime = s.queue.min()
	}
	s.least = max(s.least, vtime-min(vtime, s.slice))
	return d, s.slice
}

// Charge says for how many ticks a dispatcher has had the hart.
func (s *Scheduler) Charge(d *Dispatcher, ticks uint64) {
	t := &d.turn
	if t.queued {
		s.queue.remove(&t.node)
		t.queued = false
	}
	t.key += max(ticks, 1) / max(t.weight, 1)
	if t.ready {
		s.push(d)
	}
}

// Ahead reports whether a dispatcher that has woken should have the hart before one
// that has had it for so many ticks now.
func (s *Scheduler) Ahead(woken, running *Dispatcher, ticks uint64) bool {
	r := &running.turn
	return woken.turn.ready && woken.turn.key < r.key+ticks/max(r.weight, 1)
}
