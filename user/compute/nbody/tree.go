package nbody

import (
	"cmp"
	"slices"
)

// cell is a cube with bodies in it.
type cell struct {
	centre   vector // of mass
	mass     float64
	edge     float64
	next     int32 // the first cell that is not below this one
	from, to int32 // its bodies in the order, of a leaf; else the same
}

// leafBodies are the most of a leaf that can be divided.
const leafBodies = 4

// keyed is a body with its place on the curve.
type keyed struct {
	key  uint64
	body int32
}

// part is one of the 64 cells of the second level: its bodies are those from, to-1 and what
// is between in the order. One member builds its cells.
type part struct {
	from, to int32
	cells    []cell
}

const parts = 64

// tree is what accelerations are computed of.
type tree struct {
	half  float64 // edge of the root
	order []keyed
	parts [parts]part
	cells []cell // those of all parts, and the nine above
}

// sortPart puts the bodies of a part into the order of the curve; those of one place stand as
// they are numbered.
func (t *tree) sortPart(p *part) {
	slices.SortFunc(t.order[p.from:p.to], func(a, b keyed) int {
		return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.body, b.body))
	})
}

// deal sorts bodies by parts.
func (t *tree) deal(keys []keyed) {
	const shift = 3 * (levels - 2)
	var counts [parts + 1]int32
	for _, k := range keys {
		counts[k.key>>shift+1]++
	}
	for i := range parts {
		counts[i+1] += counts[i]
		t.parts[i].from, t.parts[i].to = counts[i], counts[i+1]
	}
	for _, k := range keys {
		i := k.key >> shift
		t.order[counts[i]] = k
		counts[i]++
	}
}

// build makes the cells of a part, the root of which has the edge of a second level.
func (t *tree) build(p *part, b *Bodies) {
	p.cells = p.cells[:0]
	t.sortPart(p)
	if p.from < p.to {
		t.divide(p, b, p.from, p.to, 2, t.half/2)
	}
}

// divide appends the cell of a run of bodies, and those below it.
func (t *tree) divide(p *part, b *Bodies, from, to int32, level int, edge float64) {
	at := len(p.cells)
	p.cells = append(p.cells, cell{edge: edge})
	if to-from <= leafBodies || level == levels {
		p.cells[at].from, p.cells[at].to = from, to
		for _, k := range t.order[from:to] {
			p.cells[at].add(b.places[k.body], b.mass)
		}
	} else {
		for begin := from; begin < to; {
			end := begin
			for digit := octant(t.order[begin].key, level); end < to && octant(t.order[end].key, level) == digit; {
				end++
			}
			child := len(p.cells)
			t.divide(p, b, begin, end, level+1, edge/2)
			p.cells[at].add(p.cells[child].centre, p.cells[child].mass)
			begin = end
		}
	}
	p.cells[at].close(len(p.cells))
}

// add adds a mass. The centre is the sum of moments until close.
func (c *cell) add(at vector, mass float64) {
	c.centre, c.mass = c.centre.plus(at.times(mass)), c.mass+mass
}

// close ends a cell whose descendants end before next.
func (c *cell) close(next int) {
	c.centre, c.next = c.centre.times(1/c.mass), int32(next)
}

// join makes one tree of the parts.
func (t *tree) join() {
	t.cells = append(t.cells[:0], cell{edge: 2 * t.half})
	for first := 0; first < parts; first += 8 {
		octet := t.parts[first : first+8]
		if octet[0].from == octet[7].to {
			continue
		}
		at := len(t.cells)
		t.cells = append(t.cells, cell{edge: t.half})
		for i := range octet {
			t.graft(at, octet[i].cells)
		}
		t.cells[at].close(len(t.cells))
		t.cells[0].add(t.cells[at].centre, t.cells[at].mass)
	}
	t.cells[0].close(len(t.cells))
}

// graft appends the cells of a part below the cell at a place.
func (t *tree) graft(at int, cells []cell) {
	base := int32(len(t.cells))
	for _, c := range cells {
		c.next += base
		t.cells = append(t.cells, c)
	}
	if len(cells) > 0 {
		t.cells[at].add(cells[0].centre, cells[0].mass)
	}
}
