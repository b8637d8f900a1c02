package walk

import (
	"cmp"
	"slices"

	"atoll/arch/layout"
)

// Overlap is physical memory that several spaces can reach, each part of it by the
// same ones.
type Overlap struct {
	PA, Pages uint64
	Spaces    []int         // indices, ascending
	Perms     []layout.Perm // of each of these spaces, all its mappings together
}

// Writable reports whether one of the spaces can write the memory.
func (o Overlap) Writable() bool {
	return slices.ContainsFunc(o.Perms, func(p layout.Perm) bool { return p&layout.W != 0 })
}

// edge is where a run begins or ends in physical memory.
type edge struct {
	pa    uint64
	space int
	perm  layout.Perm
	delta int // 1 begins, -1 ends
}

// Overlaps returns all memory that two or more spaces map, in ascending order;
// spaces[i] holds the runs of space i.
func Overlaps(spaces [][]layout.Mapping) []Overlap {
	var edges []edge
	for i, runs := range spaces {
		for _, m := range runs {
			edges = append(edges, edge{m.PA, i, m.Perm, 1}, edge{m.PA + m.Pages*layout.PageSize, i, m.Perm, -1})
		}
	}
	slices.SortFunc(edges, func(a, b edge) int { return cmp.Compare(a.pa, b.pa) })
	var out []Overlap
	counts := make([][8]int, len(spaces)) // of runs that are open, by permission
	for i, e := range edges {
		counts[e.space][e.perm&7] += e.delta
		if i+1 == len(edges) || edges[i+1].pa == e.pa {
			continue
		}
		if o := shared(counts); len(o.Spaces) > 1 {
			o.PA, o.Pages = e.pa, (edges[i+1].pa-e.pa)/layout.PageSize
			out = join(out, o)
		}
	}
	return out
}

// shared returns which spaces have open runs.
func shared(counts [][8]int) (o Overlap) {
	for space, c := range counts {
		open, perms := false, layout.Perm(0)
		for perm, n := range c {
			if n > 0 {
				open, perms = true, perms|layout.Perm(perm)
			}
		}
		if open {
			o.Spaces, o.Perms = append(o.Spaces, space), append(o.Perms, perms)
		}
	}
	return o
}

// join appends an overlap, or lengthens the last one if it goes on alike.
func join(out []Overlap, o Overlap) []Overlap {
	if n := len(out) - 1; n >= 0 {
		last := &out[n]
		if last.PA+last.Pages*layout.PageSize == o.PA && slices.Equal(last.Spaces, o.Spaces) && slices.Equal(last.Perms, o.Perms) {
			last.Pages += o.Pages
			return out
		}
	}
	return append(out, o)
}
