//go:build !riscv64

package ump

import (
	"math/rand/v2"
	"testing"

	"atoll/arch/order"
)

// liar is shared memory in which every load of a word may return something else,
// as if the peer wrote between any two instructions. It also notes who stores
// where and whether an end loads its own words.
type liar struct {
	t    *testing.T
	rnd  *rand.Rand
	one  int // of so many loads, one is a lie; 0 = none
	mine map[*uint64]bool
}

func (l *liar) Load(p *uint64) uint64 {
	if l.mine[p] {
		l.t.Errorf("an end relies on its own shared word %p", p)
	}
	v := *p
	if l.one == 0 || l.rnd.IntN(l.one) != 0 {
		return v
	}
	if l.rnd.IntN(4) == 0 {
		return l.rnd.Uint64()
	}
	return lie(v, byte(l.rnd.Uint32()))
}

func (l *liar) LoadTo(to, p *uint64) { *to = l.Load(p) }

func (l *liar) Store(p *uint64, v uint64) {
	if l.mine != nil && !l.mine[p] {
		l.t.Errorf("an end writes a word of the other's, or none of the frame: %p", p)
	}
	*p = v
}

func (l *liar) Fence(order.Fence) {}

// wordsOf returns the words that one end may write.
func wordsOf(f *Frame, e int) map[*uint64]bool {
	mine := map[*uint64]bool{}
	for n := range order.Slots*8 + 3 {
		mine[frameWord(f, e, false, n)] = true
	}
	return mine
}

// Each word has one writer, who never reads it, over a life with faults, deaths
// and restarts.
// Sabotage: let Take clear the control word, or close read the Link word back.
func TestOneWriter(t *testing.T) {
	f := new(Frame)
	l := &liar{t: t, rnd: rand.New(rand.NewPCG(7, 8))}
	own := [2]map[*uint64]bool{wordsOf(f, 0), wordsOf(f, 1)}
	order.Model = l
	defer func() { order.Model = nil }()
	var c [2]*Channel
	life := [2]uint32{}
	for i := range 30000 {
		e := l.rnd.IntN(2)
		l.mine = own[e]
		if c[e] == nil || l.rnd.IntN(500) == 0 {
			life[e]++
			c[e] = Open(f, e, 1-e, life[e])
			l.mine = own[1-e]
			if c[1-e] != nil {
				c[1-e].PeerDead(life[e] - 1)
			}
			continue
		}
		if l.one = 0; i%7 == 0 {
			l.one = 300
		}
		use(t, c[e], l.rnd.IntN(5))
	}
	if life[0] < 10 || c[0].Stats().Sent+c[1].Stats().Sent == 0 {
		t.Errorf("nothing happened: lives %v", life)
	}
}

// Memory that answers anything at any load, two loads of one word in a row
// included, costs the channel, not the core.
// Sabotage: let Take load the control word twice, for the check and for the type.
func TestHostileMemory(t *testing.T) {
	l := &liar{t: t, rnd: rand.New(rand.NewPCG(9, 10))}
	order.Model = l
	defer func() { order.Model = nil }()
	broken := 0
	for range 2000 {
		f := new(Frame)
		l.one = 0
		c := linked(t, f)
		l.one = 5 + l.rnd.IntN(100)
		for range 100 {
			use(t, c[l.rnd.IntN(2)], l.rnd.IntN(5))
			check(t, c[0])
			check(t, c[1])
			for _, c := range c {
				if s := c.Stats(); s.Sent > 100 || s.Received > 100 {
					t.Fatalf("counters %+v", s)
				}
			}
		}
		if c[0].Advance() == Broken {
			broken++
		}
	}
	if broken < 100 {
		t.Errorf("only %d channels of 2000 broke", broken)
	}
}
