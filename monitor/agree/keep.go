package agree

import "math/bits"

// keep is an operation of a view that this core has not installed yet, in the slot
// that it will have. A coordinator that hears nothing of us has no more in flight
// than it has slots, and can decide nothing but to abort.
type keep struct {
	view    uint32 // 0 = empty
	begun   bool
	aborted bool
	kind    Kind
	op      Op
}

// keep holds back a message until its view is installed.
func (n *Node) keep(from int, m *Msg) {
	if m.Kind != Decide {
		if k := n.keptSlot(from, m.View, m.Seq); k != nil {
			k.begun, k.kind = true, m.Kind
			k.op.Type, k.op.Data = m.Type, m.Data
		}
		return
	}
	if m.Mask != 0 {
		n.unkept() // nothing can be committed without us
		return
	}
	for ops := m.Data[0]; ops != 0; ops &= ops - 1 {
		if k := n.keptSlot(from, m.View, m.Seq+uint32(bits.TrailingZeros64(ops))); k != nil {
			k.aborted = true
		}
	}
}

// unkept counts a message as nonsense, unless it may have been meant for an earlier
// life of this core, and passed on by one that did not know better.
func (n *Node) unkept() {
	if n.view.Number != 0 {
		n.drop()
	}
}

// keptSlot returns where a message is kept, emptied if another was there that is of
// an earlier view, nil if that is of a later one or of another operation.
func (n *Node) keptSlot(from int, view, seq uint32) *keep {
	k := &n.kept[n.slot(from, seq)]
	if k.view != 0 && (newer(k.view, view) || k.view == view && k.op.Seq != seq) {
		n.unkept()
		return nil
	}
	if k.view != view {
		*k = keep{view: view, op: Op{Coord: uint8(from), Seq: seq, Life: n.lives[from].number}}
	}
	return k
}

// replay takes the kept messages of the view that was just installed, each core's in
// their order, and forgets those that can never be taken.
func (n *Node) replay() {
	for core := range n.cfg.Cores {
		list := n.kept[n.slot(core, 0):n.slot(core+1, 0)]
		last, any := uint32(0), false
		for i := range list {
			if k := &list[i]; k.view == n.view.Number && (!any || newer(k.op.Seq, last)) {
				last, any = k.op.Seq, true
			}
		}
		for i := range list {
			seq := last - uint32(len(list)-1-i)
			if k := list[int(seq)&(len(list)-1)]; k.view == n.view.Number && k.op.Seq == seq && n.living()>>core&1 != 0 {
				n.replayOne(core, &k)
			}
		}
		for i := range list {
			if !newer(list[i].view, n.view.Number) {
				list[i] = keep{}
			}
		}
	}
}

func (n *Node) replayOne(from int, k *keep) {
	if k.begun {
		var m Msg
		n.describe(&m, k.kind, &k.op)
		n.onBegin(from, &m)
	}
	if k.aborted {
		n.onDecide(from, k.op.Seq, false)
	}
}

// forget drops what is kept of a core.
func (n *Node) forget(core int) {
	clear(n.kept[n.slot(core, 0):n.slot(core+1, 0)])
}
