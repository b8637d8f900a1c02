package dispatch

// turn is a dispatcher's, or a group's, place in the queue that it is in. The zero value is asleep,
// with the share of one.
type turn[T any] struct {
	node[turn[T]]        // in queue.heap; the key is virtual time, ticks for a share of one
	of            *T     // whose it is, when it has ever been awake
	weight        uint64 // shares, 0 is one
	ready         bool
	queued        bool // is in the heap, where it may stay for a while when it is not ready
}

// queue orders what is ready by virtual time. Whoever has had least of the hart is next, as
// with Linux's first fair scheduler; who was asleep is not owed the time that it did not want,
// but for one slice, which puts it ahead of those that have used theirs.
type queue[T any] struct {
	heap  heap[turn[T]] // the ready ones, and some that were
	least uint64        // virtual time of whoever ran last, less a slice: none wakes behind it
}

// push enters one in the heap.
func (q *queue[T]) push(t *turn[T]) {
	t.queued = true
	q.heap.push(&t.node, t)
}

// drop takes one out of the heap, if it is there.
func (q *queue[T]) drop(t *turn[T]) {
	if t.queued {
		t.queued = false
		q.heap.remove(&t.node)
	}
}

// wake makes one ready that is not.
func (q *queue[T]) wake(t *turn[T], of *T) {
	t.ready, t.of = true, of
	if t.queued && t.key >= q.least {
		return
	}
	q.drop(t)
	t.key = max(t.key, q.least)
	q.push(t)
}

// pick returns who is next, nil if nobody is ready.
func (q *queue[T]) pick(slice uint64) *T {
	t, vtime := q.heap.min()
	for t != nil && !t.ready {
		q.drop(t)
		t, vtime = q.heap.min()
	}
	if t == nil {
		return nil
	}
	q.least = max(q.least, vtime-min(vtime, slice))
	return t.of
}

// charge moves one behind those that have had less virtual time.
func (q *queue[T]) charge(t *turn[T], virtual uint64) {
	q.drop(t)
	t.key += virtual
	if t.ready {
		q.push(t)
	}
}

// Group is the dispatchers of one run: however many they are, they have one share of the hart
// together. The zero value has none.
type Group struct {
	Name uint64 // by which those who make groups know it; none other looks at it

	turn    turn[Group] // among the groups
	queue   queue[Dispatcher]
	ready   int // how many of them want the hart
	members int // how many there are
}

// Scheduler orders the groups of a core by virtual time, and within each its dispatchers. So
// a program gets no more by making many of them, however fast, and who has a message comes
// before all that have used their share, be they of its program or of others.
type Scheduler struct {
	slice  uint64 // ticks
	queue  queue[Group]
	common Group // of the dispatchers that nobody has entered in a group
	ready  int
	// groups are those that have dispatchers, which may lie where the collector does not see
	// what they lead to.
	groups map[*Group]struct{}
}

// NewScheduler returns one that lets each run for at most slice ticks at a time.
func NewScheduler(slice uint64) *Scheduler {
	return &Scheduler{slice: slice, groups: map[*Group]struct{}{}}
}

// SetWeight gives a dispatcher so many shares of its group's, from 1 on.
func (d *Dispatcher) SetWeight(shares uint64) { d.turn.weight = shares }

// Ready returns how many dispatchers want the hart.
func (s *Scheduler) Ready() int { return s.ready }

// Join makes a dispatcher one of a group, instead of that which it was in. It is asleep then.
func (s *Scheduler) Join(d *Dispatcher, g *Group) {
	if d.group == g {
		return
	}
	s.Remove(d)
	d.group, d.turn.key = g, 0 // the time of another group is none of this one's
	if g.members++; g.members == 1 {
		s.groups[g] = struct{}{}
	}
}

// virtual returns how much virtual time so many ticks are to a dispatcher: more than nothing, so
// that nobody runs for ever in small pieces.
func (d *Dispatcher) virtual(ticks uint64) uint64 {
	shares := max(d.turn.weight, 1)
	if d.Leads && d.group.ready > 1 {
		shares *= uint64(d.group.ready - 1)
	}
	return (max(ticks, 1) + shares - 1) / shares
}

// Follow has a dispatcher, which sleeps and has not run in its group, begin where another of the
// group is that has had the hart for so many ticks now: its maker. One that has just been made is
// not owed what others have waited for: else who makes others without end, which end, would keep
// from the hart all who have run before.
func (s *Scheduler) Follow(d, maker *Dispatcher, ticks uint64) {
	d.turn.key = maker.turn.key + maker.virtual(ticks)
}

// groupOf returns the group that a dispatcher is in.
func (s *Scheduler) groupOf(d *Dispatcher) *Group {
	if d.group == nil {
		s.Join(d, &s.common)
	}
	return d.group
}

// Wake makes a dispatcher ready. It may be ready already.
func (s *Scheduler) Wake(d *Dispatcher) {
	if d.turn.ready {
		return
	}
	s.ready++
	g := s.groupOf(d)
	g.queue.wake(&d.turn, d)
	if g.ready++; !g.turn.ready {
		s.queue.wake(&g.turn, g)
	}
}

// swap puts one to sleep and wakes another, if no more needs to be done than to say so.
func (s *Scheduler) swap(from, to *Dispatcher) bool {
	f, t := &from.turn, &to.turn
	if from.group != to.group || !f.ready || t.ready || !t.queued || t.key < to.group.queue.least {
		return false
	}
	f.ready, t.ready = false, true
	return true
}

// Sleep has a dispatcher want the hart no more. It stays in the queue until it would be
// picked, as its group does: most of those that sleep, who call and who answer, wake before
// that.
func (s *Scheduler) Sleep(d *Dispatcher) {
	if !d.turn.ready {
		return
	}
	d.turn.ready = false
	s.ready--
	d.group.ready--
	d.group.turn.ready = d.group.ready > 0
}

// Remove puts a dispatcher to sleep and takes it out of its group: it is nowhere any more. What
// it has used counts for the group yet.
func (s *Scheduler) Remove(d *Dispatcher) {
	s.Sleep(d)
	g := d.group
	if g == nil {
		return
	}
	g.queue.drop(&d.turn)
	d.group = nil
	if g.members--; g.members == 0 {
		s.queue.drop(&g.turn)
		delete(s.groups, g)
	}
}

// Owes reports whether a group has had so much of the hart that another in its place, a new one,
// would be ahead of it.
func (s *Scheduler) Owes(g *Group) bool { return g.turn.key > s.queue.least }

// Pick returns the dispatcher that runs next, and the ticks that it may; nil if none is
// ready. It stays ready.
func (s *Scheduler) Pick() (*Dispatcher, uint64) {
	g := s.queue.pick(s.slice)
	if g == nil {
		return nil, s.slice
	}
	return g.queue.pick(s.slice), s.slice
}

// Charge says for how many ticks a dispatcher has had the hart.
func (s *Scheduler) Charge(d *Dispatcher, ticks uint64) {
	g := s.groupOf(d)
	g.queue.charge(&d.turn, d.virtual(ticks))
	s.queue.charge(&g.turn, max(ticks, 1))
}

// Ahead reports whether a dispatcher that has woken should have the hart before one
// that has had it for so many ticks now.
func (s *Scheduler) Ahead(woken, running *Dispatcher, ticks uint64) bool {
	switch {
	case !woken.turn.ready:
		return false
	case woken.group == running.group:
		return woken.turn.key < running.turn.key+running.virtual(ticks)
	}
	return woken.group.turn.key < running.group.turn.key+ticks
}
