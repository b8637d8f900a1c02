package nbody

import "math"

// vector is a place, a velocity or an acceleration.
type vector struct{ x, y, z float64 }

func (a vector) plus(b vector) vector   { return vector{a.x + b.x, a.y + b.y, a.z + b.z} }
func (a vector) minus(b vector) vector  { return vector{a.x - b.x, a.y - b.y, a.z - b.z} }
func (a vector) times(f float64) vector { return vector{a.x * f, a.y * f, a.z * f} }
func (a vector) square() float64        { return a.x*a.x + a.y*a.y + a.z*a.z }
func (a vector) extent() float64        { return max(math.Abs(a.x), math.Abs(a.y), math.Abs(a.z)) }
