package capops

import (
	"hash/maphash"
	"slices"

	"atoll/kernel/capability"
)

// clone copies a node with its model.
func (n *Node) clone() *Node {
	c := *n
	c.outs, c.inbox = nil, nil
	c.loans = slices.Clone(n.loans)
	for i := range c.loans {
		c.loans[i].holders = slices.Clone(c.loans[i].holders)
	}
	c.gives, c.held, c.marks, c.requests = slices.Clone(n.gives), slices.Clone(n.held), slices.Clone(n.marks), slices.Clone(n.requests)
	c.ops = slices.Clone(n.ops)
	for i, o := range c.ops {
		same := *o
		c.ops[i] = &same
	}
	s := *n.cfg.Store.(*model)
	s.copies, s.anchors, s.frozen = slices.Clone(s.copies), slices.Clone(s.anchors), slices.Clone(s.frozen)
	s.wipes, s.asked, s.results = slices.Clone(s.wipes), slices.Clone(s.asked), nil
	s.node = &c
	c.cfg.Store = &s
	return &c
}

// image is what a hash is made of.
type image struct{ b []byte }

var imageSeed = maphash.MakeSeed()

func (b *image) hash() uint64 { return maphash.Bytes(imageSeed, b.b) }

func (b *image) word(list ...uint64) {
	for _, w := range list {
		b.b = append(b.b, byte(w), byte(w>>8), byte(w>>16), byte(w>>24), byte(w>>32), byte(w>>40), byte(w>>48), byte(w>>56))
	}
}

func (b *image) flag(f bool) {
	if f {
		b.word(1)
	} else {
		b.word(0)
	}
}

func (b *image) cap(c capability.Cap) {
	b.word(uint64(c.Type)|uint64(c.Rights)<<8, c.Base, c.Size)
}

func (b *image) caps(list []capability.Cap) {
	b.word(uint64(len(list)))
	for _, c := range list {
		b.cap(c)
	}
}

func (b *image) msg(m *Msg) {
	b.word(uint64(m.Kind)|uint64(m.Error)<<8|uint64(m.Op)<<32, m.Low, m.High, m.Channel, uint64(m.Core)|uint64(m.Seq)<<32)
	b.cap(m.cap())
}

func (b *image) node(n *Node) {
	b.word(n.up, uint64(n.lastOp), n.Dropped, uint64(len(n.loans)), uint64(len(n.gives)), uint64(len(n.ops)))
	for i := range n.loans {
		l := &n.loans[i]
		b.cap(l.cap)
		b.word(uint64(l.seq), uint64(len(l.holders)))
		for _, h := range l.holders {
			b.word(uint64(h.core), uint64(h.seq))
		}
	}
	for _, g := range n.gives {
		b.word(uint64(g.op), uint64(g.to), uint64(g.from), uint64(g.request))
	}
	for _, o := range n.ops {
		b.cap(o.cap)
		b.word(uint64(o.id), uint64(o.kind), o.low, o.high, uint64(o.from), uint64(o.request), uint64(o.phase), o.members, o.waiting, uint64(o.why))
	}
	b.word(uint64(len(n.held)), uint64(len(n.marks)), uint64(len(n.requests)))
	for _, h := range n.held {
		b.cap(h.cap)
		b.word(uint64(h.owner), uint64(h.seq))
		b.flag(h.lost)
	}
	for _, k := range n.marks {
		b.cap(k.cap)
		b.word(uint64(k.tag.Owner), uint64(k.tag.Op), uint64(k.request))
		b.flag(k.wiping)
		b.flag(k.lost)
	}
	for _, r := range n.requests {
		b.word(uint64(r.number), uint64(r.owner), uint64(r.kind))
	}
	s := n.cfg.Store.(*model)
	b.caps(s.copies)
	b.caps(s.anchors)
	b.caps(s.frozen)
	b.word(uint64(len(s.wipes)), uint64(len(s.asked)))
	for _, w := range s.wipes {
		b.cap(w.cap)
		b.word(uint64(w.request), uint64(w.tag.Owner), uint64(w.tag.Op))
	}
	for _, a := range s.asked {
		b.word(uint64(a.number))
		b.cap(a.cap)
		b.cap(a.made)
		b.flag(a.lost)
	}
}
