package nbody

import (
	"math"
	"math/rand/v2"
)

// Bodies are those of a model, whose masses add up to 1, in units in which the constant of
// gravitation is 1.
type Bodies struct {
	mass           float64 // of each
	places, speeds []vector
	pulls          []vector // accelerations
}

// farthest is the distance from the centre beyond which no body begins.
const farthest = 10

// Plummer makes n bodies of Plummer's model of a cluster in equilibrium, always the same ones
// (Aarseth, Henon and Wielen, A comparison of numerical methods for the study of star
// cluster dynamics, 1974, appendix), with the centre of mass at rest.
func Plummer(n int) *Bodies {
	b := &Bodies{1 / float64(n), make([]vector, n), make([]vector, n), make([]vector, n)}
	random := rand.New(rand.NewPCG(1, 2))
	var place, speed vector
	for i := range n {
		r := farthest + 1.0
		for r > farthest {
			r = 1 / math.Sqrt(math.Pow(random.Float64(), -2.0/3)-1)
		}
		b.places[i] = direction(random).times(r)
		b.speeds[i] = direction(random).times(math.Sqrt2 * fraction(random) / math.Pow(1+r*r, 0.25))
		place, speed = place.plus(b.places[i]), speed.plus(b.speeds[i])
	}
	for i := range n {
		b.places[i] = b.places[i].minus(place.times(b.mass))
		b.speeds[i] = b.speeds[i].minus(speed.times(b.mass))
	}
	return b
}

// direction is a random vector of length 1: one in the unit ball, stretched.
func direction(random *rand.Rand) vector {
	for {
		v := vector{2*random.Float64() - 1, 2*random.Float64() - 1, 2*random.Float64() - 1}
		if s := v.square(); s > 0 && s <= 1 {
			return v.times(1 / math.Sqrt(s))
		}
	}
}

// fraction of the speed at which a body would escape, by von Neumann's rejection.
func fraction(random *rand.Rand) float64 {
	for {
		q := random.Float64()
		if random.Float64() < 10*q*q*math.Pow(1-q*q, 3.5) { // its density is below 1
			return q
		}
	}
}
