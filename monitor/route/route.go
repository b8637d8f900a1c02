package route

// A Route says how each core divides a set of cores among those that it asks. It
// is not changed once made.
type Route struct {
	strategy Strategy
	members  Set
	// parts[core] divides the members but core itself, in the order to ask in. A
	// core that stands in no part is asked directly; so unicast has none.
	parts [MaxCores][]part
}

// part is a set of cores that one of them is asked to see to.
type part struct {
	first int // who is asked, if it is to be reached at all
	set   Set
}

// Direct is the route of the strategies that need no tree.
func Direct(s Strategy, members Set) *Route { return &Route{strategy: s, members: members} }

// Strategy returns what the route was made by.
func (r *Route) Strategy() Strategy { return r.strategy }

// Members returns the cores that the route was made for.
func (r *Route) Members() Set { return r.members }

// Fan divides a set of cores among those that self asks.
type Fan struct {
	parts []part
	rest  Set
}

// Fan begins to divide.
func (r *Route) Fan(self int, to Set) Fan { return Fan{r.parts[self], to &^ Of(self)} }

// Next returns the next core to ask, and whom it shall see to, itself included. The
// parts are disjoint. ok is false when all are asked. When first is not among those
// to reach, the lowest of its part stands in for it.
func (f *Fan) Next() (core int, set Set, ok bool) {
	for len(f.parts) > 0 {
		p := f.parts[0]
		f.parts = f.parts[1:]
		if set = p.set & f.rest; set == 0 {
			continue
		}
		f.rest &^= set
		if core = p.first; !set.Has(core) {
			core = set.Lowest()
		}
		return core, set, true
	}
	if f.rest == 0 {
		return 0, 0, false
	}
	core = f.rest.Lowest()
	f.rest &^= Of(core)
	return core, Of(core), true
}

// Asks calls f for each ask of a multicast of root to a set, whoever asks.
func (r *Route) Asks(root int, to Set, f func(from, to int)) {
	for fan := r.Fan(root, to); ; {
		core, set, ok := fan.Next()
		if !ok {
			return
		}
		f(root, core)
		r.Asks(core, set, f)
	}
}
