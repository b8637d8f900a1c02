package nbody

import "math"

// levels of the tree below its root: as many as a key has digits of three bits.
const levels = 20

// key is the place of a body on Morton's curve through the cube around the origin with so
// long half edges: which octant it is in, at each level, the highest digit first.
func key(v vector, half float64) uint64 {
	var k uint64
	for i, c := range [...]float64{v.x, v.y, v.z} {
		k |= spread(cellOf(c, half)) << i
	}
	return k
}

// cellOf numbers the smallest cells along an edge.
func cellOf(c, half float64) uint64 {
	const cells = 1 << levels
	at := math.Floor((c/half + 1) * (cells / 2))
	if !(at > 0) { // also where there is no number: of a cube without edges
		return 0
	}
	return uint64(min(at, cells-1))
}

// spread puts two zeros before each bit.
func spread(v uint64) uint64 {
	for _, s := range [...]struct {
		shift int
		mask  uint64
	}{{32, 0x1f00000000ffff}, {16, 0x1f0000ff0000ff}, {8, 0x100f00f00f00f00f}, {4, 0x10c30c30c30c30c3}, {2, 0x1249249249249249}} {
		v = (v | v<<s.shift) & s.mask
	}
	return v
}

// octant is the digit of a key that says where in a cell of this level a body is.
func octant(k uint64, level int) int { return int(k >> (3 * (levels - 1 - level)) & 7) }
