package route

import (
	"cmp"
	"slices"
)

// RoundTrip gives the measured round trip between two cores, in the unit of the costs
// beside it.
type RoundTrip func(a, b int) uint64

// CostsOf makes costs of round trips: what is no core's time is latency.
func CostsOf(rtt RoundTrip, send, receive uint64) Costs {
	return Costs{Send: send, Receive: receive, Latency: func(a, b int) uint64 {
		if way := rtt(a, b) / 2; way > send+receive {
			return way - send - receive
		}
		return 0
	}}
}

// NewMeasured makes the tree that is quickest, on average over the roots, by measured
// round trips and what a send and a receive cost. Cores are put in a row in which the
// next is the nearest to the last, and the row is cut: into groups of each size; into
// groups that are farthest from each other; or again and again, into each number of
// pieces. One core a group, which is unicast, is among these. Who takes longest is
// asked first. It takes some n^3 steps: not for an event loop.
func NewMeasured(members Set, rtt RoundTrip, send, receive uint64) *Route {
	costs := CostsOf(rtt, send, receive)
	row := rowOf(members, rtt)
	var best *Route
	least := ^uint64(0)
	try := func(cut func(*Route)) {
		r := &Route{strategy: Measured, members: members}
		cut(r)
		r.slowestFirst(costs)
		if sum := r.Sum(costs); best == nil || sum < least {
			best, least = r, sum
		}
	}
	for n := 1; n < len(row); n++ {
		try(func(r *Route) { r.twoLevels(slices.Collect(slices.Chunk(row, n))) })
		try(func(r *Route) { r.twoLevels(cutFar(row, rtt, n)) })
	}
	for pieces := 2; pieces*pieces <= len(row); pieces++ {
		try(func(r *Route) { r.cutAgain(row, pieces) })
	}
	if best == nil {
		return &Route{strategy: Measured, members: members}
	}
	return best
}

// rowOf puts the members in a row: the next is the nearest to the last.
func rowOf(members Set, rtt RoundTrip) []int {
	var row []int
	for left := members; left != 0; {
		next := left.Lowest()
		if len(row) > 0 {
			last := row[len(row)-1]
			for core := range left.All() {
				if rtt(last, core) < rtt(last, next) {
					next = core
				}
			}
		}
		row = append(row, next)
		left &^= Of(next)
	}
	return row
}

// cutFar cuts a row in n places, where the next is farthest from the last.
func cutFar(row []int, rtt RoundTrip, n int) [][]int {
	var at []int
	for i := 1; i < len(row); i++ {
		at = append(at, i)
	}
	slices.SortStableFunc(at, func(i, j int) int {
		return cmp.Compare(rtt(row[j-1], row[j]), rtt(row[i-1], row[i]))
	})
	at = slices.Sorted(slices.Values(at[:n]))
	var pieces [][]int
	from := 0
	for _, i := range append(at, len(row)) {
		pieces = append(pieces, row[from:i])
		from = i
	}
	return pieces
}

// twoLevels makes two levels of groups.
func (r *Route) twoLevels(pieces [][]int) {
	var groups []Set
	for _, piece := range pieces {
		groups = append(groups, Of(piece...))
		r.level(singles(groups[len(groups)-1]))
	}
	r.level(groups)
}

// cutAgain cuts a row into a number of pieces, and these again, down to single cores.
func (r *Route) cutAgain(row []int, pieces int) {
	if len(row) < 2 {
		return
	}
	size := (len(row) + pieces - 1) / pieces
	var groups []Set
	for piece := range slices.Chunk(row, size) {
		groups = append(groups, Of(piece...))
		r.cutAgain(piece, pieces)
	}
	r.level(groups)
}

// sumRoots is how many roots Sum looks at, at most.
const sumRoots = 8

// Sum adds up what a multicast takes, of some of the members.
func (r *Route) Sum(c Costs) uint64 {
	sum := uint64(0)
	n := 0
	step := (r.members.Count() + sumRoots - 1) / sumRoots
	for root := range r.members.All() {
		if n++; n%step == 0 {
			sum += r.Cost(root, c).Time
		}
	}
	return sum
}

// slowestFirst sorts what each core asks for by how long it waits for that.
func (r *Route) slowestFirst(c Costs) {
	m := model{Route: r, Costs: c}
	for core := range r.members.All() {
		var wait [MaxCores]uint64 // by who is asked first
		for _, p := range r.parts[core] {
			wait[p.first] = m.run(p.first, p.set&^Of(p.first), 0, 1) + c.Latency(core, p.first) + c.Latency(p.first, core)
		}
		slices.SortStableFunc(r.parts[core], func(a, b part) int { return cmp.Compare(wait[b.first], wait[a.first]) })
	}
}
