package agree

// partState is what a participant holds of an operation.
type partState uint8

const (
	nothing   partState = iota
	prepared            // voted yes: the State holds off conflicts
	refused             // voted no
	committed           // applied, after prepared
	aborted
	done // applied in one phase
	partStates
)

// part is the last operation in a slot of a coordinator. It stays after its end, for
// repeats and for reports.
type part struct {
	state partState
	op    Op
}

// applied reports whether the operation has changed the State.
func (p *part) applied() bool { return p.state == committed || p.state == done }

// over reports whether the coordinator may use the slot for another operation.
func (p *part) over() bool { return p.state != prepared && p.state != refused }

// participate takes Do, Prepare or Decide from a coordinator.
func (n *Node) participate(from int, m *Msg) {
	switch {
	case int(m.Coord) != from || m.View == 0:
		n.drop()
	case m.Count != n.lives[from].number: // passed on by another, of an earlier life
	case n.view.Number == 0 || newer(m.View, n.view.Number):
		n.keep(from, m)
	case m.View != n.view.Number: // repeated, of a view that is over
	case n.living()>>from&1 == 0: // passed on by another after its death
	case m.Kind == Decide:
		n.onDecides(from, m)
	default:
		n.onBegin(from, m)
	}
}

// onBegin takes Do and Prepare.
func (n *Node) onBegin(from int, m *Msg) {
	p := &n.parts[n.slot(from, m.Seq)]
	if p.state != nothing && p.op.Seq == m.Seq {
		n.repeated(p, m)
		return
	}
	if p.state != nothing && newer(p.op.Seq, m.Seq) {
		return // a repeat that was answered long ago
	}
	if !p.over() {
		n.drop()
		return
	}
	op := &p.op
	op.Coord, op.Type, op.TwoPhase, op.Seq, op.Life = m.Coord, m.Type, m.Kind == Prepare, m.Seq, n.view.Life[from]
	op.Data = m.Data
	switch {
	case m.Kind == Do:
		n.cfg.State.Do(op)
		p.state = done
		n.answer(Applied, op, true)
	case n.cfg.State.Prepare(op):
		p.state = prepared
		n.answer(Voted, op, true)
	default:
		p.state = refused
		n.answer(Voted, op, false)
	}
}

// repeated answers once more what was answered already.
func (n *Node) repeated(p *part, m *Msg) {
	switch {
	case m.Kind == Do && p.state == done:
		n.answer(Applied, &p.op, true)
	case m.Kind == Prepare && p.state != done:
		n.answer(Voted, &p.op, p.state == prepared || p.state == committed)
	default:
		n.drop()
	}
}

// onDecides takes the decisions on one or several operations.
func (n *Node) onDecides(from int, m *Msg) {
	for seq, commit, abort := m.Seq, m.Mask, m.Data[0]; commit|abort != 0; seq, commit, abort = seq+1, commit>>1, abort>>1 {
		if (commit|abort)&1 != 0 {
			n.onDecide(from, seq, commit&1 != 0)
		}
	}
}

// onDecide takes the decision on one operation.
func (n *Node) onDecide(from int, seq uint32, commit bool) {
	p := &n.parts[n.slot(from, seq)]
	if p.state == nothing || p.op.Seq != seq {
		n.decideUnheard(p, from, seq, commit)
		return
	}
	switch {
	case p.state == prepared, p.state == refused && !commit:
		n.settle(p, commit)
	case p.state == committed && commit, p.state == aborted && !commit: // repeated
	default:
		n.drop()
		return
	}
	n.answer(Applied, &p.op, true)
}

// decideUnheard takes the decision on an operation whose Prepare has not come: an
// abort may overtake it in a tree.
func (n *Node) decideUnheard(p *part, from int, seq uint32, commit bool) {
	switch {
	case p.state != nothing && newer(p.op.Seq, seq): // a repeat that was answered long ago
	case commit || !p.over():
		n.drop()
	default:
		*p = part{aborted, Op{Coord: uint8(from), TwoPhase: true, Seq: seq, Life: n.view.Life[from]}}
		n.answer(Applied, &p.op, true)
	}
}

// settle ends an operation that is prepared or refused.
func (n *Node) settle(p *part, commit bool) {
	switch {
	case commit:
		n.cfg.State.Commit(&p.op)
		p.state = committed
	case p.state == prepared:
		n.cfg.State.Abort(&p.op)
		p.state = aborted
	default:
		p.state = aborted
	}
}

// answer tells the coordinator, in a message that goes to it already if there is one.
func (n *Node) answer(flag Flag, op *Op, yes bool) {
	who := uint64(0)
	if yes {
		who = n.me
	}
	if m, bit := n.unsent(Reply, flag, op.Coord, op.Seq, false, who); m != nil {
		m.Data[0] |= bit
		return
	}
	m := n.out(1<<op.Coord, false)
	m.Kind, m.Coord, m.Flag, m.View, m.Seq, m.Count, m.Mask = Reply, op.Coord, flag, n.view.Number, op.Seq, op.Life, n.me
	m.Data[0], m.Data[1] = 1, who
}
