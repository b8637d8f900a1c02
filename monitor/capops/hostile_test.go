package capops

import (
	"encoding/binary"
	"slices"
	"testing"

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

// Whatever core 2 says, which has nothing of core 0's, core 1 keeps what it has and core 2
// gets nothing; and what core 1 says, who may say more, harms nobody.
// Sabotage: in mayAsk, do not look for the holder; in onDropped or onTook, not at from.
func FuzzNode(z *testing.F) {
	z.Add([]byte{1, 0, 0, 0, 0, 0, 0, 0}, true)
	for k := range byte(numKinds) {
		z.Add([]byte{k, 1, 1, 3, 0, 1, 2, 0, k, 0, 2, 0, 0, 1, 0, 0, 2, 1, 1, 0, 0, 1, 1, 9}, k%2 == 0)
	}
	z.Fuzz(func(t *testing.T, b []byte, holder bool) {
		n := owning(t)
		from := 2
		if holder {
			from = 1
		}
		for _, m := range nonsense(b) {
			n.Step(from, &m)
			for s := n.cfg.Store.(*model); len(s.wipes) > 0; {
				s.wipe()
			}
			for _, o := range n.Outs() {
				if o.Kind == Give && !holder {
					t.Fatalf("core 2 is given %+v for %+v", o, m)
				}
				if o.To == from {
					continue
				}
				if o.Kind == Mark || o.Kind == Commit {
					if !holder {
						t.Fatalf("core %d is told %+v for %+v", o.To, o, m)
					}
				}
			}
			n.Clear()
		}
		if s := n.cfg.Store.(*model); !holder && (len(n.loans) != 1 || n.loans[0].holder(1) < 0 || !slices.Contains(s.copies, r)) {
			t.Fatalf("core 2 has taken %v away", n.loans)
		}
		if s := n.cfg.Store.(*model); s.wrong != "" {
			t.Fatal(s.wrong)
		}
	})
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
