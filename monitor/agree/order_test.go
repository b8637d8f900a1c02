package agree

import (
	"slices"
	"testing"
)

// seqsOf are the numbers of operations.
func seqsOf(list []Op) (seqs []uint32) {
	for _, op := range list {
		seqs = append(seqs, op.Seq)
	}
	return seqs
}

// Outcomes come in the order in which the dead coordinator began them, and what has
// left its window is over. Sabotage: in outcomesOf, take the claims by slot.
func TestOutcomesInOrder(t *testing.T) {
	n, _ := pair(t)
	for _, c := range []struct{ claims, want []uint32 }{
		{[]uint32{6, 5, 7}, []uint32{5, 6, 7}},
		{[]uint32{1, 2, 4, 7}, []uint32{4, 7}}, // 7 began, so 3 had ended; 1 and 2 with it or before
		{[]uint32{1<<32 - 1, 1, 0}, []uint32{1<<32 - 1, 0, 1}},
		{nil, nil},
	} {
		clear(n.claims)
		for _, seq := range c.claims {
			n.claim(Op{Coord: 2, Seq: seq})
		}
		if got := seqsOf(n.outcomesOf(2, nil)); !slices.Equal(got, c.want) {
			t.Errorf("claims %v: outcomes %v, want %v", c.claims, got, c.want)
		}
	}
}

// What came before its view is taken in order, when that is installed. Sabotage: in
// replay, take the list by slot.
func TestReplayInOrder(t *testing.T) {
	n, l := pair(t)
	for _, seq := range []uint32{7, 8, 9} { // slots 3, 0, 1; one key for the last two
		n.Step(0, &Msg{Kind: Prepare, Coord: 0, View: 2, Seq: seq, Count: 1, Data: [Words]uint64{uint64(seq) / 8, 1 << seq}})
	}
	n.Step(0, &Msg{Kind: Decide, Coord: 0, View: 2, Seq: 7, Count: 1, Data: [Words]uint64{1}})
	n.Dead(2, 1)
	n.Clear()
	n.Step(0, &Msg{Kind: Install, View: 2, Mask: 3, Data: [Words]uint64{1<<32 | 1, 1<<32 | 1}})
	var got []uint32
	for _, o := range n.Outs() {
		got = append(got, o.Msg.Seq)
	}
	if want := []uint32{7, 7, 8, 9}; !slices.Equal(got, want) || n.dropped != 0 {
		t.Errorf("answers to %v, want %v; %d dropped", got, want, n.dropped)
	}
	if l.aborted != 1<<7 || l.locked[1] != 1<<8 {
		t.Errorf("ledger %+v", *l)
	}
}

// Several operations share a reply and a decision. Sabotage: in mergeable, return
// nil.
func TestBatch(t *testing.T) {
	n, _ := pair(t)
	n.cfg.Batch = true
	for seq := range uint32(3) {
		n.Step(0, &Msg{Kind: Prepare, Coord: 0, View: 1, Seq: seq + 1, Count: 1, Data: [Words]uint64{uint64(seq), 1 << seq}})
	}
	if outs := n.Outs(); len(outs) != 1 || outs[0].Msg.Data[0] != 7 || outs[0].Msg.Data[1] != 2 {
		t.Errorf("three votes are %v", outs)
	}
	n.Clear()
	n.Step(0, &Msg{Kind: Decide, Coord: 0, View: 1, Seq: 1, Count: 1, Mask: 5, Data: [Words]uint64{2}})
	if outs := n.Outs(); len(outs) != 1 || outs[0].Msg.Data[0] != 7 || n.dropped != 0 {
		t.Errorf("three decisions are answered by %v", outs)
	}
	n.Clear()
	for i, key := range []uint64{3, 1} {
		if _, err := n.BeginTwoPhase(1, [Words]uint64{key, 1 << (10 + i)}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := n.BeginTwoPhase(1, [Words]uint64{3, 1 << 12}); err != ErrConflict || n.Pending() != 2 {
		t.Errorf("a conflict with an operation in flight: %v, %d in flight", err, n.Pending())
	}
	n.Clear()
	n.Gathered(5, &Msg{Kind: Reply, Coord: 1, Flag: Voted, View: 1, Seq: 1, Count: 1, Mask: 5, Data: [Words]uint64{3, 5}})
	if outs := n.Outs(); len(outs) != 1 || outs[0].Msg.Mask != 3 || outs[0].To != 5 {
		t.Errorf("two decisions are %v", outs)
	}
	if len(n.Events()) != 2 {
		t.Errorf("events %v", n.Events())
	}
}

// What a dead core had said of views to come does not stand in the way of its next
// life. Sabotage: in bury, leave out forget.
func TestKeptOfTheDead(t *testing.T) {
	n, l := pair(t)
	for seq := range uint32(4) { // a mad core
		n.Step(2, &Msg{Kind: Do, Coord: 2, View: 1 << 30, Seq: seq, Count: 1})
	}
	n.Dead(2, 1)
	n.Step(0, &Msg{Kind: Install, View: 2, Mask: 3, Data: [Words]uint64{1<<32 | 1, 1<<32 | 1}})
	n.Up(2, 2)
	n.Step(0, &Msg{Kind: Change, View: 2, Seq: 1, Mask: 4, Data: [Words]uint64{2}})
	n.Step(2, &Msg{Kind: Do, Coord: 2, View: 3, Seq: 1, Count: 2, Data: [Words]uint64{0, 1}})
	n.Step(0, &Msg{Kind: Install, View: 3, Mask: 7, Data: [Words]uint64{1<<32 | 1, 1<<32 | 1, 2<<32 | 3}})
	if n.view.Number != 3 || l.applied != 1 || n.dropped != 0 {
		t.Errorf("view %d, applied %b, %d dropped", n.view.Number, l.applied, n.dropped)
	}
}

// A message of an earlier life, passed on by another core after its death, is not
// taken, in whatever view; nor is a reply to one. Sabotage: in participate, leave
// out the comparison of Count.
func TestEarlierLife(t *testing.T) {
	n, l := pair(t)
	for _, view := range []uint32{1, 2} {
		n.Step(0, &Msg{Kind: Do, Coord: 0, View: view, Seq: 1, Count: 7, Data: [Words]uint64{0, 1}})
	}
	own, err := n.BeginOnePhase(1, [Words]uint64{0, 2})
	if err != nil {
		t.Fatal(err)
	}
	n.Gathered(5, &Msg{Kind: Reply, Coord: 1, Flag: Applied, View: 1, Seq: own, Count: 7, Mask: 5, Data: [Words]uint64{1, 5}})
	if l.applied != 2 || n.kept[n.slot(0, 1)].view != 0 || n.Pending() != 1 || n.Dropped() != 0 {
		t.Errorf("applied %b, kept %v, %d in flight, %d dropped", l.applied, n.kept[n.slot(0, 1)], n.Pending(), n.Dropped())
	}
}

// A record is not broken by one from another sender, and if its own sender dies the
// other is asked again. Sabotage: in bury, leave asked as it is.
func TestRecordsOfTwo(t *testing.T) {
	n := New(Config{Self: 2, Cores: 5, Life: 1, Window: 4, State: &ledger{}, Reborn: never})
	for _, c := range []int{0, 1, 3, 4} {
		n.Up(c, 1)
	}
	word := uint64(1<<32 | 1)
	head := Msg{Kind: Install, View: 1, Mask: 31, Data: [Words]uint64{word, word, word, word}}
	rest := Msg{Kind: Member, View: 1, Count: 4, Data: [Words]uint64{word}}
	n.Dead(0, 1)
	n.Step(1, &head) // leads, as it thinks
	n.Step(3, &Msg{Kind: Report, View: 1, Mask: 3})
	n.Step(3, &head)
	n.Step(3, &rest)
	if n.view.Number != 0 {
		t.Fatal("installed a record whose head was not taken")
	}
	n.Clear()
	n.Dead(1, 1)
	if sent(n, Ask) != 8 {
		t.Fatalf("asks %b", sent(n, Ask))
	}
	n.Step(3, &head)
	n.Step(3, &rest)
	if n.view.Number != 1 || n.Dropped() != 0 {
		t.Errorf("view %d, %d dropped", n.view.Number, n.Dropped())
	}
}
