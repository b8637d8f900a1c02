package agree

import "math/bits"

// maxJoiners is how many cores join in one change: their incarnations fill the words
// of a Change.
const maxJoiners = 2 * Words

// change is a join: cores and their lives.
type change struct {
	number  uint32
	joiners uint64
	lives   [maxJoiners]uint32 // in the order of the cores
}

// allUp reports whether the very lives that join are up here.
func (c *change) allUp(n *Node) bool {
	i := 0
	for s := c.joiners; s != 0; s &= s - 1 {
		if !n.isUp(bits.TrailingZeros64(s), c.lives[i]) {
			return false
		}
		i++
	}
	return true
}

// attempt is the leader's side of a join.
type attempt struct {
	stage  attemptStage
	number uint32
	ready  uint64 // joiners that hold the snapshot
}

type attemptStage uint8

const (
	attemptIdle    attemptStage = iota
	attemptCollect              // members stop and report
	attemptSend                 // joiners take the snapshot
)

// held says whose snapshot a joiner holds; rec is its view.
type held struct {
	from    int // -1 = it is dead
	change  uint32
	told    bool   // its sender knows
	entered uint64 // members that have installed the view
}

// leadJoin lets those who are up and no members join. No member is dead.
func (n *Node) leadJoin() {
	if n.attempt.stage != attemptIdle && !n.change.allUp(n) {
		n.attempt.stage = attemptIdle // a joiner died: begin again without it
		n.beginJoin()
	}
	if n.attempt.stage == attemptIdle && n.inState(up)&^n.view.Members != 0 {
		n.beginJoin()
	}
	if n.attempt.stage == attemptCollect && n.busy == 0 && n.allReported(0, n.change.number) {
		n.attempt.stage, n.attempt.ready = attemptSend, 0
		n.nextWithJoiners()
		n.sendSnapshot(n.change.joiners, &n.stage.rec, n.change.number)
	}
	if n.attempt.stage == attemptSend && n.attempt.ready == n.change.joiners {
		n.nextWithJoiners()
		n.sendRecord(n.view.Members, &n.stage.rec)
		n.forgetReports(n.stage.rec.Members)
		n.install()
	}
}

// beginJoin tells all members who wants to join, or that nobody does any more.
func (n *Node) beginJoin() {
	n.attempt.number++
	n.change = change{number: n.attempt.number}
	i := 0
	for s := n.inState(up) &^ n.view.Members; s != 0 && i < maxJoiners; s &= s - 1 {
		core := bits.TrailingZeros64(s)
		n.change.joiners |= 1 << core
		n.change.lives[i] = n.lives[core].number
		i++
	}
	if n.change.joiners != 0 {
		n.attempt.stage = attemptCollect
	}
	m := Msg{Kind: Change, View: n.view.Number, Seq: n.change.number, Mask: n.change.joiners}
	for i, l := range n.change.lives {
		m.Data[i/2] |= uint64(l) << (i % 2 * 32)
	}
	n.send(n.others(), &m)
}

// nextWithJoiners makes the record of the next view in stage.
func (n *Node) nextWithJoiners() {
	next := &n.stage.rec
	next.View, next.outcomes = n.view, next.outcomes[:0]
	next.Number++
	i := 0
	for s := n.change.joiners; s != 0; s &= s - 1 {
		core := bits.TrailingZeros64(s)
		next.Members |= 1 << core
		next.Life[core], next.Since[core] = n.change.lives[i], next.Number
		i++
	}
}

// onChange takes the leader's word that cores want to join.
func (n *Node) onChange(from int, m *Msg) {
	switch {
	case n.view.Number == 0: // we may be on our way in, and others join already
		n.later = *m
		n.later.Coord = uint8(from)
	case newer(m.View, n.view.Number):
		n.drop()
	case m.View != n.view.Number || n.dead() != 0: // it ends with this view
	case from != n.leader() || m.Mask&n.view.Members != 0 || m.Mask>>1>>(n.cfg.Cores-1) != 0 || bits.OnesCount64(m.Mask) > maxJoiners:
		n.drop()
	default:
		n.change = change{number: m.Seq, joiners: m.Mask}
		for i := range n.change.lives {
			n.change.lives[i] = uint32(m.Data[i/2] >> (i % 2 * 32))
		}
	}
}

// onReady takes a joiner's word that it holds the snapshot.
func (n *Node) onReady(from int, m *Msg) {
	a := &n.attempt
	if m.View == n.view.Number+1 && a.stage == attemptSend && m.Seq == n.change.number && n.change.joiners>>from&1 != 0 {
		a.ready |= 1 << from
	} // else of an attempt that was given up
}

// welcome tells those who joined in the view just installed that this core has
// installed it.
func (n *Node) welcome() {
	if joiners := n.view.joiners(); joiners != n.view.Members && joiners>>n.cfg.Self&1 == 0 {
		m := Msg{Kind: Entered, View: n.view.Number}
		n.send(joiners&n.living(), &m)
	}
}

// onEntered takes a member's word that it has installed the view that this core
// holds a snapshot of.
func (n *Node) onEntered(from int, m *Msg) {
	older := n.rec.Members &^ n.rec.joiners()
	if n.view.Number == 0 && m.View == n.rec.Number && older>>from&1 != 0 {
		n.held.entered |= 1 << from
	} // else of a snapshot that was replaced, or no longer needed
}
