package agree

import (
	"testing"
	"unsafe"
)

// A message is seven words, as a slot of a channel is.
func TestMessageSize(t *testing.T) {
	if s := unsafe.Sizeof(Msg{}); s != 7*8 {
		t.Errorf("a message has %d bytes, want 56", s)
	}
}

// Operations do not allocate, at the coordinator or at a participant, in either
// phase, repeated, kept or batched, and their messages are taken without a copy. Sabotage: in
// begin, give the State an Op of its own in place of the part's; let Take return a clone, or
// leave the events.
func TestNoAllocation(t *testing.T) {
	n, l := pair(t)
	n.cfg.Batch = true
	seq, spare := uint32(0), make([]Out, 0, cap(n.Outs()))
	got := testing.AllocsPerRun(500, func() {
		*l = ledger{}
		seq++
		bit := uint64(1) << (seq % 31)
		n.Step(0, &Msg{Kind: Do, Coord: 0, View: 1, Seq: 2 * seq, Count: 1, Data: [Words]uint64{0, bit << 32}})
		n.Step(0, &Msg{Kind: Prepare, Coord: 0, View: 1, Seq: 2*seq + 1, Count: 1, Data: [Words]uint64{0, bit}})
		n.Step(0, &Msg{Kind: Decide, Coord: 0, View: 1, Seq: 2*seq + 1, Count: 1, Mask: 1})
		n.Step(0, &Msg{Kind: Prepare, Coord: 0, View: 2, Seq: 1, Count: 1})
		own, err := n.BeginTwoPhase(1, [Words]uint64{1, 1 << 63})
		if err != nil {
			t.Fatal(err)
		}
		n.Repeat(5)
		for _, flag := range []Flag{Voted, Applied} {
			n.Gathered(5, &Msg{Kind: Reply, Coord: 1, Flag: flag, View: 1, Seq: own, Count: 1, Mask: 5, Data: [Words]uint64{1, 5}})
		}
		if n.Pending() != 0 || n.Dropped() != 0 || l.wrong != "" {
			t.Fatalf("%d pending, %d dropped, %s", n.Pending(), n.Dropped(), l.wrong)
		}
		if spare = n.Take(spare); len(spare) == 0 || len(n.Outs())+len(n.Events()) != 0 {
			t.Fatalf("%d messages taken, %d messages and %d events left", len(spare), len(n.Outs()), len(n.Events()))
		}
	})
	if got != 0 {
		t.Errorf("%v allocations", got)
	}
}

// A two-phase operation of three cores, both roles in one node: its own, and one of
// another.
func BenchmarkTwoPhase(b *testing.B) {
	l := &ledger{}
	n := New(Config{Self: 1, Cores: 3, Life: 1, Window: 4, State: l, Reborn: never})
	n.Up(0, 1)
	n.Up(2, 1)
	word := uint64(1<<32 | 1)
	n.Step(0, &Msg{Kind: Install, View: 1, Mask: 7, Data: [Words]uint64{word, word, word}})
	b.ReportAllocs()
	seq := uint32(0)
	for b.Loop() {
		*l = ledger{}
		seq++
		own, _ := n.BeginTwoPhase(1, [Words]uint64{1, 1})
		n.Step(0, &Msg{Kind: Prepare, Coord: 0, View: 1, Seq: seq, Count: 1, Data: [Words]uint64{0, 2}})
		n.Step(0, &Msg{Kind: Decide, Coord: 0, View: 1, Seq: seq, Count: 1, Mask: 1})
		n.Gathered(5, &Msg{Kind: Reply, Coord: 1, Flag: Voted, View: 1, Seq: own, Count: 1, Mask: 5, Data: [Words]uint64{1, 5}})
		n.Gathered(5, &Msg{Kind: Reply, Coord: 1, Flag: Applied, View: 1, Seq: own, Count: 1, Mask: 5, Data: [Words]uint64{1, 5}})
		n.Clear()
	}
	if n.Pending() != 0 || n.Dropped() != 0 {
		b.Errorf("%d in flight, %d dropped", n.Pending(), n.Dropped())
	}
}
