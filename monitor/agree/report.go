package agree

import "math/bits"

// report is what a core has last reported.
type report struct {
	known  bool
	busy   bool
	view   uint32
	holds  uint32 // without a view: that of the snapshot it holds
	dead   uint64
	change uint32
	digest uint64
	left   uint32 // messages Known that are still to come
	ahead  bool   // came when its view was not installed here: it has to come again
}

// reported is what this core has last reported, and to whom.
type reported struct {
	to     uint64
	view   uint32
	dead   uint64
	change uint32
	busy   bool
	digest uint64
	holds  uint32
}

// report tells the leader, once, that this core has stopped.
//
// While own operations go on it does so too, if somebody has died: the leader may
// not have installed this view, and they cannot end before it has.
func (n *Node) report() {
	dead, busy := n.dead(), n.busy != 0
	if dead == 0 && (n.change.joiners == 0 || busy || !n.change.allUp(n)) {
		return
	}
	r := reported{to: 1 << n.leader(), view: n.view.Number, dead: dead, busy: busy}
	if dead == 0 {
		r.change = n.change.number
	}
	if n.reported == r {
		return
	}
	n.reported = r
	if n.leader() == n.cfg.Self {
		return
	}
	m := Msg{Kind: Report, View: r.view, Mask: dead, Seq: r.change}
	if busy {
		m.Flag = Busy
		n.send(r.to, &m)
		return
	}
	at := len(n.outs)
	n.send(r.to, &m)
	n.outs[at].Msg.Count = n.reportApplied(r.to, dead)
}

// reportApplied reports the operations of dead coordinators that this core has
// applied. Those that it has only prepared need no mention: nobody who voted needs
// more than the outcome.
func (n *Node) reportApplied(to, dead uint64) (count uint32) {
	for i := range n.parts {
		if p := &n.parts[i]; p.applied() && dead>>p.op.Coord&1 != 0 {
			m := n.appliedMsg(Known, &p.op)
			n.send(to, &m)
			count++
		}
	}
	return count
}

func (n *Node) appliedMsg(kind Kind, op *Op) (m Msg) {
	n.describe(&m, kind, op)
	m.Flag = OnePhase
	if op.TwoPhase {
		m.Flag = TwoPhase
	}
	return m
}

// onReport takes a report: that of another leader too, which this core may still
// become when it hears of deaths that the sender knows of.
func (n *Node) onReport(from int, m *Msg) {
	r := report{known: true, busy: m.Flag == Busy, view: m.View, dead: m.Mask, change: m.Seq, left: m.Count}
	if m.View == 0 {
		r.digest, r.holds, r.left = m.Data[0], uint32(m.Data[1]), 0
	} else if r.ahead = newer(m.View, n.view.Number); !r.ahead {
		n.asked &^= 1 << from
	}
	n.reports[from] = r
}

// onKnown takes part of a report. That of a view not installed here comes once more,
// with the record that is asked for.
func (n *Node) onKnown(from int, m *Msg) {
	r := &n.reports[from]
	if r.ahead || newer(n.view.Number, m.View) {
		return
	}
	if !r.known || r.left == 0 || r.view != m.View || m.View != n.view.Number {
		n.drop()
		return
	}
	r.left--
	if int(m.Coord) >= n.cfg.Cores || r.dead>>m.Coord&1 == 0 || m.Flag != OnePhase && m.Flag != TwoPhase {
		n.drop()
		return
	}
	n.claim(n.opOf(m))
}

// opOf is the operation in Known or Outcome.
func (n *Node) opOf(m *Msg) Op {
	return Op{m.Coord, m.Type, m.Flag == TwoPhase, m.Seq, n.view.Life[m.Coord], m.Data}
}

// claim takes note that somebody has applied an operation. Of two in one slot the
// later one counts: it began when all had answered the other.
func (n *Node) claim(op Op) {
	c := &n.claims[n.slot(int(op.Coord), op.Seq)]
	if c.state == nothing || newer(op.Seq, c.op.Seq) {
		*c = part{committed, op}
	}
}

// lead takes the leader's next step.
func (n *Node) lead() {
	dead := n.dead()
	if !n.sameView(n.living() &^ (1 << n.cfg.Self)) {
		return
	}
	if dead == 0 {
		n.leadJoin()
		return
	}
	if n.busy == 0 && n.allReported(dead, 0) {
		n.exclude(dead)
	}
}

// sameView brings those who are a view behind up to this one, and asks who is ahead
// for its record. It reports whether nobody is known to be ahead.
func (n *Node) sameView(cores uint64) bool {
	same := true
	for s := cores; s != 0; s &= s - 1 {
		core := bits.TrailingZeros64(s)
		switch r := &n.reports[core]; {
		case !r.known:
		case r.ahead:
			n.ask(core, r.view)
			same = false
		case r.view == 0 && n.view.joiners()>>n.cfg.Self&1 != 0 && (r.holds == n.view.Number || n.view.fresh()), r.view != 0 && newer(n.view.Number, r.view):
			n.sendRecord(1<<core, &n.rec)
			*r = report{}
		}
	}
	return same
}

// ask asks a core, once, for the record of its view and for its report of it. Of
// those who have a later view only one is asked.
func (n *Node) ask(core int, view uint32) {
	if n.asked>>core&1 == 0 && (n.asked == 0 || !newer(view, n.view.Number)) {
		n.asked |= 1 << core
		m := Msg{Kind: Ask, View: view}
		n.send(1<<core, &m)
	}
}

// onAsk sends what ask asks for.
func (n *Node) onAsk(from int, m *Msg) {
	if n.view.Number == 0 || n.view.Members>>from&1 == 0 || m.View != n.view.Number {
		if m.View == 0 || !newer(n.view.Number, m.View) {
			n.drop()
		}
		return
	}
	n.sendRecord(1<<from, &n.rec)
	n.reported = reported{}
}

// allReported reports whether all living members have reported this change.
func (n *Node) allReported(dead uint64, change uint32) bool {
	for s := n.living() &^ (1 << n.cfg.Self); s != 0; s &= s - 1 {
		r := &n.reports[bits.TrailingZeros64(s)]
		if !r.known || r.view != n.view.Number || r.ahead || r.busy || r.left != 0 || r.dead != dead || r.change != change {
			return false
		}
	}
	return true
}

// exclude decides all operations of the dead, and installs the next view without
// them.
func (n *Node) exclude(dead uint64) {
	for i := range n.parts {
		if p := &n.parts[i]; p.applied() && dead>>p.op.Coord&1 != 0 {
			n.claim(p.op)
		}
	}
	next := &n.stage.rec
	next.View, next.outcomes = n.view, next.outcomes[:0]
	next.Number++
	next.remove(dead)
	for s := dead; s != 0; s &= s - 1 {
		next.outcomes = n.outcomesOf(bits.TrailingZeros64(s), next.outcomes)
	}
	n.sendRecord(next.Members, next)
	n.forgetReports(next.Members)
	n.install()
}

// outcomesOf appends the operations of a dead coordinator that somebody has applied,
// in their order. What is a whole window older than the last was applied by all.
func (n *Node) outcomesOf(coord int, list []Op) []Op {
	claims := n.claims[n.slot(coord, 0):n.slot(coord+1, 0)]
	last, any := uint32(0), false
	for i := range claims {
		if c := &claims[i]; c.state != nothing && (!any || newer(c.op.Seq, last)) {
			last, any = c.op.Seq, true
		}
	}
	for i := range claims {
		seq := last - uint32(len(claims)-1-i)
		if c := &claims[int(seq)&(len(claims)-1)]; c.state != nothing && c.op.Seq == seq {
			list = append(list, c.op)
		}
	}
	return list
}

func (n *Node) forgetReports(cores uint64) {
	for s := cores; s != 0; s &= s - 1 {
		n.reports[bits.TrailingZeros64(s)] = report{}
	}
}
