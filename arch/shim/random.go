package shim

import "math/bits"

// random is the instance's generator: ChaCha20 (RFC 8439, section 2.3) keyed with
// the seed of its row, in counter mode. Counter and nonce have 64 bits each in place
// of 32 and 96; a later life has the same seed and another nonce. The seed comes from
// the device tree's rng-seed; where there is none it can be guessed, and the planner
// says so.
type random struct {
	key     [8]uint32
	counter uint64
	nonce   uint64
}

func (r *random) init(seed *[4]uint64, nonce uint64) {
	for i := range 4 {
		r.key[2*i], r.key[2*i+1] = uint32(seed[i]), uint32(seed[i]>>32)
	}
	r.nonce = nonce
}

// stir makes a key of the old one and of a seed, by a block of the stream: who does not know
// both cannot know the new one, and from the new one nobody learns an earlier. A seed that
// somebody knows, or has chosen, takes nothing away.
func (r *random) stir(seed *[8]uint32) {
	for i := range r.key {
		r.key[i] ^= seed[i]
	}
	var b [16]uint32
	r.block(&b)
	copy(r.key[:], b[:8])
}

func quarter(s *[16]uint32, a, b, c, d int) {
	s[a] += s[b]
	s[d] = bits.RotateLeft32(s[d]^s[a], 16)
	s[c] += s[d]
	s[b] = bits.RotateLeft32(s[b]^s[c], 12)
	s[a] += s[b]
	s[d] = bits.RotateLeft32(s[d]^s[a], 8)
	s[c] += s[d]
	s[b] = bits.RotateLeft32(s[b]^s[c], 7)
}

// block returns the next 64 bytes of the key stream.
func (r *random) block(out *[16]uint32) {
	in := [16]uint32{0x61707865, 0x3320646e, 0x79622d32, 0x6b206574,
		r.key[0], r.key[1], r.key[2], r.key[3], r.key[4], r.key[5], r.key[6], r.key[7],
		uint32(r.counter), uint32(r.counter >> 32), uint32(r.nonce), uint32(r.nonce >> 32)}
	r.counter++
	*out = in
	for range 10 {
		quarter(out, 0, 4, 8, 12)
		quarter(out, 1, 5, 9, 13)
		quarter(out, 2, 6, 10, 14)
		quarter(out, 3, 7, 11, 15)
		quarter(out, 0, 5, 10, 15)
		quarter(out, 1, 6, 11, 12)
		quarter(out, 2, 7, 8, 13)
		quarter(out, 3, 4, 9, 14)
	}
	for i := range out {
		out[i] += in[i]
	}
}
