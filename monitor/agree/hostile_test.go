package agree

import (
	"math/rand/v2"
	"testing"
)

// nonsense makes messages of bytes: small numbers, so that some nearly make sense.
func nonsense(b []byte) (list []Msg) {
	const size = 13
	for ; len(b) >= size; b = b[size:] {
		m := Msg{Kind: Kind(b[0] % 18), Coord: b[1] % 5, Type: b[2], Flag: Flag(b[3] % 8), View: uint32(b[4] % 4), Seq: uint32(int8(b[5])),
			Count: uint32(b[6] % 3), Mask: uint64(b[7])}
		if b[6] == 254 {
			m.Count = 1<<32 - 1
		}
		for i := range m.Data {
			m.Data[i] = uint64(b[8+i])
		}
		switch b[12] % 4 { // lives and views of members, or a wide mask
		case 1:
			m.Data = [Words]uint64{1<<32 | 1, 1<<32 | 1, 1<<32 | uint64(b[8]), uint64(b[9])}
		case 2:
			m.Mask |= uint64(b[7]) << 56
			m.Data[0] |= 1 << 63
		}
		list = append(list, m)
	}
	return list
}

// A mad core 2 says what it likes to core 1, while core 0 and core 1 do operations:
// these end as if it had been silent, but for its votes and for conflicts with its
// own operations. Sabotage: in reply, leave out & covers.
func lies(t *testing.T, list []Msg) {
	n, l := pair(t)
	own, err := n.BeginTwoPhase(1, [Words]uint64{3, 1 << 40})
	if err != nil {
		t.Fatal(err)
	}
	n.Step(0, &Msg{Kind: Do, Coord: 0, View: 1, Seq: 1, Count: 1, Data: [Words]uint64{0, 1 << 41}})
	n.Step(0, &Msg{Kind: Prepare, Coord: 0, View: 1, Seq: 2, Count: 1, Data: [Words]uint64{2, 1 << 42}})
	view := n.view
	n.Clear()
	for i := range list {
		n.Step(2, &list[i])
		for _, o := range n.Outs() {
			if o.To>>3 != 0 || o.To>>1&1 != 0 {
				t.Fatalf("%v makes core 1 send to %b", list[i], o.To)
			}
		}
		n.Clear()
	}
	if n.view != view || !n.Open() {
		t.Fatalf("view %d of %b, open %v", n.view.Number, n.view.Members, n.Open())
	}
	for seq, want := range map[uint32]partState{1: done, 2: prepared} {
		if p := n.parts[n.slot(0, seq)]; p.state != want || p.op.Seq != seq {
			t.Errorf("operation %d of core 0 is in state %d, want %d", seq, p.state, want)
		}
	}
	if f := n.flights[own]; f.seq != own || f.waiting&1 == 0 {
		t.Errorf("core 0 counts as having answered: %+v", f)
	}
	n.Step(0, &Msg{Kind: Decide, Coord: 0, View: 1, Seq: 2, Count: 1, Mask: 1})
	if l.applied&(1<<42) == 0 || l.locked[2] != 0 {
		t.Error("an operation of core 0 is not committed")
	}
}

// moods are nodes that a mad core may find: without a view, a leader, one that has
// lost its leader to it, in a join.
func moods(t *testing.T) (list []*Node) {
	outside := New(Config{Self: 1, Cores: 4, Life: 2, Window: 4, Batch: true, State: &ledger{}, Reborn: never})
	outside.Up(2, 1)
	waiting := New(Config{Self: 1, Cores: 3, Life: 1, Window: 4, State: &ledger{}, Reborn: never})
	waiting.Up(2, 1)
	waiting.Dead(0, 0)
	follower, _ := pair(t)
	follower.Dead(0, 1)
	led, _ := pair(t)
	led.Step(0, &Msg{Kind: Change, View: 1, Seq: 1, Mask: 8})
	below := New(Config{Self: 2, Cores: 3, Life: 1, Window: 4, State: &ledger{}, Reborn: never})
	below.Up(1, 1)
	below.Up(0, 1)
	word := uint64(1<<32 | 1)
	below.Step(0, &Msg{Kind: Install, View: 1, Mask: 7, Data: [Words]uint64{word, word, word}})
	below.Dead(0, 1)
	for _, n := range []*Node{outside, waiting, follower, led, below} {
		n.Clear()
	}
	return []*Node{outside, waiting, follower, led, below}
}

// FuzzNode has a mad core lie in every mood of a node: no lie makes it panic.
func FuzzNode(f *testing.F) {
	for seed := range uint64(8) {
		r := rand.New(rand.NewPCG(seed, 1))
		b := make([]byte, 13*20)
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		list := nonsense(b)
		lies(t, list)
		for _, n := range moods(t) {
			from := 2
			if n.cfg.Self == 2 {
				from = 1
			}
			for i := range list {
				n.Step(from, &list[i])
				n.BeginOnePhase(1, list[i].Data)
				n.Gathered(list[i].Mask, &list[i])
				n.Clear()
			}
			n.Dead(from, 1)
			n.Up(from, 2)
			n.Clear()
		}
	})
}

// Lies that nearly make sense, and many random ones. Sabotage: in participate, leave
// out the comparison of Coord.
func TestLies(t *testing.T) {
	for _, cores := range []uint64{1, 5, 7} { // a reply for others
		for _, flag := range []Flag{Voted, Applied} {
			lies(t, []Msg{{Kind: Reply, Coord: 1, Flag: flag, View: 1, Seq: 1, Count: 1, Mask: cores, Data: [Words]uint64{1, cores}}})
		}
	}
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 2))
		b := make([]byte, 13*40)
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		if lies(t, nonsense(b)); t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// A message from nobody is dropped, as is one of no kind.
func TestFromNobody(t *testing.T) {
	n, _ := pair(t)
	for _, from := range []int{-1, 1, 3, 64, 1 << 40} {
		n.Step(from, &Msg{Kind: Do})
	}
	n.Step(0, &Msg{})
	n.Step(0, &Msg{Kind: kinds})
	n.Gathered(7, &Msg{Kind: Do})
	if n.Dropped() != 8 || len(n.Outs()) != 0 {
		t.Errorf("%d dropped, %d sent; want 8, 0", n.Dropped(), len(n.Outs()))
	}
}
