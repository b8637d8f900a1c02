package linux

import "slices"

// Signals to a group go round all cores that have something of the run, and each passes them on to where those of the group have gone that it knows: one
// that moves meanwhile has come to a core before the signal, or is behind it on the way. A core that is told tells those that it knows and who has sent it does not, once. A
// process takes each once.

// tour is such a signal: which of those that a core has sent.
type tour struct{ core, number, group, sig uint64 }

func (x *tour) each(c *coder) {
	for _, w := range []*uint64{&x.core, &x.number, &x.group, &x.sig} {
		c.word(w)
	}
}

// mostTours bounds those that a process, and a core, remembers: who is sent more while one is on its way may take that twice.
const mostTours = 32

// newTour has a signal go round. A later life of the core sends others.
func (s *System) newTour(i *siginfo, group uint64) {
	r := s.realm
	if r == nil || i.sig == 0 {
		return
	}
	_, now := s.env.Clock()
	r.lastTour = max(r.lastTour+1, now)
	i.tour = &tour{uint64(r.here), r.lastTour, group, i.sig}
}

// jobControl is the signals of which a later one undoes what an earlier one has done.
const jobControl = stopping | 1<<(sigCONT-1)

// takes reports whether a signal is for the process: one that goes round if it is of the group, has not had it, and has had no later one that undoes it.
func (p *Process) takes(i siginfo) bool {
	x := i.tour
	if x == nil {
		return true
	}
	if x.group != everybody && x.group != p.group {
		return false
	}
	for _, had := range p.tours {
		undone := had.number > x.number && bit(had.sig)&jobControl != 0 && bit(x.sig)&jobControl != 0
		if had.core == x.core && (had.number == x.number || undone) {
			return false
		}
	}
	p.tours = append(p.tours[max(0, len(p.tours)-mostTours+1):], *x)
	return true
}

// toursHad returns those that the process has had, but for those of signals that are to be passed on to where it goes.
func (p *Process) toursHad() (list []tour) {
	waits := map[tour]bool{}
	note := func(signals []siginfo) {
		for _, i := range signals {
			if i.tour != nil {
				waits[*i.tour] = true
			}
		}
	}
	note(p.pending.list)
	for _, t := range p.threads {
		note(t.pending.list)
	}
	for _, x := range p.tours {
		if !waits[x] {
			list = append(list, x)
		}
	}
	return list
}

// goesOn reports whether a signal that comes here is to be passed on: it is not, if it has come before.
func (r *realm) goesOn(x tour) bool {
	if slices.Contains(r.tours, x) {
		return false
	}
	r.tours = append(r.tours[max(0, len(r.tours)-mostTours+1):], x)
	return true
}

// data is what a parcel says of a signal beside its words.
func (i *siginfo) data() []byte {
	c := &coder{}
	c.word(&i.value)
	if x := i.tour; x != nil {
		x.each(c)
		c.word(&i.told)
	}
	return c.b
}

// readData is the reverse of data: what is none is of no round.
func (i *siginfo) readData(b []byte) {
	c := &coder{b: b, reads: true}
	if c.word(&i.value); len(c.b) == 0 {
		return
	}
	x := &tour{}
	x.each(c)
	if c.word(&i.told); !c.bad && len(c.b) == 0 && x.sig == i.sig {
		i.tour = x
	}
}
