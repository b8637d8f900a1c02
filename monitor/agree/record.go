package agree

import "math/bits"

// stage is a record that is coming in, or that this core makes itself.
type stage struct {
	from                     int // -1 = none
	snapshot                 bool
	change                   uint32
	members, outcomes, items int // still to come
	rec                      record
}

func memberWord(v *View, core int) uint64 { return uint64(v.Life[core])<<32 | uint64(v.Since[core]) }

// sendRecord sends the record of a view.
func (n *Node) sendRecord(to uint64, r *record) {
	m := Msg{Kind: Install, View: r.Number, Mask: r.Members, Count: uint32(len(r.outcomes))}
	n.sendMembers(to, &m, r)
	for i := range r.outcomes {
		m := n.appliedMsg(Outcome, &r.outcomes[i])
		m.View = r.Number
		n.send(to, &m)
	}
}

// sendSnapshot sends the record of the next view, and the state, to joiners.
func (n *Node) sendSnapshot(to uint64, r *record, change uint32) {
	m := Msg{Kind: Install, Flag: Snapshot, View: r.Number, Mask: r.Members, Count: change, Seq: uint32(n.cfg.State.Len())}
	n.sendMembers(to, &m, r)
	for at := n.cfg.State.Next(0, &n.item); at >= 0; at = n.cfg.State.Next(at, &n.item) {
		m := Msg{Kind: Item, View: r.Number, Mask: n.item[0], Data: [Words]uint64(n.item[1:])}
		n.send(to, &m)
	}
}

// sendMembers sends the head of a record and all its members, four a message.
func (n *Node) sendMembers(to uint64, head *Msg, r *record) {
	m := *head
	i := 0
	for s := r.Members; s != 0; s &= s - 1 {
		if i > 0 && i%Words == 0 {
			n.send(to, &m)
			m = Msg{Kind: Member, View: r.Number, Count: uint32(i)}
		}
		m.Data[i%Words] = memberWord(&r.View, bits.TrailingZeros64(s))
		i++
	}
	n.send(to, &m)
}

// onRecord takes a part of a record. Parts come in order, from one sender at a time.
func (n *Node) onRecord(from int, m *Msg) {
	s := &n.stage
	if m.Kind == Install {
		n.onInstall(from, m)
		return
	}
	if s.from != from || s.rec.Number != m.View {
		if n.view.Number != 0 && newer(m.View, n.view.Number) {
			n.drop()
		} // else the rest of a record that was not needed
		return
	}
	switch {
	case m.Kind == Member && s.members > 0:
		n.takeMembers(m)
	case m.Kind == Outcome && s.members == 0 && s.outcomes > 0 && n.canBeOutcome(m):
		s.outcomes--
		s.rec.outcomes = append(s.rec.outcomes, n.opOf(m))
	case m.Kind == Item && s.members == 0 && s.items > 0 && n.addItem(m):
		s.items--
	default:
		n.drop()
		s.from = -1
		return
	}
	n.arrived()
}

// onInstall takes the head of a record.
func (n *Node) onInstall(from int, m *Msg) {
	s := &n.stage
	if n.view.Number != 0 && !newer(m.View, n.view.Number) {
		return // told twice: by who made the view, and by who leads the next
	}
	if n.view.Number == 0 && m.Flag == Snapshot && !n.supersedes(from, m.View) {
		return // from who has been excluded meanwhile
	}
	if s.from >= 0 && s.from != from && !s.snapshot && m.Flag != Snapshot {
		return // one at a time; if its sender dies, others are asked again
	}
	if !n.mayInstall(from, m) {
		n.drop()
		return
	}
	*s = stage{from: from, snapshot: m.Flag == Snapshot, members: bits.OnesCount64(m.Mask), rec: record{outcomes: s.rec.outcomes[:0]}}
	s.rec.Number, s.rec.Members = m.View, m.Mask
	if s.snapshot {
		s.change, s.items = m.Count, int(m.Seq)
		n.rec.Number = 0 // of a snapshot that this one replaces
		n.cfg.State.Reset()
	} else {
		s.outcomes = int(m.Count)
	}
	n.takeMembers(m)
	n.arrived()
}

// mayInstall judges the head of a record by its sender.
func (n *Node) mayInstall(from int, m *Msg) bool {
	asked := n.asked>>from&1 != 0
	switch {
	case m.View == 0 || m.Mask>>n.cfg.Self&1 == 0 || m.Mask>>1>>(n.cfg.Cores-1) != 0:
		return false
	case n.view.Number != 0: // from who leads us
		return m.Flag != Snapshot && !n.Open() && m.View == n.view.Number+1 && n.busy == 0 &&
			int(m.Count) <= cap(n.rec.outcomes) && (from == n.leader() || asked)
	case m.Flag == Snapshot:
		return true
	case m.Count > uint32(cap(n.rec.outcomes)):
		return false
	case m.View == n.rec.Number: // the view of our snapshot, from who has entered it
		return n.rec.joiners()>>from&1 != 0
	default: // founded
		return asked || n.told>>from&1 != 0
	}
}

// supersedes reports whether a snapshot takes the place of the one that is held or
// coming in. Another sender's must be for a later view, whichever of the two deaths
// this core hears of first.
func (n *Node) supersedes(from int, view uint32) bool {
	if n.stage.from < 0 && n.rec.Number == 0 {
		return true
	}
	sender, last := n.held.from, n.rec.Number
	if n.stage.from >= 0 {
		sender, last = n.stage.from, n.stage.rec.Number
	}
	return sender == from || newer(view, last)
}

// holder is who leads the view that this core holds a snapshot of, -1 = none held.
func (n *Node) holder() int {
	if n.rec.Number == 0 {
		return -1
	}
	return n.rec.senior(n.rec.Members &^ n.deadOf(&n.rec.View))
}

// takeMembers takes up to four members, the next of the mask.
func (n *Node) takeMembers(m *Msg) {
	s := &n.stage
	rest := s.rec.Members
	for range bits.OnesCount64(rest) - s.members {
		rest &= rest - 1
	}
	for i := 0; i < Words && rest != 0; i++ {
		core := bits.TrailingZeros64(rest)
		s.rec.Life[core], s.rec.Since[core] = uint32(m.Data[i]>>32), uint32(m.Data[i])
		s.members--
		rest &= rest - 1
	}
}

func (n *Node) canBeOutcome(m *Msg) bool {
	return int(m.Coord) < n.cfg.Cores && n.view.Members>>m.Coord&1 != 0 && (m.Flag == OnePhase || m.Flag == TwoPhase)
}

func (n *Node) addItem(m *Msg) bool {
	n.item = [ItemWords]uint64{m.Mask, m.Data[0], m.Data[1], m.Data[2], m.Data[3]}
	return n.cfg.State.Add(&n.item)
}

// arrived acts on a record that is complete.
func (n *Node) arrived() {
	s := &n.stage
	if s.members != 0 || s.outcomes != 0 || s.items != 0 {
		return
	}
	from := s.from
	s.from = -1
	switch {
	case s.rec.Life[n.cfg.Self] != n.cfg.Life:
		n.drop()
	case s.snapshot:
		n.rec.copyFrom(&s.rec)
		n.held = held{from: from, change: s.change} // nobody has entered yet
	case n.view.Number == 0 && s.rec.Number != n.rec.Number && !s.rec.fresh():
		n.drop()
	default:
		n.install()
	}
}

// install makes the record in stage the present view: all operations of the dead
// end, as it says.
func (n *Node) install() {
	r := &n.stage.rec
	for i := range r.outcomes {
		n.applyOutcome(&r.outcomes[i])
	}
	for i := range n.parts {
		if p := &n.parts[i]; p.state == prepared {
			n.settle(p, false)
		}
	}
	clear(n.parts)
	clear(n.claims)
	if r.fresh() {
		n.cfg.State.Reset()
	}
	n.view = r.View
	n.gone = n.deadOf(&n.view)
	n.rec.copyFrom(r)
	n.change.joiners, n.attempt.stage, n.stage.from, n.held.from = 0, attemptIdle, -1, -1
	n.asked = 0 // who has answered already did so to a core that was not in this view
	n.cfg.State.Install(&n.view)
	n.event(Installed, 0, true)
	n.welcome()
	n.replay()
	if later := n.later; later.View == n.view.Number {
		n.onChange(int(later.Coord), &later)
	}
	n.later = Msg{}
}

// applyOutcome applies an operation of a dead coordinator unless that is done.
func (n *Node) applyOutcome(op *Op) {
	p := &n.parts[n.slot(int(op.Coord), op.Seq)]
	same := p.state != nothing && p.op.Seq == op.Seq
	switch {
	case same && p.state == prepared && op.TwoPhase:
		n.settle(p, true)
	case !op.TwoPhase && p.over() && (p.state == nothing || newer(op.Seq, p.op.Seq)):
		n.cfg.State.Do(op)
		*p = part{done, *op}
	case same && p.applied(), p.state != nothing && newer(p.op.Seq, op.Seq):
	default:
		n.drop()
	}
}
