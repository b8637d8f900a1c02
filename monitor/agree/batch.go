package agree

// Batching: a reply or a decision joins one that has not been sent yet, for other
// operations of the same coordinator. It may so overtake messages that stand between
// the two; none of those is of the same operation, and what a reply or decision
// frees early only spares others a conflict.

// batchReach is how far back a message looks for one to join.
const batchReach = 8

// mergeable returns an unsent message that m can join, nil if there is none.
func (n *Node) mergeable(m *Msg) *Msg {
	if !n.cfg.Batch {
		return nil
	}
	for i := len(n.outs) - 1; i >= max(0, len(n.outs)-batchReach); i-- {
		o := &n.outs[i].Msg
		if o.Kind == m.Kind && o.Coord == m.Coord && o.View == m.View && o.Flag == m.Flag && m.Seq-o.Seq < 64 &&
			(m.Kind == Decide || o.Mask == m.Mask && o.Data[1] == m.Data[1]) && n.outs[i].Direct == (m.Kind == Decide && n.dead() != 0) {
			return o
		}
	}
	return nil
}
