package dispatch

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

const slice = 1000

// program is a dispatcher of a simulated hart: it computes for a while each time that it
// wakes, or for ever.
type program struct {
	Dispatcher
	left   uint64 // ticks until it sleeps, of this burst
	used   uint64
	wakes  uint64 // when it wakes next, 0: by nobody
	waited uint64 // the longest time from waking to running
	since  uint64 // when it woke; 0: has run since
}

// hart runs programs by the scheduler, as the CPU driver does.
type hart struct {
	s    *Scheduler
	all  []*program
	now  uint64
	cost uint64 // of a switch
}

func newHart(programs ...*program) *hart {
	h := &hart{s: NewScheduler(slice), all: programs, now: 1}
	for _, p := range programs {
		if p.left > 0 {
			h.s.Wake(&p.Dispatcher)
		}
	}
	return h
}

func (h *hart) program(e *Dispatcher) *program {
	return h.all[slices.IndexFunc(h.all, func(p *program) bool { return &p.Dispatcher == e })]
}

// wakeDue wakes who is due, and returns when the next one is.
func (h *hart) wakeDue(burst func(*program)) (next uint64) {
	next = ^uint64(0)
	for _, p := range h.all {
		if p.wakes != 0 && p.wakes <= h.now {
			p.wakes, p.since = 0, h.now
			burst(p)
			h.s.Wake(&p.Dispatcher)
		}
		if p.wakes != 0 {
			next = min(next, p.wakes)
		}
	}
	return next
}

// until runs the hart to a time. burst is called when a program wakes, done when its
// burst is over.
func (h *hart) until(end uint64, burst, done func(*program)) {
	for h.now < end {
		next := h.wakeDue(burst)
		e, most := h.s.Pick()
		if e == nil {
			h.now = min(next, end)
			continue
		}
		p := h.program(e)
		if p.since != 0 {
			p.waited = max(p.waited, h.now-p.since)
			p.since = 0
		}
		// It runs until its slice or burst is over, or somebody wakes.
		ran := max(min(most, p.left, max(next, h.now+1)-h.now), 1)
		h.now += ran
		p.used += ran
		h.s.Charge(e, ran)
		if p.left -= ran; p.left == 0 {
			h.s.Sleep(e)
			done(p)
		}
	}
}

const always = 1 << 60

func nothing(*program) {}

// Shares of the hart are as the weights say. Sabotage: in Charge, do not divide by the
// weight.
func TestShares(t *testing.T) {
	for _, weights := range [][]uint64{{1, 1}, {1, 1, 1, 1, 1}, {1, 2, 3}, {10, 1}} {
		var all []*program
		sum := uint64(0)
		for _, w := range weights {
			p := &program{left: always}
			p.SetWeight(w)
			all = append(all, p)
			sum += w
		}
		h := newHart(all...)
		const total = 1000 * slice
		h.until(total, nothing, nothing)
		for i, p := range all {
			fair := total * weights[i] / sum
			if p.used > fair+2*slice || p.used+2*slice < fair {
				t.Errorf("weights %v: dispatcher %d has had %d of %d ticks, its share is %d", weights, i, p.used, total, fair)
			}
		}
	}
}

// Groups have equal shares, however many dispatchers they have, with whatever weights, and
// though those end and others take their place. Sabotages: in Charge, do not charge the group;
// in Join, enter all in common.
func TestGroupShares(t *testing.T) {
	sizes := []int{1, 512, 3}
	var all []*program
	groups := make([]Group, len(sizes))
	h := newHart()
	of := map[*program]int{}
	add := func(group int) *program {
		p := &program{left: always}
		if group == 1 {
			p.left = slice / 10 // then it makes room for another
		}
		p.SetWeight(uint64(1 + 7*group))
		of[p] = group
		all = append(all, p)
		h.all = append(h.all, p)
		h.s.Join(&p.Dispatcher, &groups[group])
		h.s.Wake(&p.Dispatcher)
		return p
	}
	for group, n := range sizes {
		for range n {
			add(group)
		}
	}
	const total = 300 * slice
	h.until(total, nothing, func(p *program) {
		h.s.Remove(&p.Dispatcher)
		h.all = slices.DeleteFunc(h.all, func(o *program) bool { return o == p })
		add(of[p])
	})
	used := make([]uint64, len(sizes))
	for _, p := range all {
		used[of[p]] += p.used
	}
	for i, u := range used {
		if fair := uint64(total / len(sizes)); u > fair+2*slice || u+2*slice < fair {
			t.Errorf("the group of %d has had %d of %d ticks, its share is %d", sizes[i], u, total, fair)
		}
	}
}

// One that leads has half of its group's time, however many others there are, and no more when it
// is alone. Sabotage: in virtual, leave out who leads.
func TestLeads(t *testing.T) {
	for _, others := range []int{1, 5, 500} {
		leader := &program{left: always}
		leader.Leads = true
		all := []*program{leader}
		for range others {
			all = append(all, &program{left: always})
		}
		h := newHart(all...)
		const total = 2000 * slice
		h.until(total, nothing, nothing)
		if got := leader.used; got < total*9/20 || got > total*11/20 {
			t.Errorf("beside %d others it has had %d of %d ticks", others, got, total)
		}
	}
}

// Who makes others without end, each of which runs for a while and ends, does not keep those from
// the hart who have run before. Sabotage: in Follow, do nothing.
func TestFollow(t *testing.T) {
	old := &program{left: always}
	h := newHart(old)
	h.until(100*slice, nothing, nothing)
	h.s.Sleep(&old.Dispatcher)
	add := func(maker *program) {
		p := &program{left: slice / 10}
		h.all = append(h.all, p)
		h.s.Join(&p.Dispatcher, maker.group)
		h.s.Follow(&p.Dispatcher, &maker.Dispatcher, 0)
		h.s.Wake(&p.Dispatcher)
	}
	for range 10 {
		add(old)
	}
	h.s.Wake(&old.Dispatcher)
	had := old.used
	const total = 200 * slice
	h.until(h.now+total, nothing, func(p *program) {
		add(p)
		h.s.Remove(&p.Dispatcher)
		h.all = slices.DeleteFunc(h.all, func(o *program) bool { return o == p })
	})
	if got := old.used - had; got+2*slice < total/11 {
		t.Errorf("beside ten that make others it has had %d of %d ticks", got, total)
	}
}

// Groups are held while they have dispatchers, and no longer. Sabotage: in Remove, leave out
// delete.
func TestGroupsEnd(t *testing.T) {
	s := NewScheduler(slice)
	var a, b Group
	var d, e Dispatcher
	s.Join(&d, &a)
	s.Join(&e, &a)
	s.Wake(&d)
	s.Remove(&e)
	if _, held := s.groups[&a]; !held {
		t.Error("a group with a dispatcher is not held")
	}
	s.Join(&d, &b)
	if len(s.groups) != 1 || s.Ready() != 0 || a != (Group{turn: a.turn, queue: a.queue}) || a.turn.queued {
		t.Errorf("%d groups are held, want that to which the last dispatcher of the other has gone", len(s.groups))
	}
	s.Remove(&d)
	if len(s.groups) != 0 {
		t.Errorf("%d groups are held that have nobody", len(s.groups))
	}
}

// Who sleeps mostly runs at once when it wakes, whoever computes, be they of its group or of
// others. If others of its group have used the share of that, it waits for a slice of each other
// group at most. Sabotage: in pick, do not take the slice off
// least; it then comes after all that have not run for as long.
func TestLatency(t *testing.T) {
	for groups, most := range map[int]uint64{1: 1, 2: slice, 11: 1} {
		testLatency(t, groups, most)
	}
}

func testLatency(t *testing.T, n int, most uint64) {
	light := &program{wakes: 50 * slice} // when all others have had a turn
	all := []*program{light}
	for range 10 {
		all = append(all, &program{left: always})
	}
	h := newHart(all...)
	groups := make([]Group, n)
	for i, p := range all {
		h.s.Join(&p.Dispatcher, &groups[i%n])
		if i > 0 {
			h.s.Wake(&p.Dispatcher)
		}
	}
	rounds := 0
	h.until(4000*slice, func(p *program) { p.left = slice / 20 }, func(p *program) {
		p.wakes = h.now + 3*slice + uint64(rounds)%slice
		rounds++
	})
	if rounds < 500 || light.waited > most {
		t.Errorf("%d groups: in %d rounds it waited up to %d ticks", n, rounds, light.waited)
	}
}

// Who wakes all the time, with as much to do as it can, gets its share and no more.
// Sabotage: in Wake, set the key to least whatever it was.
func TestWakingOften(t *testing.T) {
	greedy := &program{wakes: 10}
	other := &program{left: always}
	h := newHart(greedy, other)
	const total = 2000 * slice
	h.until(total, func(p *program) { p.left = slice / 3 }, func(p *program) { p.wakes = h.now + 1 })
	if greedy.used > total/2+2*slice || other.used+2*slice < total/2 {
		t.Errorf("it has had %d of %d ticks, the other %d", greedy.used, total, other.used)
	}
}

// Who runs one short program after the other, each of which ends before the next begins, has no
// more of the hart by that than one that computes.
// Sabotage: in Owes, return false.
func TestOwes(t *testing.T) {
	s := NewScheduler(slice)
	var rival Dispatcher
	s.Join(&rival, new(Group))
	s.Wake(&rival)
	had := map[*Dispatcher]uint64{}
	run := func(most uint64) *Dispatcher {
		d, _ := s.Pick()
		s.Charge(d, most)
		had[d] += most
		return d
	}
	var short Dispatcher
	g := new(Group)
	for range 1000 {
		if !s.Owes(g) {
			g = new(Group)
		}
		s.Join(&short, g)
		s.Wake(&short)
		for run(slice/3) != &short {
		}
		s.Remove(&short)
		run(slice / 20) // until the next has come
	}
	if had[&short] > had[&rival]+2*slice {
		t.Errorf("short programs have had %d ticks, who computes %d", had[&short], had[&rival])
	}
}

// Who has slept for long does not keep the others from the hart afterwards.
// Sabotage: in Wake, leave the key as it was.
func TestLongSleep(t *testing.T) {
	sleeper := &program{wakes: 1000 * slice}
	other := &program{left: always}
	h := newHart(sleeper, other)
	h.until(1000*slice, nothing, nothing)
	before := other.used
	h.until(1010*slice, func(p *program) { p.left = always }, nothing)
	if got := other.used - before; got < 4*slice {
		t.Errorf("of ten slices since the other woke it has had %d ticks", got)
	}
}

// The heap returns the least virtual time, whatever is woken, charged and put to sleep.
// Sabotages: in remove, leave out n.next.prev = n.prev; in pair, drop an odd sibling.
func TestHeap(t *testing.T) {
	for seed := range uint64(50) {
		r := rand.New(rand.NewPCG(seed, 1))
		s := NewScheduler(slice)
		all := make([]Dispatcher, 40)
		groups := make([]Group, 5)
		for step := range 2000 {
			e := &all[r.IntN(len(all))]
			switch r.IntN(6) {
			case 0, 1:
				s.Wake(e)
			case 2:
				s.Sleep(e)
			case 3:
				s.Charge(e, uint64(r.IntN(3*slice)))
			case 4: // its memory becomes another's
				s.Remove(e)
				*e = Dispatcher{}
			case 5:
				s.Join(e, &groups[r.IntN(len(groups))])
			}
			if why := wrong(s, all); why != "" {
				t.Fatalf("seed %d, step %d: %s", seed, step, why)
			}
		}
	}
}

// wrong says what is wrong with the choice, "" if nothing is.
func wrong(s *Scheduler, all []Dispatcher) string {
	ready, least, leastGroup := 0, ^uint64(0), ^uint64(0)
	got, _ := s.Pick()
	for i := range all {
		if e := &all[i]; e.turn.ready {
			ready++
			leastGroup = min(leastGroup, e.group.turn.key)
			if e.group == got.group {
				least = min(least, e.turn.key)
			}
		}
	}
	switch {
	case ready != s.Ready():
		return fmt.Sprintf("%d are ready, it says %d", ready, s.Ready())
	case got == nil && ready > 0:
		return "it picks nobody"
	case got != nil && (!got.turn.ready || got.turn.key != least || got.group.turn.key != leastGroup):
		return fmt.Sprintf("it picks one at %d of a group at %d, the least are %d and %d", got.turn.key, got.group.turn.key, least, leastGroup)
	}
	return ""
}

// Nothing allocates.
func TestNoAllocation(t *testing.T) {
	s := NewScheduler(slice)
	all := make([]Dispatcher, 10)
	if got := testing.AllocsPerRun(100, func() {
		for i := range all {
			s.Wake(&all[i])
		}
		for range 50 {
			e, most := s.Pick()
			s.Charge(e, most)
		}
		for i := range all {
			s.Sleep(&all[i])
		}
	}); got != 0 {
		t.Errorf("%v allocations", got)
	}
}
