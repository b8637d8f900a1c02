package disk

import "encoding/binary"

// Sectors that prove themselves: each says which it is and of which write, and all the rest follows
// from these two, so that what was torn, lost or put elsewhere shows.

// Fill writes the sectors from a number on with a stamp. data is whole sectors.
func Fill(data []byte, sector, stamp uint64) {
	for ; len(data) >= Sector; data, sector = data[Sector:], sector+1 {
		for i := range Sector / 8 {
			binary.LittleEndian.PutUint64(data[8*i:], word(sector, stamp, i))
		}
	}
}

// word is a word of the sector: its number, the stamp, then a mixture of both and the place.
func word(sector, stamp uint64, i int) uint64 {
	switch i {
	case 0:
		return sector
	case 1:
		return stamp
	}
	x := sector*0x9e37_79b9_7f4a_7c15 ^ stamp*0xc2b2_ae3d_27d4_eb4f + uint64(i)*0x1656_67b1_9e37_79f9
	x ^= x >> 31
	x *= 0x7fb5_d329_728e_a185
	return x ^ x>>27
}

// Stamp returns the stamp of one sector with a number. It answers false if Fill has not
// written that, or not all of it.
func Stamp(data []byte, sector uint64) (stamp uint64, ok bool) {
	stamp = binary.LittleEndian.Uint64(data[8:])
	for i := range Sector / 8 {
		if binary.LittleEndian.Uint64(data[8*i:]) != word(sector, stamp, i) {
			return stamp, false
		}
	}
	return stamp, true
}
