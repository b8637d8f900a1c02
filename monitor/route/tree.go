package route

import "fmt"

// Link joins two cores of a tree.
type Link struct{ A, B int }

// NewTree makes a route of a spanning tree over the members. Each core asks its
// neighbours in the order in which the links are given. The links are input: they
// must be one fewer than the members, join members only and leave nobody out, which
// together excludes cycles.
func NewTree(members Set, links []Link) (*Route, error) {
	if len(links) != max(members.Count()-1, 0) {
		return nil, fmt.Errorf("a tree over %d cores has %d links, not %d", members.Count(), max(members.Count()-1, 0), len(links))
	}
	var next [MaxCores][]int
	for _, l := range links {
		for _, core := range []int{l.A, l.B} {
			if core < 0 || core >= MaxCores || !members.Has(core) {
				return nil, fmt.Errorf("the tree has a link to core %d, which is not a member", core)
			}
		}
		next[l.A] = append(next[l.A], l.B)
		next[l.B] = append(next[l.B], l.A)
	}
	if members != 0 {
		reached := Of(members.Lowest())
		reach(&next, members.Lowest(), &reached)
		if reached != members {
			return nil, fmt.Errorf("the tree does not reach core %d", (members &^ reached).Lowest())
		}
	}
	r := &Route{strategy: Measured, members: members}
	for core := range members.All() {
		for _, to := range next[core] {
			side := Of(core) // blocks the way back
			reach(&next, to, &side)
			r.parts[core] = append(r.parts[core], part{to, side &^ Of(core)})
		}
	}
	return r, nil
}

// reach adds to a set whoever can be reached from a core without passing the set.
func reach(next *[MaxCores][]int, from int, set *Set) {
	*set |= Of(from)
	for _, to := range next[from] {
		if !set.Has(to) {
			reach(next, to, set)
		}
	}
}

// Links returns the links of a tree, each once, as NewTree takes them; nil for what
// is not one.
func (r *Route) Links() []Link {
	if r.strategy != Measured {
		return nil
	}
	var links []Link
	for core := range r.members.All() {
		for _, p := range r.parts[core] {
			if p.first > core {
				links = append(links, Link{core, p.first})
			}
		}
	}
	return links
}
