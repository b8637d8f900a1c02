package linux

import "math/bits"

// Where a program runs that a process executes: on its core, unless its affinity excludes that, or another core has less to do.

// takeSeat says where the program is to run: here if the thread may, unless another core is chosen of those where it may. It may wait if places says
// that there is a choice, and fails if the call is to end then.
func (x *execution) takeSeat() (err error) {
	t, r := x.t, x.t.p.sys.realm
	x.core = t.p.sys.core()
	if r == nil {
		return nil
	}
	switch may := t.mayRun(); {
	case may == 0:
	case may>>r.here&1 == 0:
		x.core = bits.TrailingZeros64(may)
	case t.places() && t.p.sys.coroutines.Running() != nil:
		x.core, err = r.choose(may, t)
		x.free = x.core != r.here
		if x.free && !r.hasLeave() {
			x.stay()
		}
	}
	return err
}

// mayRun is the cores that live on which the thread may run, a bit each.
func (t *thread) mayRun() uint64 {
	set := uint64(everywhere)
	switch x := t.p.sys.span; {
	case t.cores != 0:
		set = t.cores
	case x != nil:
		set = x.cores
	}
	return set & t.p.sys.realm.link.Alive()
}

// places reports whether a core is to be chosen for the program that the thread is about to execute: somebody else wants the hart, there are other cores,
// and the process is not rooted.
func (t *thread) places() bool {
	s := t.p.sys
	r := s.realm
	return r != nil && r.hasLeave() && t.others() > 0 && t.mayRun()&^(1<<r.here) != 0 && !t.p.rooted()
}

// others returns how many want the hart beside the thread. Those of a parent that waits in vfork are none: mostly what it does besides is to
// look for something to do.
func (t *thread) others() int {
	n := t.p.sys.loop.Ready()
	less := func(o *thread) {
		if o.Ready() {
			n--
		}
	}
	less(t)
	if by := t.p.vforker; by != nil {
		for _, o := range by.p.threads {
			less(o)
		}
	}
	return n
}

// choose has the placement choose one of the cores, which are asked what they have to do. All but that one are told that nobody comes.
func (r *realm) choose(may uint64, t *thread) (int, error) {
	s, err := r.ask(may &^ (1 << r.here))
	if err != nil {
		return r.here, err
	}
	x := &r.surveys
	l := Loads{Here: r.here, Last: x.last, May: s.heard | 1<<r.here, Of: s.load}
	l.Of[r.here] = uint64(t.others() + r.sys.Arriving())
	core := r.place(&l)
	if core < 0 || core >= mostCores || l.May>>core&1 == 0 || t.p.rooted() {
		core = r.here
	}
	r.spare(s.heard &^ (1 << core))
	if core != r.here {
		x.chosen[core]++
		x.last = core
	}
	return core, nil
}

// sent says that the process is on its way.
func (x *execution) sent() {
	if x.free && !x.gone {
		x.gone = true
		x.t.p.sys.realm.surveys.chosen[x.core]--
	}
}

// stay has the program run here, for the core that was chosen cannot have it: all begins anew.
func (x *execution) stay() {
	if x.counted {
		x.t.p.sys.realm.goesNot()
	}
	x.giveUp()
	x.counted = false
	x.core, x.args, x.lists = x.t.p.sys.core(), nil, x.given
}

// giveUp gives up the core that was chosen, if one was: it need keep no place.
func (x *execution) giveUp() {
	if x.free && !x.gone {
		x.sent()
		x.t.p.sys.realm.spare(1 << x.core)
	}
	x.free, x.gone = false, false
}
