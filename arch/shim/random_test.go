package shim

import (
	"encoding/binary"
	"encoding/hex"
	"testing"
)

// The quarter round of RFC 8439, section 2.1.1.
// Sabotage: change a distance, or swap two steps.
func TestQuarter(t *testing.T) {
	s := [16]uint32{3: 0x11111111, 5: 0x01020304, 9: 0x9b8d6f43, 12: 0x01234567}
	quarter(&s, 3, 5, 9, 12)
	if want := [16]uint32{3: 0xea2a92f4, 5: 0xcb1cf8ce, 9: 0x4581472e, 12: 0x5881c4bb}; s != want {
		t.Errorf("%x, not %x", s, want)
	}
}

// blockVectors are those of RFC 8439, section 2.3.2 and appendix A.1. Its counter
// and its 96-bit nonce are words 12 to 15 of the state, which here are a counter
// and a nonce of 64 bits each.
var blockVectors = []struct {
	name           string
	key            func(i int) byte
	counter, nonce uint64
	want           string
}{
	{"2.3.2", func(i int) byte { return byte(i) }, 1 | 0x09000000<<32, 0x4a000000,
		"10f1e7e4d13b5915500fdd1fa32071c4c7d1f4c733c068030422aa9ac3d46c4e" +
			"d2826446079faa0914c2d705d98b02a2b5129cd1de164eb9cbd083e8a2503c4e"},
	{"A.1 #1", func(int) byte { return 0 }, 0, 0,
		"76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7" +
			"da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586"},
	{"A.1 #2", func(int) byte { return 0 }, 1, 0,
		"9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed" +
			"29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1f4b794d6f"},
	{"A.1 #3", func(i int) byte { return byte(i / 31) }, 1, 0,
		"3aeb5224ecf849929b9d828db1ced4dd832025e8018b8160b82284f3c949aa5a" +
			"8eca00bbb4a73bdad192b5c42f73f2fd4e273644c8b36125a64addeb006c13a0"},
	{"A.1 #5", func(int) byte { return 0 }, 0, 0x02000000 << 32,
		"c2c64d378cd536374ae204b9ef933fcd1a8b2288b3dfa49672ab765b54ee27c7" +
			"8a970e0e955c14f3a88e741b97c286f75f8fc299e8148362fa198a39531bed6d"},
}

// seeded returns a generator whose key is these bytes.
func seeded(key func(i int) byte, counter, nonce uint64) *random {
	var b [32]byte
	for i := range b {
		b[i] = key(i)
	}
	var seed [4]uint64
	for i := range seed {
		seed[i] = binary.LittleEndian.Uint64(b[8*i:])
	}
	r := &random{counter: counter}
	r.init(&seed, nonce)
	return r
}

func bytesOf(words [16]uint32) string {
	var b []byte
	for _, w := range words {
		b = binary.LittleEndian.AppendUint32(b, w)
	}
	return hex.EncodeToString(b)
}

// The block function gives what RFC 8439 says.
// Sabotage: change a constant, the number of rounds, a diagonal, or the order of
// the state; leave out the last addition.
func TestBlock(t *testing.T) {
	for _, v := range blockVectors {
		r := seeded(v.key, v.counter, v.nonce)
		var out [16]uint32
		if r.block(&out); bytesOf(out) != v.want {
			t.Errorf("%s: %s, not %s", v.name, bytesOf(out), v.want)
		}
		if r.counter != v.counter+1 {
			t.Errorf("%s: the counter is %#x", v.name, r.counter)
		}
	}
}

// No block comes twice: not in one life, also across the low half of the counter,
// not in another life of the same seed, not for a seed that differs in one bit.
// Sabotage: leave the nonce, the counter's high half or half a word of the seed
// out of the state.
func TestBlocksDiffer(t *testing.T) {
	seen := map[string]bool{}
	add := func(r *random) {
		var out [16]uint32
		if r.block(&out); seen[bytesOf(out)] {
			t.Fatal("a block came twice")
		}
		seen[bytesOf(out)] = true
	}
	zero := func(int) byte { return 0 }
	for _, counter := range []uint64{0, 1<<32 - 50, 1<<33 - 50} {
		r := seeded(zero, counter, 0)
		for range 100 {
			add(r)
		}
	}
	for bit := range 64 {
		add(seeded(zero, 0, 1<<bit))
	}
	for bit := range 256 {
		add(seeded(func(i int) byte {
			if i == bit/8 {
				return 1 << (bit % 8)
			}
			return 0
		}, 0, 0))
	}
}

// A seed changes all that comes, every bit of it counts, and the key that was is gone.
// Sabotage: leave the copy out of stir, or xor only half of the seed.
func TestStir(t *testing.T) {
	stream := func(seed *[8]uint32) string {
		r := seeded(func(i int) byte { return byte(i) }, 0, 7)
		key := r.key
		if seed != nil {
			r.stir(seed)
			for i := range key {
				if r.key[i] == key[i] || r.key[i] == key[i]^seed[i] {
					t.Errorf("word %d of the key is %#x, from %#x and %#x", i, r.key[i], key[i], seed[i])
				}
			}
		}
		var b [16]uint32
		r.block(&b)
		return bytesOf(b)
	}
	seen := map[string]bool{stream(nil): true, stream(&[8]uint32{}): true}
	for bit := range 256 {
		var seed [8]uint32
		seed[bit/32] = 1 << (bit % 32)
		seen[stream(&seed)] = true
	}
	if len(seen) != 258 {
		t.Errorf("%d different streams of 258", len(seen))
	}
}
