package linux

import (
	"atoll/arch/layout"
	"atoll/kernel/capability"
	"atoll/monitor/spans"
)

// Shootdowns: hosts drop pages that they have pulled and that have become others, or permit less. Until
// all have, the pages are not used again, and whose call or fault it was does not go on.

// round is shootdowns that are sent together, at most one of an address space: a range around all that it
// is about, which costs the hosts a pull of what is dropped in vain. While one round is under way the next
// gathers.
type round struct {
	ranges []ranged
	left   int              // ranges of which not all hosts have replied
	held   []capability.Ref // pages that are used again when it is over
	then   []func()         // who waits for it
	over   bool
}

// ranged is what is to be dropped of an address space, and by whom.
type ranged struct {
	m      *memory
	lo, hi uint64
	by     uint64
}

// shoots are the shootdowns of a system.
type shoots struct {
	number   uint64 // of the last one that was sent
	next     *round // gathers, nil: nothing
	underway *round // nil: none
}

// withdrawn has hosts drop a range of an address space, in the next round.
func (x *spanning) withdrawn(m *memory, lo, hi, by uint64) {
	x.sys.store.Hold(true)
	if x.next == nil {
		x.next = &round{}
		if x.underway == nil {
			x.sys.loop.Do(x.launch)
		}
	}
	for i := range x.next.ranges {
		if r := &x.next.ranges[i]; r.m == m {
			r.lo, r.hi, r.by = min(r.lo, lo), max(r.hi, hi), r.by|by
			return
		}
	}
	x.next.ranges = append(x.next.ranges, ranged{m, lo, hi, by})
}

// launch sends the next round.
func (x *spanning) launch() {
	r := x.next
	if r == nil || x.underway != nil || x.sys.ended {
		return
	}
	x.next, x.underway = nil, r
	r.held, r.left = x.sys.store.TakeHeld(), len(r.ranges)
	for _, o := range r.ranges {
		x.number++
		x.Shoot(o.by, &spans.Shoot{Program: x.program, Space: o.m.number, Number: x.number, Lo: o.lo, Hi: o.hi}, func() {
			if r.left--; r.left == 0 {
				x.finish(r)
			}
		})
	}
}

// finish ends a round: nobody has the pages any more.
func (x *spanning) finish(r *round) {
	if x.sys.ended {
		return
	}
	r.over, x.underway = true, nil
	x.sys.store.Reuse(r.held)
	if x.next != nil {
		x.launch()
	} else {
		x.sys.store.Reuse(x.sys.store.TakeHeld())
		x.sys.store.Hold(false)
	}
	for _, f := range r.then {
		f()
	}
}

// settling reports whether there are shootdowns that are not over.
func (x *spanning) settling() bool { return x != nil && (x.next != nil || x.underway != nil) }

// after calls f when those shootdowns are over that there are now, at once if there are none.
func (x *spanning) after(f func()) {
	switch {
	case x.next != nil:
		x.next.then = append(x.next.then, f)
	case x.underway != nil:
		x.underway.then = append(x.underway.then, f)
	default:
		f()
	}
}

// settle has a thread that has served a trap wait for what it has withdrawn, and reports whether there
// is anything.
func (t *thread) settle() bool {
	if x := t.p.sys.span; x != nil && x.next != nil {
		t.settles = x.next
	}
	return t.settles != nil
}

// settleAll has a thread wait for all shootdowns that there are: of what it has withdrawn in parts some
// may be under way. One that is sent later is over later.
func (x *spanning) settleAll(t *thread) {
	if x == nil {
		return
	}
	if t.settles = x.next; t.settles == nil {
		t.settles = x.underway
	}
}

// withdrawAll has hosts drop an address space that nobody has any more, and calls f when they have.
func (x *spanning) withdrawAll(m *memory, f func()) {
	if by := m.space.Pullers(); by != 0 {
		x.withdrawn(m, layout.PageSize, layout.UserEnd, by)
	}
	x.after(f)
}
