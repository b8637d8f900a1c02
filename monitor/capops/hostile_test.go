package capops

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"

	"atoll/kernel/abi"
	"atoll/kernel/capability"
)

// nonsense makes messages of bytes, most of them nearly right.
func nonsense(b []byte) (list []Msg) {
	for ; len(b) >= 8; b = b[8:] {
		w := binary.LittleEndian.Uint64(b)
		c := []capability.Cap{f, r, partOf(r), frameOf(1), frameOf(2), {Type: capability.RAM, Base: ^uint64(4095), Size: 8192}}[w>>8&7%6]
		m := about(Kind(w&15), uint32(w>>16&15), c)
		m.Rights, m.Error, m.Seq, m.Core = capability.Rights(w>>24), uint8(w>>32), uint32(w>>40&7), uint32(w>>43&3)
		m.Low, m.High = c.Base+(w>>45&3)<<12, c.Base+(w>>47&7)<<12
		if w>>50&7 == 0 {
			m.Type, m.Base, m.Size = capability.Type(w>>53), w, w>>7
		}
		list = append(list, m)
	}
	return list
}

// lies has a core say nonsense. Whatever core 2 says, which has nothing of core 0's, core 1
// keeps what it has and core 2 gets nothing, nor has anything done; what core 1 says, who may
// say more, leaves core 0 in order.
func lies(t *testing.T, from int, list []Msg) {
	n := owning(t)
	s := n.cfg.Store.(*model)
	for _, m := range list {
		n.Step(from, &m)
		for len(s.wipes) > 0 {
			s.wipe()
		}
		for _, o := range n.Outs() {
			if from == 2 && (o.Kind == Give || o.Kind == Mark || o.Kind == Commit) {
				t.Fatalf("core %d is told %+v for %+v", o.To, o, m)
			}
		}
		n.Clear()
	}
	if from == 2 && (len(n.loans) != 1 || n.loans[0].holder(1) < 0 || !slices.Contains(s.copies, r)) {
		t.Fatalf("core 2 has taken %v away", n.loans)
	}
	if s.wrong != "" {
		t.Fatal(s.wrong)
	}
}

// Nobody is harmed by what a core says.
// Sabotage: in mayAsk, do not look for the holder; in onDropped, take the first holder for from.
func FuzzNode(z *testing.F) {
	for k := range byte(numKinds) {
		z.Add([]byte{k, 1, 1, 3, 0, 1, 2, 0, k, 0, 2, 0, 0, 1, 0, 0, 2, 1, 1, 0, 0, 1, 1, 9}, k%2 == 0)
	}
	z.Fuzz(func(t *testing.T, b []byte, holder bool) {
		if holder {
			lies(t, 1, nonsense(b))
		} else {
			lies(t, 2, nonsense(b))
		}
	})
}

// TestLies does so with many messages that a seed draws.
// Sabotage: as of FuzzNode.
func TestLies(t *testing.T) {
	d := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		b := make([]byte, 8*(1+d.IntN(30)))
		for i := range b {
			b[i] = byte(d.Uint32())
		}
		lies(t, 1+d.IntN(2), nonsense(b))
	}
}

// A dead core, and one that nobody knows, say nothing.
// Sabotage: leave the look at up out of Step.
func TestFromNobody(t *testing.T) {
	n := owning(t)
	n.Dead(2)
	for _, from := range []int{2, -1, cores, 64} {
		n.Step(from, asking(Pass, 3))
	}
	if len(n.Outs()) != 0 || n.Dropped != 4 {
		t.Errorf("%v, %d", n.Outs(), n.Dropped)
	}
}

// A core without a node refuses what it is asked for, and has nothing of what it is given: who
// waits for its word goes on.
// Sabotage: in Refusals, leave out Dropped, or Took.
func TestRefusals(t *testing.T) {
	n := owning(t)
	wants(n, asked{number: 5, cap: f}, func() { n.Pass(5, f, 2, 1) })
	g := n.Outs()[0].Msg
	n.Clear()
	for _, m := range Refusals(&g) {
		n.Step(2, &m)
	}
	s := n.cfg.Store.(*model)
	if len(n.loans) != 1 || len(n.gives) != 0 || n.Dropped != 0 || len(s.results) != 1 || s.results[0].err != abi.ErrPeerDead {
		t.Errorf("%+v, %+v", n.owner, s.results)
	}
	for _, k := range []Kind{Pass, Revoke, Retype} {
		if l := Refusals(asking(k, 7)); len(l) != 1 || l[0].Kind != Answer || l[0].Op != 7 || l[0].err() == abi.OK {
			t.Errorf("%v: %+v", k, l)
		}
	}
	if l := Refusals(asking(Took, 7)); l != nil {
		t.Errorf("%+v", l)
	}
}
