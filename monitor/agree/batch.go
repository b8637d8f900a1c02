package agree

// Batching: a reply or a decision joins one that has not been sent yet, for other
// operations of the same coordinator. It may so overtake messages that stand between
// the two; none of those is of the same operation, and what a reply or decision
// frees early only spares others a conflict.

// batchReach is how far back a message looks for one to join.
const batchReach = 8

// unsent returns a message that one on the operation with a number of a coordinator can
// join, and the bit that the operation has in it, nil if there is none. Replies are alike
// if those that say yes are the same.
func (n *Node) unsent(kind Kind, flag Flag, coord uint8, seq uint32, direct bool, yes uint64) (m *Msg, bit uint64) {
	if len(n.outs) == 0 || !n.cfg.Batch {
		return nil, 0
	}
	for i := len(n.outs) - 1; i >= max(len(n.outs)-batchReach, 0); i-- {
		o := &n.outs[i]
		m, d := &o.Msg, seq-o.Msg.Seq
		if m.Kind == kind && m.Flag == flag && d < 64 && m.Coord == coord && m.View == n.view.Number && o.Direct == direct &&
			(kind == Decide || m.Data[1] == yes) {
			return m, 1 << d
		}
	}
	return nil, 0
}
