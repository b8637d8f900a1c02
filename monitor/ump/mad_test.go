package ump

import (
	"math/rand/v2"
	"testing"

	"atoll/arch/order"
)

// A peer that writes over the whole frame, our half included, even after its
// channel is lost, and that claims lives it never had, does not spoil its next
// life's channel.
// Sabotage: leave unlink out of PeerDead, or any line out of Expect.
func TestMadPeer(t *testing.T) {
	rnd := rand.New(rand.NewPCG(11, 12))
	for i := range 2000 {
		f := new(Frame)
		c := linked(t, f)
		c[0].Expect(uint32(i & 1)) // 0: whoever comes
		for range 3 {
			scrawl(f, rnd)
			use(t, c[0], rnd.IntN(5))
			c[0].Advance()
		}
		c[0].PeerDead(1)
		c[0].Expect(2)
		for m := (Message{}); c[0].Drain(&m); {
		}
		c[1] = Open(f, 1, 0, 2)
		c[1].Advance()
		link(t, c)
		for e := range c {
			var m Message
			for n := range uint64(order.Slots) {
				if w := payload(n); !c[e].TrySend(1, &w) || !c[1-e].TryRecv(&m) || m.W != w {
					t.Fatalf("run %d, core %d, message %d: %v", i, e, n, m)
				}
			}
		}
	}
}

// scrawl is what a mad instance may do to a frame: lies about many words, and
// lines that look good.
func scrawl(f *Frame, rnd *rand.Rand) {
	for n := range 1024 {
		if p := frameWord(f, 0, true, n); rnd.IntN(2) == 0 {
			*p = lie(*p, byte(rnd.Uint32()))
		}
	}
	for e := range 2 {
		life := rnd.Uint32()
		f.Line[e] = Line{Ack: word(life, 0), Link: word(life, uint32(rnd.IntN(3))), Wait: rnd.Uint64()}
	}
}

// use does one of the things that an end does.
func use(t *testing.T, c *Channel, what int) {
	t.Helper()
	var m Message
	switch what {
	case 0:
		c.TrySend(1, &m.W)
	case 1:
		if c.TryRecv(&m) && m.Type == 0 {
			t.Error("received a message of no type")
		}
	case 2:
		c.Advance()
	case 3:
		if c.PrepareToWait() {
			c.CancelWait()
		}
	case 4:
		c.PeerWaiting()
		c.Drain(&m)
	}
}
