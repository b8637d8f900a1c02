package agree

import (
	"math/bits"
	"testing"
)

// leading returns core 0 of four, alone with core 1 in view 1, when 2 and 3 are up
// and core 1 has reported their join.
func leading(t *testing.T) *Node {
	t.Helper()
	n := New(Config{Self: 0, Cores: 4, Life: 1, Window: 4, State: &ledger{}, Reborn: never})
	n.Dead(2, 1)
	n.Dead(3, 1)
	n.Up(1, 1)
	n.Step(1, &Msg{Kind: Report, Data: [Words]uint64{n.digest()}})
	n.Up(2, 2)
	n.Step(1, &Msg{Kind: Report, View: 1, Seq: n.change.number})
	if n.view.Number != 1 || n.change.joiners != 4 || n.attempt.stage != attemptSend {
		t.Fatalf("view %d, joiners %b, stage %d", n.view.Number, n.change.joiners, n.attempt.stage)
	}
	n.Clear()
	return n
}

func sent(n *Node, kind Kind) (to uint64) {
	for _, o := range n.Outs() {
		if o.Msg.Kind == kind {
			to |= o.To
		}
	}
	return to
}

// A joiner that was ready for a change that was given up is not ready for the next:
// it holds the record of a view that will not be. Sabotage: in onReady, leave out the
// comparison of Seq.
func TestReadyOfAnotherChange(t *testing.T) {
	n := leading(t)
	old := n.change.number
	n.Up(3, 2) // has to wait for the next change
	n.Dead(2, 2)
	if n.change.number == old || n.change.joiners != 8 || sent(n, Change) != 2 {
		t.Fatalf("change %d of %b", n.change.number, n.change.joiners)
	}
	n.Step(1, &Msg{Kind: Report, View: 1, Seq: n.change.number})
	n.Step(3, &Msg{Kind: Ready, View: 2, Seq: old})
	if n.view.Number != 1 || n.Dropped() != 0 {
		t.Errorf("view %d, %d dropped", n.view.Number, n.Dropped())
	}
	n.Step(3, &Msg{Kind: Ready, View: 2, Seq: n.change.number})
	if n.view.Number != 2 || n.view.Members != 0b1011 || n.view.Life[3] != 2 {
		t.Errorf("view %d of %b", n.view.Number, n.view.Members)
	}
}

// When the last joiner dies, the members are told to go on. Sabotage: in beginJoin,
// send the Change only if somebody joins.
func TestNobodyJoins(t *testing.T) {
	n := leading(t)
	if n.Open() {
		t.Error("operations may begin during a join")
	}
	n.Dead(2, 2)
	if !n.Open() || n.change.joiners != 0 || sent(n, Change) != 2 {
		t.Errorf("open %v, joiners %b, told %b", n.Open(), n.change.joiners, sent(n, Change))
	}
}

// No more join at once than a Change can name; then the rest. Sabotage: in beginJoin,
// leave out the bound.
func TestManyJoin(t *testing.T) {
	n := New(Config{Self: 0, Cores: 12, Life: 1, Window: 1, State: &ledger{}, Reborn: never})
	for c := 1; c < 12; c++ {
		n.Dead(c, 1)
	}
	if n.view.Members != 1 {
		t.Fatalf("view of %b", n.view.Members)
	}
	for c := 1; c < 12; c++ {
		n.Up(c, 2)
	}
	for round := 0; n.change.joiners != 0; round++ {
		if bits.OnesCount64(n.change.joiners) > maxJoiners || round > 12 {
			t.Fatalf("round %d: joiners %b", round, n.change.joiners)
		}
		change := n.change
		for s := change.joiners; s != 0; s &= s - 1 {
			n.Step(bits.TrailingZeros64(s), &Msg{Kind: Ready, View: n.view.Number + 1, Seq: change.number})
		}
		for s := n.others(); s != 0; s &= s - 1 {
			n.Step(bits.TrailingZeros64(s), &Msg{Kind: Report, View: n.view.Number, Seq: n.change.number})
		}
	}
	if n.view.Members != 1<<12-1 || n.Dropped() != 0 {
		t.Errorf("view of %b, %d dropped", n.view.Members, n.Dropped())
	}
}

// holding returns core 1 of three, which holds core 0's snapshot for view 4, in which
// it and core 2 join.
func holding(t *testing.T) (*Node, *ledger) {
	t.Helper()
	l := &ledger{}
	n := New(Config{Self: 1, Cores: 3, Life: 2, Window: 4, State: l, Reborn: never})
	n.Up(0, 1)
	n.Up(2, 2)
	n.Clear()
	n.Step(0, &Msg{Kind: Install, Flag: Snapshot, View: 4, Mask: 7, Seq: 1, Count: 9, Data: [Words]uint64{1<<32 | 1, 2<<32 | 4, 2<<32 | 4}})
	n.Step(0, &Msg{Kind: Item, View: 4, Mask: 1})
	if sent(n, Ready) != 1 || n.view.Number != 0 || l.applied != 1 {
		t.Fatalf("ready to %b, view %d, applied %b", sent(n, Ready), n.view.Number, l.applied)
	}
	return n, l
}

// A joiner whose older members are all dead enters only if one of them had entered:
// else the other joiners may not hold the snapshot. Sabotage: in moveHolder, leave
// out the comparison of entered with 0.
func TestHolderAlone(t *testing.T) {
	n, _ := holding(t)
	n.Dead(0, 1)
	if n.view.Number != 0 {
		t.Errorf("entered view %d, which nobody has", n.view.Number)
	}
	n, _ = holding(t)
	n.Step(0, &Msg{Kind: Entered, View: 3})
	n.Step(2, &Msg{Kind: Entered, View: 4})
	if n.view.Number != 0 {
		t.Error("entered by the word of another view, or of a joiner")
	}
	n.Step(0, &Msg{Kind: Entered, View: 4})
	if n.view.Number != 4 || n.Dropped() != 0 {
		t.Errorf("view %d, %d dropped", n.view.Number, n.Dropped())
	}
}

// A first view begins with nothing, whatever its founder has held. Sabotage: in
// install, leave out Reset.
func TestFoundedEmpty(t *testing.T) {
	n, l := holding(t)
	n.Dead(0, 1)
	n.Dead(2, 2)
	if n.view.Number != 5 || n.view.Members != 2 || l.applied != 0 {
		t.Errorf("view %d of %b, applied %b", n.view.Number, n.view.Members, l.applied)
	}
}

// Nobody founds a view while a core that it knows to be dead may live again. Sabotage:
// in found, do not ask Reborn.
func TestReborn(t *testing.T) {
	reborn := true
	n := New(Config{Self: 1, Cores: 2, Life: 1, Window: 4, State: &ledger{}, Reborn: func(core int, life uint32) bool {
		return core == 0 && life == 1 && reborn
	}})
	if n.Dead(0, 1); n.view.Number != 0 {
		t.Error("founded a view")
	}
	reborn = false
	if n.Dead(0, 2); n.view.Number != 1 {
		t.Error("founded no view")
	}
}
