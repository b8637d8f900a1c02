package capops

import (
	"slices"

	"atoll/kernel/abi"
	"atoll/kernel/capability"
)

// holder is what a node knows of its copies of other cores' capabilities, and of what is
// being done with those and with its own.
type holder struct {
	held     []held
	marks    []mark
	requests []request
}

// held is a capability of another core of which there is a copy here, or something made of
// one.
type held struct {
	owner int
	lost  bool // that life of the owner is over
	cap   capability.Cap
	seq   uint32 // of the last give
}

// mark is a revoke of which this core has been told.
type mark struct {
	tag     Tag
	cap     capability.Cap
	request uint32 // of this core, if it has asked for the revoke, else 0
	wiping  bool
	lost    bool // that life of the owner is over
}

// request is what this core has asked an owner for.
type request struct {
	number uint32
	owner  int
	kind   Kind
}

// The requests of this core. Number is not 0, and that of no other request under way. Each
// ends with one Result, which may come before these return.

// Pass gives a copy of a capability to an end of a channel on a core. That this core has one
// is known.
func (n *Node) Pass(number uint32, c capability.Cap, core int, channel uint64) {
	m := about(Pass, number, c)
	m.Core, m.Channel = uint32(core), channel
	n.ask(c, m)
}

// Revoke deletes all copies of a capability but the one for which it is asked, and all that
// was made of any, on all cores.
func (n *Node) Revoke(number uint32, c capability.Cap) { n.ask(c, about(Revoke, number, c)) }

// Retype asks for the permission to make something of a range of RAM.
func (n *Node) Retype(number uint32, c capability.Cap, low, high uint64) {
	m := about(Retype, number, c)
	m.Low, m.High = low, high
	n.ask(c, m)
}

func (n *Node) ask(c capability.Cap, m Msg) {
	owner := n.Owner(c)
	if owner < 0 || n.up>>owner&1 == 0 {
		n.cfg.Store.Result(m.Op, abi.ErrPeerDead)
		return
	}
	n.requests = append(n.requests, request{m.Op, owner, m.Kind})
	n.send(owner, m)
	n.settle()
}

// end ends a request of this core, and reports whether there was one.
func (n *Node) end(owner int, number uint32, e abi.Error, retype bool) bool {
	i := slices.IndexFunc(n.requests, func(r request) bool {
		return r.owner == owner && r.number == number && (!retype || r.kind == Retype)
	})
	if i < 0 {
		return false
	}
	n.requests = slices.Delete(n.requests, i, i+1)
	n.cfg.Store.Result(number, e)
	return true
}

func (n *Node) onAnswer(from int, m *Msg) bool { return n.end(from, m.Op, m.err(), false) }

// onGive takes a copy. The owner has this core among the holders, whatever becomes of it.
func (n *Node) onGive(from int, m *Msg) bool {
	c := m.cap()
	if n.Owner(c) != from || from == n.cfg.Self || !passable(c.Type) || c.Size == 0 {
		return false
	}
	took := Msg{Kind: Took, Op: m.Op}
	i := slices.IndexFunc(n.held, func(h held) bool { return same(h.cap, c) })
	switch {
	case i >= 0:
		n.held[i].seq = m.Seq
	case len(n.held) >= maxHeld:
		took.Error = uint8(abi.ErrNoMemory)
		n.send(from, n.dropped(held{owner: from, cap: c, seq: m.Seq}))
		n.send(from, took)
		return true
	default:
		n.held = append(n.held, held{owner: from, cap: c, seq: m.Seq})
	}
	c.Rights &= capability.Read | capability.Write
	took.Error = uint8(n.cfg.Store.Deliver(c, m.Channel))
	n.Ended(c)
	n.send(from, took)
	return true
}

// Ended tells the owners of what is not left here. The store calls it when the last copy of a
// capability of another core is gone, and of what was made of one.
func (n *Node) Ended(c capability.Cap) {
	n.held = slices.DeleteFunc(n.held, func(h held) bool {
		if !meet(h.cap, c) || n.cfg.Store.Holds(h.cap) {
			return false
		}
		if !h.lost {
			n.send(h.owner, n.dropped(h))
		}
		return true
	})
}

func (n *Node) dropped(h held) Msg {
	m := about(Dropped, 0, h.cap)
	m.Rights, m.Seq = 0, h.seq
	return m
}

// onMark is asked whether something can be done with a capability. A revoke can if who has asked
// for it, if that is here, still has the capability; nobody makes more of it from now on.
func (n *Node) onMark(from int, m *Msg) bool {
	c := m.cap()
	if n.Owner(c) != from || c.Size == 0 || m.Op == 0 || n.markOf(Tag{from, m.Op}) >= 0 {
		return false
	}
	ready := Msg{Kind: Ready, Op: m.Op}
	switch {
	case m.High == 0 && m.Seq != 0 && !n.cfg.Store.Asks(m.Seq):
		ready.Error = uint8(capability.ErrNoSuchCap)
	case m.High == 0:
		n.cfg.Store.Freeze(c)
		n.marks = append(n.marks, mark{tag: Tag{from, m.Op}, cap: c, request: m.Seq})
	case !n.cfg.Store.Free(c, m.Low, m.High):
		ready.Error = uint8(capability.ErrInUse)
	}
	n.send(from, ready)
	return true
}

func (n *Node) markOf(t Tag) int {
	return slices.IndexFunc(n.marks, func(m mark) bool { return m.tag == t })
}

// onCommit does what has been marked: a revoke in steps, a retype at once.
func (n *Node) onCommit(from int, m *Msg) bool {
	i := n.markOf(Tag{from, m.Op})
	switch {
	case i < 0:
		if m.Seq == 0 || !n.end(from, m.Seq, abi.OK, true) {
			return false
		}
		n.send(from, Msg{Kind: Done, Op: m.Op})
	case n.marks[i].wiping:
		return false
	default:
		k := &n.marks[i]
		k.wiping = true
		n.cfg.Store.Wipe(k.cap, k.request, k.tag)
	}
	return true
}

// Wiped takes the store's word that a wipe is done.
func (n *Node) Wiped(t Tag) {
	i := n.markOf(t)
	if i < 0 {
		return
	}
	k := n.marks[i]
	n.marks = slices.Delete(n.marks, i, i+1)
	n.cfg.Store.Thaw(k.cap)
	n.Ended(k.cap)
	if !k.lost {
		n.send(t.Owner, Msg{Kind: Done, Op: t.Op})
	}
	n.settle()
}

// mournOwner deletes all that a dead core has lent to this one: its next life uses the
// memory. What was asked of it ends.
func (n *Node) mournOwner(core int) {
	n.marks = slices.DeleteFunc(n.marks, func(m mark) bool {
		if m.tag.Owner != core || m.wiping {
			return false
		}
		n.cfg.Store.Thaw(m.cap)
		return true
	})
	for i := range n.marks {
		n.marks[i].lost = n.marks[i].lost || n.marks[i].tag.Owner == core
	}
	any := false
	for i := range n.held {
		if h := &n.held[i]; h.owner == core {
			h.lost, any = true, true
		}
	}
	if any {
		pool := n.cfg.Pools[core]
		all := mark{tag: Tag{Owner: core}, cap: capability.Cap{Type: capability.RAM, Base: pool.Base, Size: pool.Size}, wiping: true, lost: true}
		n.cfg.Store.Freeze(all.cap)
		n.marks = append(n.marks, all)
		n.cfg.Store.Wipe(all.cap, 0, all.tag)
	}
	n.desert(core)
}

// desert ends what was asked of a dead core.
func (n *Node) desert(core int) {
	var ended []uint32
	n.requests = slices.DeleteFunc(n.requests, func(r request) bool {
		if r.owner == core {
			ended = append(ended, r.number)
		}
		return r.owner == core
	})
	for _, number := range ended {
		n.cfg.Store.Result(number, abi.ErrPeerDead)
	}
}

// Clean reports whether nothing is left here that a dead core had lent.
func (n *Node) Clean(core int) bool {
	return !slices.ContainsFunc(n.held, func(h held) bool { return h.owner == core && h.lost }) &&
		!slices.ContainsFunc(n.marks, func(m mark) bool { return m.tag.Owner == core && m.lost })
}
