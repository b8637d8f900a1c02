package entropy

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
)

// MinSeed is the least length of an rng-seed that counts as good, in bytes:
// 128 bits.
const MinSeed = 16

// Quality says what seeds were made from.
type Quality int

// Qualities.
const (
	Weak   Quality = iota // only from values that can be guessed
	Strong                // from an rng-seed of at least MinSeed bytes
)

// String returns "weak" or "strong".
func (q Quality) String() string {
	if q == Strong {
		return "strong"
	}
	return "weak"
}

// Separate uses of the hash, so that no input of one can be an input of the other.
const (
	rootLabel = "atoll entropy root\x00"
	coreLabel = "atoll entropy core\x00"
)

// Seeds returns n seeds, one for each core, mixed from the rng-seed and from the
// weak values, and the quality of what went in. rngSeed may be empty or short;
// it is mixed in all the same.
func Seeds(rngSeed []byte, weak []uint64, n int) ([][4]uint64, Quality) {
	root := mix(rngSeed, weak)
	seeds := make([][4]uint64, max(n, 0))
	for i := range seeds {
		in := binary.LittleEndian.AppendUint64(append([]byte(coreLabel), root[:]...), uint64(i))
		digest := sha256.Sum256(in)
		for j := range seeds[i] {
			seeds[i][j] = binary.LittleEndian.Uint64(digest[8*j:])
		}
	}
	if !good(rngSeed) {
		return seeds, Weak
	}
	return seeds, Strong
}

// good reports whether the rng-seed is long enough and not wiped: whoever used
// it before us overwrote it with one value.
func good(rngSeed []byte) bool {
	if len(rngSeed) < MinSeed {
		return false
	}
	return bytes.Count(rngSeed, rngSeed[:1]) != len(rngSeed)
}

// mix hashes its inputs, each behind its length so that none can pass for the
// other.
func mix(rngSeed []byte, weak []uint64) [sha256.Size]byte {
	in := binary.LittleEndian.AppendUint64([]byte(rootLabel), uint64(len(rngSeed)))
	in = append(in, rngSeed...)
	in = binary.LittleEndian.AppendUint64(in, uint64(len(weak)))
	for _, v := range weak {
		in = binary.LittleEndian.AppendUint64(in, v)
	}
	return sha256.Sum256(in)
}
