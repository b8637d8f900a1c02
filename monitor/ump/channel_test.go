package ump

import (
	"math/rand/v2"
	"slices"
	"testing"

	"atoll/arch/order"
)

// payload is the message number n that every test here sends.
func payload(n uint64) (m [7]uint64) {
	for i := range m {
		m[i] = n*10 + uint64(i)
	}
	return m
}

// linked returns both ends of a new frame, already linked.
func linked(t testing.TB, f *Frame) [2]*Channel {
	t.Helper()
	ends := [2]*Channel{Open(f, 0, 1, 1), Open(f, 1, 0, 1)}
	link(t, ends)
	return ends
}

func link(t testing.TB, ends [2]*Channel) {
	t.Helper()
	for range 3 {
		for _, c := range ends {
			c.Advance()
		}
	}
	for _, c := range ends {
		if c.State() != Linked {
			t.Fatalf("core %d is %v: %v", c.self, c.State(), c.Err())
		}
		c.PeerWaiting()
	}
}

// Nothing passes before both ends have linked; then messages pass both ways.
func TestLink(t *testing.T) {
	f := new(Frame)
	low := Open(f, 3, 8, 1)
	m := payload(1)
	var got Message
	if low.Advance() != Connecting || low.TrySend(1, &m) || low.TryRecv(&got) || low.Pending() {
		t.Fatal("a channel works alone")
	}
	high := Open(f, 8, 3, 5)
	if high.Advance() != Connecting || high.TrySend(1, &m) {
		t.Fatal("an end works before the other has answered")
	}
	link(t, [2]*Channel{low, high})
	if core, life := low.Peer(); core != 8 || life != 5 {
		t.Errorf("peer is core %d incarnation %d", core, life)
	}
	for _, c := range [2][2]*Channel{{low, high}, {high, low}} {
		if !c[0].TrySend(7, &m) || c[0].Pending() || !c[1].Pending() || !c[1].TryRecv(&got) || got.W != m || got.Type != 7 {
			t.Errorf("core %d to core %d: %v", c[0].self, c[1].self, got)
		}
		if s := c[0].Stats(); s.Sent != 1 {
			t.Errorf("stats %+v", s)
		}
	}
}

// Channels that cannot be are refused where they are made.
func TestOpenRefuses(t *testing.T) {
	for _, c := range [][3]int{{1, 1, 1}, {-1, 0, 1}, {0, -1, 1}, {0, 1, 0}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("opened core %d to %d, incarnation %d", c[0], c[1], c[2])
				}
			}()
			Open(new(Frame), c[0], c[1], uint32(c[2]))
		}()
	}
}

// Slots of an earlier life are never read, on either side, whoever died, and a
// survivor gets to the end of what the dead one sent and no further. Incarnation
// numbers that agree in their low 16 bits change nothing.
// Sabotage: leave Prepare out of link.
func TestStaleSlots(t *testing.T) {
	f := new(Frame)
	rnd := rand.New(rand.NewPCG(3, 4))
	lives := [2]uint32{1, 1}
	ends := [2]*Channel{Open(f, 0, 1, 1), Open(f, 1, 0, 1)}
	link(t, ends)
	n := uint64(0)
	for range 300 {
		var sent [2][]uint64
		for e, c := range ends {
			for range rnd.IntN(order.Slots + 2) {
				if m := payload(n); c.TrySend(1, &m) {
					sent[e] = append(sent[e], n)
				}
				n++
			}
		}
		for e, c := range ends {
			sent[1-e] = receive(t, c.TryRecv, sent[1-e], rnd.IntN(order.Slots))
		}
		if dead := rnd.IntN(3); dead < 2 {
			lives[dead] += 1 << uint(16*rnd.IntN(2))
			ends[1-dead].PeerDead(lives[dead] - 1)
			ends[dead] = Open(f, dead, 1-dead, lives[dead])
			ends[dead].Advance()
			if rest := receive(t, ends[1-dead].Drain, sent[dead], 99); len(rest) != 0 {
				t.Fatalf("%d messages of a dead peer were lost", len(rest))
			}
		} else {
			lives[0], lives[1] = lives[0]+1, lives[1]+1
			ends = [2]*Channel{Open(f, 0, 1, lives[0]), Open(f, 1, 0, lives[1])}
		}
		link(t, ends)
		for _, c := range ends {
			if m := (Message{}); c.Pending() || c.TryRecv(&m) {
				t.Fatalf("core %d received %v of an earlier life", c.self, m)
			}
		}
	}
}

// A link of which only our half was made may look at a ring that the dead peer
// never prepared: nothing of what an earlier pair of lives left there is taken.
// Sabotage: leave either incarnation out of Tag.
func TestHalfALink(t *testing.T) {
	for _, lives := range [][2]uint32{{1, 2}, {2, 1}, {2, 2}} {
		f := new(Frame)
		c := linked(t, f)
		m := payload(1)
		c[0].TrySend(1, &m)
		c[1] = Open(f, 1, 0, lives[1])
		f.Line[0].Ack, f.Line[0].Link = word(lives[0], 0), word(lives[0], 0)
		c[1].Advance()
		c[1].PeerDead(lives[0])
		if got := (Message{}); c[1].State() != Draining || c[1].Drain(&got) {
			t.Errorf("lives %v: %v, drained %v", lives, c[1].State(), got)
		}
	}
}

// receive takes at most n messages and checks them against those that were sent.
func receive(t *testing.T, take func(*Message) bool, sent []uint64, n int) []uint64 {
	t.Helper()
	var m Message
	for ; n > 0 && take(&m); n-- {
		if len(sent) == 0 || m.W != payload(sent[0]) {
			t.Fatalf("received %v, sent were %v", m, sent)
		}
		sent = sent[1:]
	}
	return sent
}

// News of the death of an earlier incarnation changes nothing; a dead one is
// not linked with again.
// Sabotage: let PeerDead mourn whatever the incarnation, or greet ignore gone.
func TestOldNews(t *testing.T) {
	f := new(Frame)
	c := [2]*Channel{Open(f, 0, 1, 4), Open(f, 1, 0, 1)}
	link(t, c)
	if c[1].PeerDead(3); c[1].Advance() != Linked {
		t.Fatal("an old death broke the link")
	}
	c[1].PeerDead(4)
	if c[1].State() != Draining || c[1].PrepareToWait() {
		t.Fatalf("%v, or it would sleep", c[1].State())
	}
	if m := (Message{}); c[1].Drain(&m) || c[1].State() != Connecting || c[1].Drain(&m) {
		t.Fatalf("drained %v, now %v", m, c[1].State())
	}
	if c[1].Advance() != Connecting || c[0].Advance() != Broken || c[0].Err() == nil {
		t.Fatalf("linked with the dead: %v %v", c[1].State(), c[0].State())
	}
}

// What the caller knows of the peer's lives counts more than what stands in the
// frame.
// Sabotage: leave expect out of greet, or gone out of PeerDead.
func TestExpect(t *testing.T) {
	f := new(Frame)
	c := Open(f, 1, 0, 1)
	c.Expect(3)
	Open(f, 0, 1, 2)
	if c.Advance() != Connecting || f.Line[1].Link != word(1, 0) {
		t.Fatalf("linked with life 2: %#x", f.Line[1].Link)
	}
	link(t, [2]*Channel{c, Open(f, 0, 1, 3)})
	f.Line[0].Ack, f.Line[0].Link = word(900, 0), word(899, 0)
	c.Advance()
	c.PeerDead(3)
	for m := (Message{}); c.Drain(&m); {
	}
	if c.Expect(0); c.Advance() != Broken {
		t.Fatalf("%v with a life that contradicts itself", c.State())
	}
	c.PeerDead(3)
	link(t, [2]*Channel{c, Open(f, 0, 1, 4)})
}

// One sleep is rung once, the next one again; a core that is awake is not rung.
// Sabotage: leave rung out of PeerWaiting, or the number out of the Wait word.
func TestRingOnce(t *testing.T) {
	c := linked(t, new(Frame))
	m := payload(1)
	var rings []bool
	send := func() {
		c[0].TrySend(1, &m)
		rings = append(rings, c[0].PeerWaiting())
	}
	for range 2 {
		send()
		for c[1].TryRecv(new(Message)) {
		}
		if !c[1].PrepareToWait() {
			t.Fatal("something to do with an empty ring")
		}
		send()
		send()
		c[1].CancelWait()
	}
	if want := []bool{false, true, false, false, true, false}; !slices.Equal(rings, want) {
		t.Errorf("rings %v, want %v", rings, want)
	}
	if c[1].PrepareToWait() {
		t.Error("would sleep over a message")
	}
}

// The data path does not allocate.
func TestNoAllocation(t *testing.T) {
	c := linked(t, new(Frame))
	var m Message
	if n := testing.AllocsPerRun(200, func() {
		c[0].TrySend(1, &m.W)
		c[0].PeerWaiting()
		c[1].TryRecv(&m)
		c[1].TryRecv(&m)
		if c[1].PrepareToWait() {
			c[1].CancelWait()
		}
		c[1].Advance()
	}); n != 0 {
		t.Fatalf("%v allocations for a message", n)
	}
}
