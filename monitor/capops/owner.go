package capops

import (
	"math/bits"
	"slices"

	"atoll/kernel/abi"
	"atoll/kernel/capability"
)

// owner is what a node knows of its own core's memory.
type owner struct {
	loans  []loan
	gives  []give
	ops    []*op
	lastOp uint32

	// Dropped counts messages that could not be.
	Dropped uint64
}

// loan is a capability of which other cores have copies, or something made of one.
type loan struct {
	cap     capability.Cap
	seq     uint32 // of the last give
	holders []copyAt
}

// copyAt is a core that holds, and the last give of the loan to it.
type copyAt struct {
	core int
	seq  uint32
}

// give is a copy on its way.
type give struct {
	op      uint32
	to      int
	from    int    // who has asked for it, -1: has died
	request uint32 // his number
}

// op is a revoke or a retype.
type op struct {
	id        uint32
	kind      Kind // Revoke or Retype
	cap       capability.Cap
	low, high uint64
	from      int // who has asked for it, -1: has died
	request   uint32
	phase     phase
	members   uint64 // living cores that were marked
	waiting   uint64 // those whose word is missing
	why       abi.Error
}

// phase is how far it is.
type phase uint8

const (
	queued   phase = iota // an earlier one meets it
	doubting              // a revoke: who has asked for it is marked, and may have lost the capability
	marking               // Ready is missing of those waited for
	committing
)

func (n *Node) newOp() uint32 {
	n.lastOp++
	return n.lastOp
}

// answer ends a request.
func (n *Node) answer(to int, request uint32, e abi.Error) {
	n.send(to, Msg{Kind: Answer, Op: request, Error: uint8(e)})
}

// loanOf returns the loan of a capability, -1 if there is none.
func (n *Node) loanOf(c capability.Cap) int {
	return slices.IndexFunc(n.loans, func(l loan) bool { return same(l.cap, c) })
}

func (l *loan) holder(core int) int {
	return slices.IndexFunc(l.holders, func(h copyAt) bool { return h.core == core })
}

// mayAsk says what keeps a core from asking for something to be done with a capability.
func (n *Node) mayAsk(from int, c capability.Cap) abi.Error {
	switch {
	case !passable(c.Type):
		return abi.Error(capability.ErrWrongType)
	case c.Size == 0 || n.Owner(c) != n.cfg.Self:
		return abi.Error(capability.ErrRange)
	case from == n.cfg.Self:
		return abi.OK
	}
	for i := range n.loans {
		l := &n.loans[i]
		if (Range{l.cap.Base, l.cap.Size}).contains(c.Base, c.Size) && l.holder(from) >= 0 {
			return abi.OK
		}
	}
	return abi.Error(capability.ErrNoSuchCap) // it has been revoked, perhaps
}

// onPass gives a copy to a core. While something is being done with the capability there
// are no more copies: that is what makes a revoke complete.
func (n *Node) onPass(from int, m *Msg) bool {
	c, to := m.cap(), int(m.Core)
	c.Rights &= capability.Read | capability.Write
	e := n.mayAsk(from, c)
	switch {
	case e != abi.OK:
	case to < 0 || to >= len(n.cfg.Pools) || n.up>>to&1 == 0:
		e = abi.ErrPeerDead
	case slices.ContainsFunc(n.ops, func(o *op) bool { return meet(o.cap, c) }):
		e = abi.ErrAgain
	case to == n.cfg.Self:
		e = n.cfg.Store.Deliver(c, m.Channel)
	default:
		if e = n.give(from, m, c, to); e == abi.OK {
			return true
		}
	}
	n.answer(from, m.Op, e)
	return true
}

// give enters the copy as a loan before it goes on its way.
func (n *Node) give(from int, m *Msg, c capability.Cap, to int) abi.Error {
	i := n.loanOf(c)
	switch {
	case len(n.gives) >= maxGives || i < 0 && len(n.loans) >= maxLoans:
		return abi.ErrNoMemory
	case i < 0:
		if e := n.cfg.Store.Anchor(c); e != abi.OK {
			return e
		}
		i = len(n.loans)
		n.loans = append(n.loans, loan{cap: c})
	}
	l := &n.loans[i]
	l.seq++
	if h := l.holder(to); h >= 0 {
		l.holders[h].seq = l.seq
	} else {
		l.holders = append(l.holders, copyAt{to, l.seq})
	}
	g := give{n.newOp(), to, from, m.Op}
	n.gives = append(n.gives, g)
	out := about(Give, g.op, c)
	out.Channel, out.Seq = m.Channel, l.seq
	n.send(to, out)
	return abi.OK
}

// onTook takes a holder's word on a copy. If it holds nothing it says that, too.
func (n *Node) onTook(from int, m *Msg) bool {
	i := slices.IndexFunc(n.gives, func(g give) bool { return g.op == m.Op && g.to == from })
	if i < 0 {
		return false
	}
	n.answer(n.gives[i].from, n.gives[i].request, m.err())
	n.gives = slices.Delete(n.gives, i, i+1)
	return true
}

// onDropped takes a holder out of a loan, unless another copy is on its way to it.
func (n *Node) onDropped(from int, m *Msg) bool {
	i := n.loanOf(m.cap())
	if i < 0 {
		return false
	}
	l := &n.loans[i]
	h := l.holder(from)
	if h < 0 {
		return false
	}
	if l.holders[h].seq == m.Seq {
		n.leave(i, h)
	}
	return true
}

// leave takes a holder out of a loan, which ends with the last. It reports whether it did.
func (n *Node) leave(i, h int) (ended bool) {
	l := &n.loans[i]
	l.holders = slices.Delete(l.holders, h, h+1)
	if len(l.holders) > 0 {
		return false
	}
	c := l.cap
	n.loans = slices.Delete(n.loans, i, i+1)
	n.cfg.Store.Release(c)
	return true
}

// onRequest takes a revoke or a retype. Those that meet are done one after the other.
func (n *Node) onRequest(from int, m *Msg) bool {
	if from != n.cfg.Self && len(n.ops) >= maxOps {
		n.answer(from, m.Op, abi.ErrNoMemory)
		return true
	}
	o := &op{id: n.newOp(), kind: m.Kind, cap: m.cap(), low: m.Low, high: m.High, from: from, request: m.Op}
	o.cap.Rights = 0
	n.ops = append(n.ops, o)
	n.begin()
	return true
}

// begin begins what no earlier one meets.
func (n *Node) begin() {
	for again := true; again; {
		again = false
		for i, o := range n.ops {
			if o.phase != queued || slices.ContainsFunc(n.ops[:i], func(p *op) bool { return meet(p.cap, o.cap) }) {
				continue
			}
			if e := n.mayBegin(o); e != abi.OK {
				n.finish(o, e)
				again = true
				break
			}
			if o.kind == Revoke {
				n.mark(o, doubting, 1<<o.from)
			} else {
				n.mark(o, marking, n.concerned(o))
			}
		}
	}
}

// mayBegin says what keeps an operation from being done, now that its turn has come.
func (n *Node) mayBegin(o *op) abi.Error {
	e := abi.ErrPeerDead
	if o.from >= 0 {
		e = n.mayAsk(o.from, o.cap)
	}
	if e == abi.OK && o.kind == Retype {
		switch {
		case o.cap.Type != capability.RAM:
			e = abi.Error(capability.ErrWrongType)
		case o.low >= o.high || o.low < o.cap.Base || o.high > o.cap.Base+o.cap.Size:
			e = abi.Error(capability.ErrRange)
		}
	}
	return e
}

// concerned returns the cores that may have a part of what an operation is about.
func (n *Node) concerned(o *op) uint64 {
	all := uint64(1) << n.cfg.Self
	for i := range n.loans {
		if l := &n.loans[i]; meet(l.cap, o.cap) {
			for _, h := range l.holders {
				all |= 1 << h.core
			}
		}
	}
	return all
}

// mark asks cores that have not been asked before.
func (n *Node) mark(o *op, p phase, set uint64) {
	o.phase, o.waiting = p, set&^o.members
	o.members |= set
	m := about(Mark, o.id, o.cap)
	m.Low, m.High = o.low, o.high
	n.toAll(o.waiting, m, o)
}

// toAll sends to a set of cores, and to who has asked for an operation with his number.
func (n *Node) toAll(set uint64, m Msg, o *op) {
	for s := set; s != 0; s &= s - 1 {
		to := bits.TrailingZeros64(s)
		if m.Seq = 0; to == o.from {
			m.Seq = o.request
		}
		n.send(to, m)
	}
}

// opOf returns the operation of a number for which a core's word is missing.
func (n *Node) opOf(from int, m *Msg, p phase) *op {
	for _, o := range n.ops {
		if o.id == m.Op && o.phase == p && o.waiting>>from&1 != 0 {
			return o
		}
	}
	return nil
}

func (n *Node) onReady(from int, m *Msg) bool {
	o := n.opOf(from, m, doubting)
	if o == nil {
		o = n.opOf(from, m, marking)
	}
	if o == nil {
		return false
	}
	if e := m.err(); e != abi.OK && (o.kind == Retype || o.phase == doubting) { // no other can refuse a revoke
		o.why = e
	}
	o.waiting &^= 1 << from
	n.advance(o)
	return true
}

func (n *Node) onDone(from int, m *Msg) bool {
	o := n.opOf(from, m, committing)
	if o == nil {
		return false
	}
	o.waiting &^= 1 << from
	n.advance(o)
	return true
}

// advance takes the next step when nobody's word is missing. A revoke is done by all; a
// retype by who has asked for it, while no other is begun that meets it.
func (n *Node) advance(o *op) {
	switch {
	case o.waiting != 0 || o.phase == queued:
	case o.phase == committing, o.why != abi.OK, o.from < 0 && (o.kind == Retype || o.phase == doubting):
		n.finish(o, o.why)
	case o.phase == doubting:
		n.mark(o, marking, n.concerned(o))
		n.advance(o)
	case o.kind == Retype:
		o.phase, o.waiting = committing, 1<<o.from
		n.toAll(o.waiting, about(Commit, o.id, o.cap), o)
	default:
		o.phase, o.waiting = committing, o.members
		n.toAll(o.waiting, about(Commit, o.id, o.cap), o)
	}
}

// finish ends an operation, and begins those that waited for that.
func (n *Node) finish(o *op, e abi.Error) {
	n.ops = slices.DeleteFunc(n.ops, func(p *op) bool { return p == o })
	if o.kind == Revoke || o.phase != committing {
		n.answer(o.from, o.request, e)
	}
	n.begin()
}

// mournHolder takes a dead core out of all that this one has lent: nothing there uses the
// memory any more.
func (n *Node) mournHolder(core int) {
	for i := len(n.loans) - 1; i >= 0; i-- {
		if h := n.loans[i].holder(core); h >= 0 {
			n.leave(i, h)
		}
	}
	n.gives = slices.DeleteFunc(n.gives, func(g give) bool {
		if g.to == core {
			n.answer(g.from, g.request, abi.ErrPeerDead)
		}
		return g.to == core
	})
	for i := range n.gives {
		if n.gives[i].from == core {
			n.gives[i].from = -1
		}
	}
	for _, o := range slices.Clone(n.ops) {
		if o.from == core {
			o.from = -1
		}
		o.members &^= 1 << core
		o.waiting &^= 1 << core
		n.advance(o)
	}
	n.begin()
}
