package agree

import "math/bits"

// A core without a view is made to join by the leader of the view that there is, or
// is part of the first view: the lowest living core founds it when it knows that
// none of the living has one. For that it needs a report of each, from the time when
// that one knew the same of all lives as itself: then whatever a dead core had sent
// has arrived. And no core that it knows to be dead may live again, unheard of.

// moveOutside takes the next step of a core that has no view.
func (n *Node) moveOutside() {
	for core := range n.cfg.Cores {
		if r := &n.reports[core]; r.ahead { // who takes us for its leader, as we are a member
			n.ask(core, r.view)
		}
	}
	holder := n.rec.Number != 0 && n.settledLives(&n.rec.View)
	if holder {
		n.moveHolder()
		if n.view.Number != 0 {
			return
		}
	}
	known := n.inState(unknown) == 0
	if known || holder {
		n.reportOutside()
	}
	if known && n.founder() == n.cfg.Self {
		n.found()
	}
}

// moveHolder takes the next step of a joiner with a snapshot. If all older members are
// dead and none has told it to enter, a joiner may have that was told: by its report
// that one learns of it.
func (n *Node) moveHolder() {
	if n.held.from >= 0 && !n.held.told {
		n.held.told = true
		m := Msg{Kind: Ready, View: n.rec.Number, Seq: n.held.change}
		n.send(1<<n.held.from, &m)
	}
	older := n.rec.Members &^ n.rec.joiners() &^ n.deadOf(&n.rec.View)
	if n.held.entered != 0 && older&^n.held.entered == 0 {
		n.stage.rec.copyFrom(&n.rec)
		n.install()
	}
}

// reportOutside tells all who are up, once, that this core has no view: one of them
// may found one, or lead a view that this core is meant to be in.
func (n *Node) reportOutside() {
	r := reported{to: n.inState(up), digest: n.digest(), holds: n.rec.Number}
	if n.reported == r {
		return
	}
	n.reported = r
	n.told |= r.to
	m := Msg{Kind: Report, Data: [Words]uint64{r.digest, uint64(r.holds)}}
	n.send(r.to, &m)
}

// founder is the lowest living core.
func (n *Node) founder() int { return bits.TrailingZeros64(n.inState(up)) }

// found installs the first view if nobody who lives has one.
func (n *Node) found() {
	next := &n.stage.rec
	last, digest := n.rec.Number, n.digest()
	members := n.inState(up)
	for s := members &^ (1 << n.cfg.Self); s != 0; s &= s - 1 {
		r := &n.reports[bits.TrailingZeros64(s)]
		if !r.known || r.view != 0 || r.digest != digest {
			return
		}
		if newer(r.holds, last) {
			last = r.holds
		}
	}
	for s := n.inState(down); s != 0; s &= s - 1 {
		core := bits.TrailingZeros64(s)
		if n.cfg.Reborn(core, n.lives[core].number) {
			return // it may be in a view; its Up, or its death, will be told
		}
	}
	next.View, next.outcomes = View{Number: last + 1, Members: members}, next.outcomes[:0]
	for s := members; s != 0; s &= s - 1 {
		core := bits.TrailingZeros64(s)
		next.Life[core], next.Since[core] = n.lives[core].number, next.Number
	}
	n.sendRecord(members, next)
	n.forgetReports(members)
	n.install()
}
