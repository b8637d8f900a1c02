package plan

import (
	"cmp"
	"slices"
)

// piece is a range of RAM of one NUMA node.
type piece struct {
	Range
	node uint32
}

// overlaps reports whether two ranges share a byte.
func (r Range) overlaps(o Range) bool {
	return r.Size > 0 && o.Size > 0 && r.Base < o.End() && o.Base < r.End()
}

// within reports whether the range lies inside o.
func (r Range) within(o Range) bool { return r.Base >= o.Base && r.End() <= o.End() }

// inward returns the part of a range between multiples of a power of two; its
// size is 0 if there is none.
func (r Range) inward(align uint64) Range {
	base, end := (r.Base+align-1)&^(align-1), r.End()&^(align-1)
	if base < r.Base || base >= end {
		return Range{}
	}
	return Range{Base: base, Size: end - base}
}

// outward widens a range to multiples of a power of two. The last unit of the
// address space is not reached by any RAM, so a range there is cut, not wrapped.
func (r Range) outward(align uint64) Range {
	if r.Size == 0 {
		return Range{}
	}
	base, end := r.Base&^(align-1), (r.End()+align-1)&^(align-1)
	if end < r.End() {
		end = -align
	}
	return Range{Base: base, Size: max(base, end) - base}
}

// merge sorts ranges and joins those that overlap or touch, in place.
func merge(list []Range) []Range {
	slices.SortFunc(list, func(a, b Range) int { return cmp.Compare(a.Base, b.Base) })
	out := list[:0]
	for _, r := range list {
		if r.Size == 0 {
			continue
		}
		if n := len(out); n > 0 && r.Base <= out[n-1].End() {
			out[n-1].Size = max(out[n-1].End(), r.End()) - out[n-1].Base
			continue
		}
		out = append(out, r)
	}
	return out
}

// subtract returns what is left of disjoint sorted pieces without the holes.
func subtract(pieces []piece, holes []Range) []piece {
	holes = merge(slices.Clone(holes))
	var out []piece
	i := 0
	for _, p := range pieces {
		// A hole may reach over several pieces, so the search for the next
		// piece begins with the last hole of this one.
		for i < len(holes) && holes[i].End() <= p.Base {
			i++
		}
		base := p.Base
		for j := i; j < len(holes) && holes[j].Base < p.End(); j++ {
			if holes[j].Base > base {
				out = append(out, piece{Range{base, holes[j].Base - base}, p.node})
			}
			base = max(base, holes[j].End())
		}
		if base < p.End() {
			out = append(out, piece{Range{base, p.End() - base}, p.node})
		}
	}
	return out
}

// total returns the bytes of all pieces.
func total(pieces []piece) uint64 {
	var n uint64
	for _, p := range pieces {
		n += p.Size
	}
	return n
}

// sum returns the bytes of all ranges.
func sum(ranges []Range) (n uint64) {
	for _, r := range ranges {
		n += r.Size
	}
	return n
}
