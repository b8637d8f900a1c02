//go:build !riscv64

package agree

import (
	"encoding/binary"
	"hash/maphash"
	"reflect"
	"testing"
)

// body is a node with all its memory, which is copied at once.
type body struct {
	node          Node
	ledger        ledger
	flights       [searchWindow]flight
	parts, claims [searchSlots]part
	kept          [searchSlots]keep
	reports       [most]report
	rec, stage    [searchSlots]Op
}

const (
	searchWindow = 2
	searchSlots  = most * searchWindow
)

// clone copies a node of a search and its ledger, without outs and events.
func (n *Node) clone() *Node {
	b := &body{node: *n, ledger: *n.cfg.State.(*ledger)}
	c := &b.node
	c.cfg.State = &b.ledger
	slots := len(n.parts)
	c.flights = b.flights[:copy(b.flights[:], n.flights)]
	c.parts = b.parts[:copy(b.parts[:], n.parts)]
	c.claims = b.claims[:copy(b.claims[:], n.claims)]
	c.kept = b.kept[:copy(b.kept[:], n.kept)]
	c.reports = b.reports[:copy(b.reports[:], n.reports)]
	c.rec.outcomes = b.rec[:copy(b.rec[:], n.rec.outcomes):slots]
	c.stage.rec.outcomes = b.stage[:copy(b.stage[:], n.stage.rec.outcomes):slots]
	c.outs, c.events = nil, nil
	return c
}

// image writes down all that a node's future depends on.
type image struct {
	b []byte
	n int // cores
}

func (b *image) word(w ...uint64) {
	for _, w := range w {
		b.b = binary.AppendUvarint(b.b, w)
	}
}

func (b *image) flag(f ...bool) {
	for _, f := range f {
		if f {
			b.b = append(b.b, 1)
		} else {
			b.b = append(b.b, 0)
		}
	}
}

func (b *image) op(o *Op) {
	b.word(uint64(o.Coord), uint64(o.Type), uint64(o.Seq), uint64(o.Life), o.Data[0], o.Data[1], o.Data[2], o.Data[3])
	b.flag(o.TwoPhase)
}

func (b *image) record(r *record) {
	b.word(uint64(r.Number), r.Members)
	for i := range b.n {
		b.word(uint64(r.Life[i]), uint64(r.Since[i]))
	}
	for i := range r.outcomes {
		b.op(&r.outcomes[i])
	}
}

func (b *image) parts(list []part) {
	for i := range list {
		if b.word(uint64(list[i].state)); list[i].state != nothing {
			b.op(&list[i].op)
		}
	}
}

func (b *image) node(n *Node) {
	b.n = n.cfg.Cores
	for i := range b.n {
		b.word(uint64(n.lives[i].number), uint64(n.lives[i].state))
	}
	b.record(&record{n.view, nil})
	b.record(&n.rec)
	b.word(uint64(n.nextSeq), uint64(n.busy), uint64(n.held.from+1), uint64(n.held.change), n.held.entered)
	b.flag(n.held.told)
	for _, f := range n.flights {
		b.word(uint64(f.phase), uint64(f.seq), f.waiting)
		b.flag(f.commit)
	}
	b.parts(n.parts)
	for i := range n.kept {
		k := &n.kept[i]
		if b.word(uint64(k.view)); k.view != 0 {
			b.flag(k.begun, k.aborted)
			b.word(uint64(k.kind))
			b.op(&k.op)
		}
	}
	b.change(&n.change)
	b.msg(&n.later)
	b.word(uint64(n.attempt.stage), uint64(n.attempt.number), n.attempt.ready)
	r := &n.reported
	b.word(r.to, uint64(r.view), r.dead, uint64(r.change), r.digest, uint64(r.holds))
	b.flag(r.busy)
	for _, r := range n.reports {
		if b.flag(r.known); r.known {
			b.flag(r.busy, r.ahead)
			b.word(uint64(r.view), uint64(r.holds), r.dead, uint64(r.change), r.digest, uint64(r.left))
		}
	}
	b.parts(n.claims)
	b.word(n.asked, n.told, n.dropped, n.gone)
	s := &n.stage
	if b.word(uint64(s.from + 1)); s.from >= 0 {
		b.flag(s.snapshot)
		b.word(uint64(s.change), uint64(s.members), uint64(s.outcomes), uint64(s.items))
		b.record(&s.rec)
	}
	l := n.cfg.State.(*ledger)
	b.word(l.applied, l.aborted)
	for i := range l.taken {
		b.word(l.taken[i], l.locked[i])
	}
}

func (b *image) change(c *change) {
	b.word(uint64(c.number), c.joiners)
	for _, l := range c.lives {
		b.word(uint64(l))
	}
}

func (b *image) msg(m *Msg) {
	b.word(uint64(m.Kind), uint64(m.Coord), uint64(m.Type), uint64(m.Flag), uint64(m.View), uint64(m.Seq), uint64(m.Count), m.Mask,
		m.Data[0], m.Data[1], m.Data[2], m.Data[3])
}

var imageSeed = maphash.MakeSeed()

// hashOf returns the hash of what write writes, into a buffer that is used again.
func (b *image) hashOf(write func()) uint64 {
	b.b = b.b[:0]
	write()
	return maphash.Bytes(imageSeed, b.b)
}

// A field that the image leaves out would hide states from the search.
// Sabotage: add a field to Node.
func TestImageIsComplete(t *testing.T) {
	for _, c := range []struct {
		of     any
		fields int
	}{{Node{}, 25}, {flight{}, 4}, {part{}, 2}, {keep{}, 5}, {report{}, 9}, {reported{}, 7}, {stage{}, 7}, {record{}, 2}, {View{}, 4},
		{Op{}, 6}, {Msg{}, 9}, {change{}, 3}, {attempt{}, 3}, {held{}, 4}, {life{}, 2}} {
		if got := reflect.TypeOf(c.of).NumField(); got != c.fields {
			t.Errorf("%T has %d fields, the image was written for %d", c.of, got, c.fields)
		}
	}
}
