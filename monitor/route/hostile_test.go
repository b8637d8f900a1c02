package route

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"
)

// mute is an Env that counts.
type mute struct {
	node          *Node
	asks, replies int
	delivered     int
	done          int
	replied       Set
	last          Reply
	answer        bool
	readers       Set
}

func (m *mute) Ask(int, Ask) bool         { m.asks++; return true }
func (m *mute) Reply(_ int, r Reply) bool { m.replies++; m.last = r; return true }
func (m *mute) Tell(to Set, _ Ask) Set    { m.asks++; return to & m.readers }
func (m *mute) Deliver(a Ask) {
	m.delivered++
	if m.answer {
		m.node.Answer(int(a.Root), a.Number, true)
	}
}
func (m *mute) Done(_ uint64, _ uint8, replied, _ Set) { m.done++; m.replied = replied }

func newMute(self, cores int) *mute {
	m := &mute{answer: true}
	m.node = NewNode(m, self, cores, 1)
	return m
}

// A peer's reply counts for those it was asked for and no others, and what is said in
// another's name does not keep the root from being heard (R4).
// Sabotage: leave part out of Replied; leave from != root out of Asked; leave out the
// check that the set has this core.
func TestForeign(t *testing.T) {
	m := newMute(0, 6)
	m.node.SetRoute(NewTwoLevel([]Set{Of(0, 1), Of(2, 3), Of(4, 5)}))
	number, _ := m.node.Multicast(First(6), &Ask{})
	for _, from := range []int{3, 5, 0, -1, 6, 64} { // were not asked, or are not there
		m.node.Replied(from, Reply{Number: number, Replied: ^Set(0)})
	}
	m.node.Replied(2, Reply{Number: number, Replied: ^Set(0), Yes: ^Set(0)})
	m.node.Replied(1, Reply{Number: number, Replied: ^Set(0), Root: 1})
	m.node.Replied(1, Reply{Number: number, Replied: ^Set(0), Root: 200})
	if m.done != 0 {
		t.Fatal("it ended without cores 1, 4 and 5")
	}
	m.node.Replied(1, Reply{Number: number, Replied: Of(1)})
	m.node.Replied(4, Reply{Number: number, Replied: Of(4, 5)})
	if m.done != 1 || m.replied != Of(1, 2, 3, 4, 5) {
		t.Errorf("done %d times, %#x replied", m.done, m.replied)
	}

	m = newMute(1, 6)
	far := FirstNumber(1) + 1_000*Window
	m.node.Asked(3, &Ask{Number: far, Root: 0, To: Of(1)})
	m.node.Asked(0, &Ask{Number: FirstNumber(1), Root: 0, To: Of(1)})
	if m.delivered != 2 || m.replies != 2 {
		t.Errorf("after a lie of core 3 the root is not heard: %d delivered, %d replies", m.delivered, m.replies)
	}
	for _, a := range []Ask{{Root: 1, To: Of(1)}, {Root: 9, To: Of(1)}, {Root: 2, To: Of(1), Len: 8}, {Root: 2, To: Of(3)}} {
		a.Number = far
		m.node.Asked(2, &a)
	}
	if m.delivered != 2 || m.replies != 3 || m.asks != 0 {
		t.Errorf("nonsense: %d delivered, %d replies, %d asks", m.delivered, m.replies, m.asks)
	}
}

// Whatever peers send, a node does a bounded number of things, and works for others.
func FuzzNode(f *testing.F) {
	f.Add([]byte("0123456789abcdef0123456789abcdef"))
	f.Add([]byte{1, 0, 2, 1, 0, 0, 0, 3, 2, 2, 1, 1, 0xff, 0xff, 4, 1, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		m := newMute(1, 5)
		m.node.SetRoute(someRoutes(5, rand.New(rand.NewPCG(1, 1)))[int(FirstNumber(0))+len(b)%6])
		m.readers = Set(len(b))
		byteOf := func() uint64 {
			if len(b) == 0 {
				return 0
			}
			v := b[0]
			b = b[1:]
			return uint64(v)
		}
		word := func() uint64 {
			if v := byteOf(); v < 200 {
				return FirstNumber(1) + v%40
			}
			var w [8]byte
			b = b[copy(w[:], b):]
			return binary.LittleEndian.Uint64(w[:])
		}
		steps := 0
		for len(b) > 0 {
			steps++
			m.answer = steps%3 != 0
			from := int(byteOf()) % 8
			switch byteOf() % 7 {
			case 6:
				m.node.Again(from)
			case 0, 1:
				a := Ask{Number: word(), To: Set(byteOf()), Root: uint8(byteOf() % 8), Len: uint8(byteOf())}
				m.node.Asked(from, &a)
			case 2, 3:
				m.node.Replied(from, Reply{Number: word(), Replied: Set(byteOf()), Yes: Set(byteOf()), Root: uint8(byteOf() % 8)})
			case 4:
				m.node.Gone(from)
			case 5:
				m.node.Multicast(Set(byteOf()), &Ask{})
			}
		}
		if m.asks > 8*steps || m.replies > 5*Window*steps {
			t.Fatalf("%d steps: %d asks, %d replies", steps, m.asks, m.replies)
		}
		// Core 4, if it has kept out of it so far, is served.
		m = &mute{answer: true, node: m.node}
		m.node.env = m
		m.node.Asked(4, &Ask{Number: FirstNumber(9), To: Of(1), Root: 4})
		if m.delivered != 1 || m.replies != 1 {
			t.Fatalf("core 4 is not served: %+v", m)
		}
	})
}

// No step allocates (R5).
// Sabotage: let Env take replies by pointer.
func TestAllocations(t *testing.T) {
	root, leaf := newMute(0, 16), newMute(1, 16)
	root.readers = First(9)
	routes := []*Route{Direct(Unicast, First(16)), Direct(Broadcast, First(16)), NewTwoLevel(Groups(First(16), func(int) int { return 0 }))}
	number := FirstNumber(1)
	allocs := testing.AllocsPerRun(100, func() {
		for _, r := range routes {
			root.node.SetRoute(r)
			leaf.node.SetRoute(r)
			n, ok := root.node.Multicast(First(16), &Ask{Len: 7})
			if !ok || n != number {
				t.Fatal(n, ok)
			}
			leaf.node.Asked(0, &Ask{Number: n, To: Of(1, 2, 3)})
			leaf.node.Asked(5, &Ask{Number: n, To: Of(1)})
			leaf.node.Gone(2)
			leaf.node.Replied(3, Reply{Number: n, Replied: Of(3)})
			for core := 1; core < 16; core++ {
				root.node.Replied(core, Reply{Number: n, Replied: First(16), Yes: 5})
			}
			number++
		}
	})
	if allocs != 0 || root.done != int(number-FirstNumber(1)) {
		t.Errorf("%v allocations, %d of %d done", allocs, root.done, number-FirstNumber(1))
	}
}
