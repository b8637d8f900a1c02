package dispatch

// Entity is a dispatcher as the scheduler sees it. The zero value is asleep, with the
// share of one.
type Entity struct {
	vtime  uint64 // virtual time, ticks for a share of one
	weight uint64 // shares, 0 is one
	ready  bool

	// Pairing heap: the first child, the next sibling, and the sibling before it or,
	// of a first child, the parent.
	child, next, prev *Entity
}

// Scheduler orders the ready dispatchers of a core by virtual time. Whoever has had
// least of the hart runs next, as with Linux's first fair scheduler; who was asleep is
// not owed the time that it did not want, but for one slice, which puts it ahead of those
// that have used theirs.
type Scheduler struct {
	slice uint64  // ticks
	first *Entity // root of the heap
	floor uint64  // virtual time of whoever ran last: none wakes far behind it
	ready int
}

// New returns a scheduler that lets each run for at most slice ticks at a time.
func New(slice uint64) *Scheduler { return &Scheduler{slice: slice} }

// SetWeight gives a dispatcher so many shares, from 1 on.
func (e *Entity) SetWeight(shares uint64) { e.weight = shares }

// Ready returns how many dispatchers want the hart.
func (s *Scheduler) Ready() int { return s.ready }

// Wake makes a dispatcher ready. It may be ready already.
func (s *Scheduler) Wake(e *Entity) {
	if e.ready {
		return
	}
	if s.floor > s.slice {
		e.vtime = max(e.vtime, s.floor-s.slice)
	}
	e.ready = true
	s.ready++
	s.first = meld(s.first, e)
}

// Sleep takes a dispatcher out; it wants the hart no more.
func (s *Scheduler) Sleep(e *Entity) {
	if !e.ready {
		return
	}
	e.ready = false
	s.ready--
	s.remove(e)
}

// Pick returns the dispatcher that runs next, and the ticks that it may; nil if none is
// ready. It stays ready.
func (s *Scheduler) Pick() (*Entity, uint64) {
	if s.first == nil {
		return nil, 0
	}
	s.floor = max(s.floor, s.first.vtime)
	return s.first, s.slice
}

// Charge says for how many ticks a dispatcher has had the hart.
func (s *Scheduler) Charge(e *Entity, ticks uint64) {
	if e.ready {
		s.remove(e)
	}
	e.vtime += max(ticks, 1) / max(e.weight, 1)
	if e.ready {
		s.first = meld(s.first, e)
	}
}

// Ahead reports whether a dispatcher that has woken should have the hart before one
// that runs, which has had it for so many ticks.
func (s *Scheduler) Ahead(woken, running *Entity, ticks uint64) bool {
	return woken.ready && woken.vtime < running.vtime+ticks/max(running.weight, 1)
}

// meld joins two heaps (Fredman et al., The pairing heap, 1986).
func meld(a, b *Entity) *Entity {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	case b.vtime < a.vtime:
		a, b = b, a
	}
	b.next, b.prev = a.child, a
	if a.child != nil {
		a.child.prev = b
	}
	a.child = b
	return a
}

// remove takes a dispatcher out of the heap.
func (s *Scheduler) remove(e *Entity) {
	below := pair(e.child)
	switch {
	case e == s.first:
		s.first = below
	default:
		if e.prev.child == e {
			e.prev.child = e.next
		} else {
			e.prev.next = e.next
		}
		if e.next != nil {
			e.next.prev = e.prev
		}
		s.first = meld(s.first, below)
	}
	e.child, e.next, e.prev = nil, nil, nil
}

// pair melds a list of siblings: two by two, then from the last pair back. It takes
// time in their number, which what put them there has paid for.
func pair(e *Entity) *Entity {
	var pairs *Entity // linked through next, last pair first
	for e != nil {
		a, b := e, e.next
		e = nil
		if b != nil {
			e = b.next
			b.next, b.prev = nil, nil
		}
		a.next, a.prev = nil, nil
		m := meld(a, b)
		m.next = pairs
		pairs = m
	}
	var root *Entity
	for pairs != nil {
		rest := pairs.next
		pairs.next = nil
		root = meld(root, pairs)
		pairs = rest
	}
	return root
}
