package capops

import (
	"slices"
	"testing"

	"atoll/kernel/abi"
	"atoll/kernel/capability"
)

// owning is the owner, core 0, of which core 1 holds the RAM r.
func owning(t *testing.T) *Node {
	t.Helper()
	n := newNode(0)
	n.Up(1)
	n.Up(2)
	n.cfg.Store.(*model).copies = []capability.Cap{f, r}
	wants(n, asked{number: 1, cap: r}, func() { n.Pass(1, r, 1, 1) })
	g := n.Outs()[0]
	n.Step(1, &Msg{Kind: Took, Op: g.Op})
	if n.Clear(); len(n.loans) != 1 || len(n.gives) != 0 || n.Dropped != 0 {
		t.Fatalf("%+v", n.owner)
	}
	n.cfg.Store.(*model).results = nil
	return n
}

// wants has a core ask for something.
func wants(n *Node, a asked, f func()) {
	s := n.cfg.Store.(*model)
	s.asked = append(s.asked, a)
	f()
}

// sent returns to whom messages of a kind go.
func sent(n *Node, k Kind) (to []int) {
	for _, o := range n.Outs() {
		if o.Kind == k {
			to = append(to, o.To)
		}
	}
	return to
}

// asking is core 1's request about r.
func asking(k Kind, op uint32) *Msg {
	m := about(k, op, r)
	if m.Core = 2; k == Retype {
		m.Low, m.High = r.Base, r.Base+4096
	}
	return &m
}

// flying returns the owner with something in flight that core 1 has asked for.
func flying(t *testing.T, k Kind) *Node {
	n := owning(t)
	n.Step(1, asking(k, 7))
	n.Clear()
	return n
}

// Each cell of the table of conflicts in the package's comment.
// Sabotage: for each column, leave the look at ops out of onPass, or at earlier ones out of
// begin; for the row of Dropped, the look at seq out of onDropped.
func TestCells(t *testing.T) {
	for _, in := range []Kind{Pass, Revoke, Retype} {
		for _, k := range []Kind{Pass, Revoke, Retype, Dropped} {
			t.Run(in.String()+" "+k.String(), func(t *testing.T) {
				n := flying(t, in)
				m := asking(k, 8)
				if k == Dropped {
					n.dropInFlight(t, in)
					return
				}
				n.Step(1, m)
				switch {
				case in == Pass && k == Pass:
					if !slices.Equal(sent(n, Give), []int{2}) || len(n.gives) != 2 {
						t.Errorf("%+v", n.Outs())
					}
				case in == Pass: // the receiver, too, is asked; of a revoke after who wants it
					if k == Revoke {
						n.Step(1, &Msg{Kind: Ready, Op: n.ops[0].id})
					}
					if !slices.Equal(sent(n, Mark), []int{1, 2}) {
						t.Errorf("%+v", n.Outs())
					}
				case k == Pass:
					if a := n.Outs()[0]; len(n.Outs()) != 1 || a.Kind != Answer || a.err() != abi.ErrAgain || a.Op != 8 {
						t.Errorf("%+v", n.Outs())
					}
				default:
					n.afterwards(t, in, k)
				}
			})
		}
	}
}

// dropInFlight has the holder say that nothing is left.
func (n *Node) dropInFlight(t *testing.T, in Kind) {
	m := about(Dropped, 0, r)
	m.Seq = 1
	switch in {
	case Pass: // to core 2, which has dropped an earlier copy
		m.Seq = 1
		n.Step(2, &m)
		if len(n.loans) != 1 || len(n.loans[0].holders) != 2 {
			t.Errorf("who gets a copy is no holder: %+v", n.loans)
		}
	default:
		n.Step(1, &m)
		if len(n.loans) != 0 || len(n.cfg.Store.(*model).anchors) != 0 {
			t.Errorf("%+v", n.loans)
		}
	}
}

// afterwards ends what is in flight, and sees the next begin only then.
func (n *Node) afterwards(t *testing.T, in, k Kind) {
	if len(n.Outs()) != 0 {
		t.Fatalf("it has not waited: %+v", n.Outs())
	}
	first := n.ops[0]
	n.Step(1, &Msg{Kind: Ready, Op: first.id})
	if !slices.Contains(sent(n, Commit), 1) || sent(n, Mark) != nil {
		t.Fatalf("%+v", n.Outs())
	}
	if in == Revoke {
		n.cfg.Store.(*model).wipe()
	}
	n.Clear()
	n.Step(1, &Msg{Kind: Done, Op: first.id})
	if !slices.Contains(sent(n, Mark), 1) {
		t.Errorf("%v does not follow %v: %+v", k, in, n.Outs())
	}
}

// Who does not hold any more when its turn comes is told so.
// Sabotage: in mayBegin, do not look at mayAsk.
func TestTurnOfNobody(t *testing.T) {
	n := flying(t, Revoke)
	n.Step(1, asking(Retype, 8))
	first := n.ops[0]
	n.Step(1, &Msg{Kind: Ready, Op: first.id})
	n.cfg.Store.(*model).wipe()
	gone := about(Dropped, 0, r)
	gone.Seq = 1
	n.Step(1, &gone)
	n.Clear()
	n.Step(1, &Msg{Kind: Done, Op: first.id})
	last := n.Outs()[len(n.Outs())-1]
	if last.Kind != Answer || last.Op != 8 || last.err() != abi.Error(capability.ErrNoSuchCap) || len(n.ops) != 0 {
		t.Errorf("%+v", n.Outs())
	}
}

// A revoke whose turn comes when who has asked for it has lost the capability to the one before,
// on the same core, takes nothing from anybody, nor freezes it: he is told so.
// Sabotage: in onMark, do not look at Asks; in begin, mark all at once.
func TestTurnOfOneOfTwo(t *testing.T) {
	n := owning(t)
	s := n.cfg.Store.(*model)
	for _, number := range []uint32{5, 6} {
		wants(n, asked{number: number, cap: r}, func() { n.Revoke(number, r) })
	}
	n.Step(1, &Msg{Kind: Ready, Op: n.ops[0].id})
	s.wipe()
	n.Clear()
	n.Step(1, &Msg{Kind: Done, Op: n.ops[0].id})
	want := []result{{5, abi.OK}, {6, abi.Error(capability.ErrNoSuchCap)}}
	if !slices.Equal(s.results, want) || len(n.Outs())+len(s.frozen)+len(n.ops) != 0 || !s.Holds(r) {
		t.Errorf("%v; sent %v, frozen %v, copies %v", s.results, n.Outs(), s.frozen, s.copies)
	}
}

// Whose core dies before it has said that he still has the capability may have lost it: nothing is
// taken from anybody.
// Sabotage: in advance, finish a retype only whose asker has died.
func TestDeathInDoubt(t *testing.T) {
	n := flying(t, Revoke)
	s := n.cfg.Store.(*model)
	if n.Dead(1); len(n.ops)+len(s.frozen)+len(s.wipes) != 0 || !s.Holds(r) {
		t.Errorf("%v, frozen %v, wiped %v", n.ops, s.frozen, s.wipes)
	}
}

// The race of three cores of Technical Note 13: core 1 passes on what it has been given while
// the owner revokes it. In whatever order core 1's and core 2's messages come, core 2 has no
// copy in the end.
// Sabotage: in onPass, do not look at ops; or send Mark to those only who have taken their
// copies.
func TestInFlight(t *testing.T) {
	search(t, &scenario{deeds: []deed{pass(0, f, 1), pass(1, f, 2), revoke(0, f)}, states: 150})
	n := owning(t)
	n.Step(1, asking(Pass, 7)) // the copy is on its way to core 2
	wants(n, asked{number: 9, cap: r}, func() { n.Revoke(9, r) })
	kinds := []Kind{}
	for _, o := range n.Outs() {
		if o.To == 2 {
			kinds = append(kinds, o.Kind)
		}
	}
	if !slices.Equal(kinds, []Kind{Give, Mark}) {
		t.Errorf("core 2 is told %v", kinds)
	}
}

// What is done with the own memory as long as nobody else has it, and with a copy of
// another's, takes no message but the last word.
// Sabotage: in Ended, tell without looking at Holds.
func TestLocal(t *testing.T) {
	n := newNode(0)
	n.Up(1)
	s := n.cfg.Store.(*model)
	s.copies = []capability.Cap{f, f, r}
	s.drop(f)
	wants(n, asked{number: 1, cap: r}, func() { n.Revoke(1, r) })
	s.wipe()
	if len(n.Outs()) != 0 || len(s.results) != 1 || s.results[0].err != abi.OK {
		t.Errorf("%v, %v", n.Outs(), s.results)
	}
	theirs := frameOf(1)
	g := about(Give, 4, theirs)
	g.Seq = 3
	n.Step(1, &g)
	s.copies = append(s.copies, theirs) // a copy of the copy
	n.Clear()
	i := slices.Index(s.copies, theirs)
	s.copies = slices.Delete(s.copies, i, i+1)
	n.Ended(theirs)
	if len(n.Outs()) != 0 {
		t.Errorf("%v", n.Outs())
	}
	s.drop(theirs)
	if o := n.Outs(); len(o) != 1 || o[0].Kind != Dropped || o[0].Seq != 3 || o[0].To != 1 {
		t.Errorf("%v", o)
	}
}
