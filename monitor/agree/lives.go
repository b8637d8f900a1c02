package agree

import "math/bits"

// Up takes note that a core's life has begun and that messages pass between it and
// this core in both directions. Before it nothing of that life may be stepped.
func (n *Node) Up(core int, number uint32) {
	l := &n.lives[core]
	if core == n.cfg.Self || number == 0 || number < l.number || number == l.number && l.state != unknown {
		return
	}
	if l.state == up {
		n.bury(core, l.number)
	}
	*l = life{number, up}
	n.gone = n.deadOf(&n.view)
	n.move()
}

// Dead takes note that a core's life is over, by firmware's word, and that all that
// it had sent to this core was stepped. Number 0: the core has never lived, and will
// not before its Up.
func (n *Node) Dead(core int, number uint32) {
	l := n.lives[core]
	if core == n.cfg.Self || number < l.number || number == l.number && l.state == down {
		return
	}
	n.bury(core, number)
	n.move()
}

// bury drops what a dead core has left unfinished, and what waits for it.
func (n *Node) bury(core int, number uint32) {
	n.lives[core] = life{number, down}
	n.gone = n.deadOf(&n.view)
	n.forget(core)
	n.reports[core] = report{}
	n.asked &^= 1 << core
	n.told &^= 1 << core
	if n.held.from == core {
		n.held.from = -1
	}
	if n.stage.from == core {
		n.stage.from = -1
		n.asked = 0 // what they sent meanwhile was not taken
	}
	if n.view.Number == 0 || n.dead()>>core&1 == 0 {
		return
	}
	n.change.joiners = 0 // the leader begins it again, in the next view
	n.attempt.stage = attemptIdle
	n.without(core)
}

// dead are the members of the view whose lives are over.
func (n *Node) dead() uint64 { return n.gone }

func (n *Node) deadOf(v *View) (dead uint64) {
	for s := v.Members; s != 0; s &= s - 1 {
		core := bits.TrailingZeros64(s)
		if l := n.lives[core]; newer(l.number, v.Life[core]) || l.number == v.Life[core] && l.state == down {
			dead |= 1 << core
		}
	}
	return dead
}

// isUp reports whether this life of a core is up, as far as this core knows.
func (n *Node) isUp(core int, number uint32) bool {
	return n.lives[core] == life{number, up}
}

// settledLives reports whether every member is up or dead: then this core can take
// part in the view.
func (n *Node) settledLives(v *View) bool {
	dead := n.deadOf(v)
	for s := v.Members &^ dead; s != 0; s &= s - 1 {
		if core := bits.TrailingZeros64(s); !n.isUp(core, v.Life[core]) {
			return false
		}
	}
	return true
}

// inState are the cores whose latest life is in a state.
func (n *Node) inState(s lifeState) (cores uint64) {
	for core := range n.cfg.Cores {
		if n.lives[core].state == s {
			cores |= 1 << core
		}
	}
	return cores
}

// digest tells whether two cores know the same of all lives.
func (n *Node) digest() uint64 {
	sum := uint64(0)
	for core := range n.cfg.Cores {
		l := n.lives[core]
		x := sum ^ (uint64(l.number)<<8|uint64(l.state))<<8 ^ uint64(core)
		// Any odd multiplier and shift that spread the bits of one life over the word.
		x *= 0x9e3779b97f4a7c15
		sum = x ^ x>>29
	}
	return sum
}
