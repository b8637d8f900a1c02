package capops

import (
	"fmt"
	"slices"

	"atoll/kernel/abi"
	"atoll/kernel/capability"
)

// Bounds, of one core.
const (
	MaxCores = 64
	maxLoans = 256 // capabilities that others have of this core's memory
	maxHeld  = 256 // that this core has of others'
	maxOps   = 64  // under way for other cores; this core's own are never refused
	maxGives = 64
)

// Range is a range of memory.
type Range struct{ Base, Size uint64 }

// contains reports whether all of another range lies in it.
func (r Range) contains(base, size uint64) bool {
	return base >= r.Base && size <= r.Size && base-r.Base <= r.Size-size
}

// Store is the capabilities of a core. Its methods are called in a node's steps; they do
// not block, and call no method of the node but Ended.
type Store interface {
	// Anchor keeps a capability of this core's memory in use as long as others have
	// copies: its range is in use, and nothing but Release takes it away. It fails if there
	// is no room, or the capability cannot be.
	Anchor(c capability.Cap) abi.Error
	Release(c capability.Cap)
	// Deliver gives a copy to an end of a channel.
	Deliver(c capability.Cap, channel uint64) abi.Error
	// Holds reports whether there is a copy of a capability, or something made of one.
	Holds(c capability.Cap) bool
	// Free reports whether nothing that was made of a capability meets the addresses from
	// low to high.
	Free(c capability.Cap, low, high uint64) bool
	// Asks reports whether who has made a request of this core still has the capability that it is
	// about.
	Asks(request uint32) bool
	// Freeze lets nobody copy, map or retype a copy of a capability, or what was made of one,
	// until Thaw. Both are counted.
	Freeze(c capability.Cap)
	Thaw(c capability.Cap)
	// Wipe begins to delete all copies of a capability but anchors, and all that was made of
	// it. If request is not 0, the slot stays for which this core has made that request. The
	// node's Wiped is called with the tag when it is done, but not before Wipe returns.
	Wipe(c capability.Cap, request uint32, tag Tag)
	// Result ends a request of this core. With that of a Retype comes the permission: the
	// objects are made in it.
	Result(request uint32, e abi.Error)
}

// Tag names a wipe.
type Tag struct {
	Owner int
	Op    uint32 // of the owner's, 0: it is dead
}

// Config is what a node is made of.
type Config struct {
	Self  int
	Pools []Range // of memory, by the core that owns it
	Store Store
}

// Node is one core's part. Not safe for concurrent use.
type Node struct {
	cfg   Config
	up    uint64 // cores that can be talked to
	outs  []Out
	inbox []Msg // from this core to itself

	owner
	holder
}

// New returns the node of a core that has lent nothing and holds nothing. It panics if the
// configuration cannot be.
func New(c Config) *Node {
	if c.Self < 0 || c.Self >= len(c.Pools) || len(c.Pools) > MaxCores || c.Store == nil {
		panic(fmt.Sprintf("capops: core %d of %d cannot be", c.Self, len(c.Pools)))
	}
	return &Node{cfg: c, up: 1 << c.Self}
}

// Outs returns what is to be sent since Clear, in order. It is the node's own memory.
func (n *Node) Outs() []Out { return n.outs }

// Clear forgets what Outs returned.
func (n *Node) Clear() { n.outs = n.outs[:0] }

// Owner returns the core in whose partition a capability's memory lies, -1 if it is of
// none.
func (n *Node) Owner(c capability.Cap) int {
	return slices.IndexFunc(n.cfg.Pools, func(r Range) bool { return r.contains(c.Base, c.Size) })
}

// Up takes note that messages pass to and from a core.
func (n *Node) Up(core int) { n.up |= 1 << core }

// Dead takes firmware's word that a core has died. All that it had sent has been stepped.
func (n *Node) Dead(core int) {
	if n.up>>core&1 == 0 || core == n.cfg.Self {
		return
	}
	n.up &^= 1 << core
	n.mournHolder(core)
	n.mournOwner(core)
	n.settle()
}

// Step takes a message of a core. What makes no sense is dropped, and counted.
func (n *Node) Step(from int, m *Msg) {
	if from < 0 || from >= len(n.cfg.Pools) || n.up>>from&1 == 0 {
		n.Dropped++
		return
	}
	n.step(from, m)
	n.settle()
}

// receivers act on messages by their kind, and report whether those make sense.
var receivers = [numKinds]func(n *Node, from int, m *Msg) bool{
	Pass:    (*Node).onPass,
	Revoke:  (*Node).onRequest,
	Retype:  (*Node).onRequest,
	Dropped: (*Node).onDropped,
	Answer:  (*Node).onAnswer,
	Give:    (*Node).onGive,
	Mark:    (*Node).onMark,
	Commit:  (*Node).onCommit,
	Took:    (*Node).onTook,
	Ready:   (*Node).onReady,
	Done:    (*Node).onDone,
}

func (n *Node) step(from int, m *Msg) {
	if m.Kind == 0 || m.Kind >= numKinds || !receivers[m.Kind](n, from, m) {
		n.Dropped++
	}
}

// settle steps what this core has sent to itself.
func (n *Node) settle() {
	for len(n.inbox) > 0 {
		m := n.inbox[0]
		n.inbox = n.inbox[1:]
		n.step(n.cfg.Self, &m)
	}
	n.inbox = nil
}

// send sends to a core, which may be this one. What goes to a dead one is lost.
func (n *Node) send(to int, m Msg) {
	switch {
	case to == n.cfg.Self:
		n.inbox = append(n.inbox, m)
	case to >= 0 && n.up>>to&1 != 0:
		n.outs = append(n.outs, Out{to, m})
	}
}

// same reports whether two capabilities are to the same object.
func same(a, b capability.Cap) bool { return a.Type == b.Type && a.Base == b.Base && a.Size == b.Size }

// meet reports whether the ranges of two capabilities meet.
func meet(a, b capability.Cap) bool { return a.Base < b.Base+b.Size && b.Base < a.Base+a.Size }

// passable reports whether a type can go to another core.
func passable(t capability.Type) bool { return t == capability.Frame || t == capability.RAM }

// Lent calls f for each capability of this core's memory of which another has copies; settled
// says that none is on its way.
func (n *Node) Lent(f func(core int, c capability.Cap, settled bool)) {
	for _, l := range n.loans {
		for _, h := range l.holders {
			f(h.core, l.cap, len(n.gives) == 0)
		}
	}
}

// Held calls f for each capability of another core's memory of which this one has copies;
// settled says that the owner lives.
func (n *Node) Held(f func(owner int, c capability.Cap, settled bool)) {
	for _, h := range n.held {
		f(h.owner, h.cap, !h.lost)
	}
}
