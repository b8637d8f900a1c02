package cg

import "slices"

// element is one of a sparse vector that is not 0.
type element struct {
	at    int32
	value float64
}

// generator is the benchmarks' linear congruential one: x' = 5^13 x mod 2^46, from 314159265
// (RNR-94-007, section 2.3). Products modulo 2^64 have the right lower bits.
type generator struct{ x uint64 }

const (
	multiplier = 1220703125 // 5^13
	seed       = 314159265
	modulus    = 1 << 46
)

func newGenerator() *generator { return &generator{seed} }

// next returns a number between 0 and 1.
func (g *generator) next() float64 {
	g.x = g.x * multiplier % modulus
	return float64(g.x) / modulus
}

// vector returns a vector of order n with so many random elements in different random
// places, the one at place half set to 0.5 then, or added.
func (g *generator) vector(n, elements, half int) []element {
	v := make([]element, 0, elements+1)
	power := 1 // of two, at least n
	for power < n {
		power *= 2
	}
	has := func(place int32) int { return slices.IndexFunc(v, func(e element) bool { return e.at == place }) }
	for len(v) < elements {
		value, place := g.next(), int32(float64(power)*g.next())
		if int(place) < n && has(place) < 0 {
			v = append(v, element{place, value})
		}
	}
	if i := has(int32(half)); i >= 0 {
		v[i].value = 0.5
		return v
	}
	return append(v, element{int32(half), 0.5})
}
