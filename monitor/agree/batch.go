package agree

// Batching: a reply or a decision joins one that has not been sent yet, for other
// operations of the same coordinator. It may so overtake messages that stand between
// the two; none of those is of the same operation, and what a reply or decision
// frees early only spares others a conflict.

// batchReach is how far back a message looks for one to join.
const batchReach = 8

// batch lets the last message join one before it, if it can.
func (n *Node) batch() {
	last := len(n.outs) - 1
	if last == 0 || !n.cfg.Batch {
		return
	}
	m := &n.outs[last]
	for i := last - 1; i >= 0 && i >= last-batchReach; i-- {
		if o := &n.outs[i]; o.takes(m) {
			o.Msg.join(&m.Msg)
			n.outs = n.outs[:last]
			return
		}
	}
}

// takes reports whether another message can join this one.
func (o *Out) takes(other *Out) bool {
	m, r := &other.Msg, &o.Msg
	return r.Kind == m.Kind && r.Flag == m.Flag && r.Coord == m.Coord && r.View == m.View && m.Seq-r.Seq < 64 &&
		o.Direct == other.Direct && (m.Kind == Decide || r.Mask == m.Mask && r.Data[1] == m.Data[1])
}

// join takes in what a later message of its kind says.
func (m *Msg) join(later *Msg) {
	d := later.Seq - m.Seq
	m.Data[0] |= later.Data[0] << d
	if m.Kind == Decide {
		m.Mask |= later.Mask << d
	}
}
