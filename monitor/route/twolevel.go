package route

import "math"

// NewTwoLevel makes the two-level route: whoever has a set to see to asks one core of
// each other group for its group, and those of its own group itself. The far ones are
// asked first. Groups are disjoint; who is in none is asked directly.
func NewTwoLevel(groups []Set) *Route {
	r := &Route{strategy: TwoLevel}
	for _, g := range groups {
		r.members |= g
	}
	r.level(groups) // which leaves the own group to be asked directly
	return r
}

// level has each core of some groups ask one core of each other group for its group. A
// core of the same group has to be reached by a lower level.
func (r *Route) level(groups []Set) {
	for i, own := range groups {
		for self := range own.All() {
			for j, g := range groups {
				if j != i && g != 0 {
					r.parts[self] = append(r.parts[self], part{g.Lowest(), g})
				}
			}
		}
	}
}

// singles makes a group of each core.
func singles(s Set) []Set {
	var groups []Set
	for core := range s.All() {
		groups = append(groups, Of(core))
	}
	return groups
}

// Groups divides the members by NUMA node. Where there is one node only, groups are
// of about the square root of their number, which makes the two levels equal.
func Groups(members Set, node func(core int) int) []Set {
	byNode := map[int]int{} // where in groups
	var groups []Set
	for core := range members.All() {
		at, ok := byNode[node(core)]
		if !ok {
			at = len(groups)
			byNode[node(core)] = at
			groups = append(groups, 0)
		}
		groups[at] |= Of(core)
	}
	if len(groups) != 1 {
		return groups
	}
	size := int(math.Ceil(math.Sqrt(float64(members.Count()))))
	groups = groups[:0]
	n := 0
	for core := range members.All() {
		if n%size == 0 {
			groups = append(groups, 0)
		}
		groups[n/size] |= Of(core)
		n++
	}
	return groups
}
