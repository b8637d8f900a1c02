package nbody

import "math"

const (
	// theta is the most that the edge of a cell may be, of its distance, for its bodies to pull
	// as one.
	theta = 0.5
	// softening keeps the pull of near bodies finite: distances count as no less than this.
	softening = 0.05
)

// pull is the acceleration towards a mass that is d away.
func pull(d vector, mass float64) vector {
	s := d.square() + softening*softening
	return d.times(mass / (s * math.Sqrt(s)))
}

// at returns the acceleration of a body: the sum over cells that are far, and over the bodies
// of leaves that are near.
func (t *tree) at(b *Bodies, body int32) vector {
	var sum vector
	place := b.places[body]
	for i := int32(0); i < int32(len(t.cells)); {
		c := &t.cells[i]
		d := c.centre.minus(place)
		switch {
		case c.edge*c.edge < theta*theta*d.square():
			sum = sum.plus(pull(d, c.mass))
			i = c.next
		case c.from < c.to:
			for _, k := range t.order[c.from:c.to] { // itself pulls with d = 0, so not at all
				sum = sum.plus(pull(b.places[k.body].minus(place), b.mass))
			}
			i = c.next
		default:
			i++
		}
	}
	return sum
}

// direct is the same by the sum over all bodies.
func (b *Bodies) direct(body int) vector {
	var sum vector
	for _, other := range b.places {
		sum = sum.plus(pull(other.minus(b.places[body]), b.mass))
	}
	return sum
}

// energy is the kinetic and the potential energy of bodies from, to-1 and what is between,
// each pair's potential counted at its second.
func (b *Bodies) energy(from, to int) float64 {
	sum := 0.0
	for i := from; i < to; i++ {
		sum += b.mass * b.speeds[i].square() / 2
		for _, other := range b.places[:i] {
			d := other.minus(b.places[i])
			sum -= b.mass * b.mass / math.Sqrt(d.square()+softening*softening)
		}
	}
	return sum
}
