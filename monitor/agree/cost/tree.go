package cost

// Tree is a spanning tree, by the parent of each core. Core 0 is its root; its own
// parent is -1.
type Tree []int

// Star is unicast: the root sends to each core by itself.
func Star(cores int) Tree { return Groups(cores, 1) }

// Groups is a tree of two levels: groups of neighbouring cores, the first of each
// passes on to the others of it.
func Groups(cores, size int) Tree {
	t := make(Tree, cores)
	for c := range t {
		if t[c] = c - c%size; t[c] == c {
			t[c] = 0
		}
	}
	t[0] = -1
	return t
}

// valid reports whether every core's way up ends at core 0.
func (t Tree) valid() bool {
	if len(t) == 0 || t[0] != -1 {
		return false
	}
	for c := range t {
		steps := 0
		for at := c; at != 0; at = t[at] {
			if steps++; at < 0 || at >= len(t) || steps > len(t) || t[at] < 0 {
				return false
			}
		}
	}
	return true
}

// children are in the order in which a core sends to them: those first that have
// others below them.
func (t Tree) children(core int) (list []int) {
	inner := make([]bool, len(t))
	for _, p := range t {
		if p >= 0 {
			inner[p] = true
		}
	}
	for _, first := range []bool{true, false} {
		for c, p := range t {
			if p == core && inner[c] == first {
				list = append(list, c)
			}
		}
	}
	return list
}
