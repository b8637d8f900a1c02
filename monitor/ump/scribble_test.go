package ump

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"atoll/arch/order"
)

// frameWord returns a word of the frame by number, modulo what end e may write, or
// the whole frame.
func frameWord(f *Frame, e int, whole bool, n int) *uint64 {
	if whole {
		e = n >> 9 & 1
	}
	const slots = order.Slots * 8
	if n = n & 511 % (slots + 3); n < slots {
		s := &f.Ring[e][n/8]
		if n%8 == 7 {
			return &s.Control
		}
		return &s.W[n%8]
	}
	return [3]*uint64{&f.Line[e].Ack, &f.Line[e].Link, &f.Line[e].Wait}[n-slots]
}

// scribble runs both ends of a frame by the bytes of a script, which may also
// write any value anywhere: end 1's half, or the whole frame. End 0 is the one
// that must stay sane.
func scribble(t *testing.T, script []byte) {
	f := new(Frame)
	c := [2]*Channel{Open(f, 0, 1, 1), Open(f, 1, 0, 1)}
	life := uint32(1)
	whole := len(script) > 0 && script[0]&1 == 1
	for ; len(script) >= 4; script = script[4:] {
		what, how, arg := script[0], script[1], int(binary.LittleEndian.Uint16(script[2:]))
		switch end := c[what>>3&1]; what & 7 {
		case 0, 1:
			for range how&63 + 1 {
				end.TrySend(uint16(arg)|1, &[7]uint64{})
			}
		case 2:
			for range how&63 + 1 {
				use(t, end, 1)
			}
		case 3:
			end.Advance()
		case 4:
			if end.PrepareToWait(); how&1 == 0 {
				end.CancelWait()
			}
			end.PeerWaiting()
		case 5:
			switch end.PeerDead(uint32(how & 3)); how >> 6 {
			case 1:
				end.Drain(new(Message))
			case 2:
				life++
				c[1] = Open(f, 1, 0, life)
			}
		default:
			p := frameWord(f, 1, whole, arg)
			*p = lie(*p, how)
		}
		check(t, c[0])
		check(t, c[1])
	}
}

// lie makes a plausible or a wild value from a true one.
func lie(v uint64, how byte) uint64 {
	switch how & 3 {
	case 0:
		return v + uint64(int8(how)>>2)
	case 1:
		return v ^ 1<<(how>>2)
	case 2:
		return v + uint64(int8(how)>>2)<<48
	}
	return v + uint64(int8(how)>>2)<<32
}

// check looks at what must hold whatever a peer wrote.
func check(t *testing.T, c *Channel) {
	t.Helper()
	if (c.State() == Broken) != (c.Err() != nil) {
		t.Fatalf("%v with error %v", c.State(), c.Err())
	}
	if c.Err() != nil {
		sentence(t, c.Err())
	}
	if c.State() > Broken || c.partner != 0 && c.partner <= c.gone {
		t.Fatalf("state %v, linked with %d after %d", c.State(), c.partner, c.gone)
	}
}

// FuzzScribble lets one end scribble over everything. No panic, no endless loop,
// no error that is no sentence.
// Sabotage: index the ring by a number from the control word, or drop the mask
// in Tag and let the sequence overflow into it.
func FuzzScribble(f *testing.F) {
	f.Add([]byte{3, 0, 0, 0, 11, 0, 0, 0, 3, 0, 0, 0, 0, 5, 9, 0, 7, 4, 7, 0, 10, 9, 0, 0})
	f.Fuzz(scribble)
}

// TestScribble is the same with random scripts that link first, so that they
// get somewhere.
func TestScribble(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	for range 3000 {
		script := []byte{3, 0, 0, 0, 11, 0, 0, 0, 3, 0, 0, 0, 11, 0, 0, 0}
		script[0] |= byte(rnd.IntN(2)) << 4
		for range 4 * 60 {
			script = append(script, byte(rnd.Uint32()))
		}
		scribble(t, script)
	}
}
