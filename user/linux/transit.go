package linux

import (
	"atoll/monitor/parcel"
	"atoll/user/vfs"
)

// Processes that go on to a third core go by way of the core that they came from. That has their relations and most of their open files, and lets them
// go from there as if they had come back: so they do not depend on where they were only passing through, such as taskset on a core
// where there was less to do. The process is never on that core itself: its ghost is there, before and after.

// transit is a process on its way through: what its leaving is to who passes it on.
type transit struct {
	from   int
	number uint64   // of the move there
	ghost  *Process // of it, here
	behind uint64   // what that knows of others when it has gone on
}

// way returns the core to which a process goes first on its way to the one where it is to live. One with children goes
// straight there, since word of them comes to where they are.
func (x *execution) way() int {
	p := x.t.p
	if o := p.origin(); o != nowhere && o != x.core && !x.straight && len(p.children()) == 0 {
		return o
	}
	return x.core
}

// passThrough sends a process on that comes from a core, and goes on to another. What is refused goes straight there.
func (r *realm) passThrough(from int, number uint64, d *record) errno {
	g := r.sys.processes[d.pid]
	to := int(d.onward - 1)
	switch {
	case d.onward > mostCores || to == r.here || to == from || r.link.Alive()>>to&1 == 0:
		return inval
	case g == nil || !g.ghost() || g.seat != from || g.route != cut(d.route, r.here):
		return inval
	case !r.hasLeave():
		return again
	}
	r.lastMove++
	l := &leaving{number: r.lastMove, core: to, name: d.name, through: &transit{from: from, number: number, ghost: g}}
	if err := r.passFiles(l, d); err != nil {
		r.dropExports(l.number)
		return errnoOf(err)
	}
	d.onward, d.route = 0, g.route
	d.behind = (d.behind | 1<<from) &^ (1 << r.here)
	l.through.behind = d.behind
	d.parent, d.parentGroup, d.parentSession = 0, 0, 0
	if p := g.parent; p != nil {
		d.parent, d.parentGroup, d.parentSession = p.id, p.group, p.session
	}
	b := d.bytes()
	if len(b) > parcel.MostData { // names have come to be longer
		r.dropExports(l.number)
		return again
	}
	r.moves[l.number] = l
	r.send(to, parcelMove, d.pid, r.sys.share.Name, l.number, b)
	return 0
}

// passFiles has the process take its files on with it: those that lie here as if it had been here.
func (r *realm) passFiles(l *leaving, d *record) error {
	p := &Process{sys: r.sys, id: d.pid, files: vfs.NewTable(), fs: vfs.NewContext(r.sys.files)}
	r.importFiles(p, l.through.from, d)
	d.files, d.terminal = nil, fileRecord{}
	err := r.exportFiles(p, l.core, l.number, d)
	p.files.Clear()
	return err
}

// passed takes the answer of the core where it went, for where it came from.
func (r *realm) passed(l *leaving, e errno) {
	x := l.through
	switch g := x.ghost; {
	case e != 0:
	case g.dead, r.held[farKey{x.from, g.id}] != nil: // it was killed on its way
		r.send(l.core, parcelSignal, g.id, sigKILL, 0, nil)
	default:
		g.seat, g.name, g.behind = l.core, l.name, x.behind
		if g.doom != nil {
			r.forward(g, *g.doom)
		}
	}
	r.send(x.from, parcelMoved, x.ghost.id, uint64(e), x.number, nil)
}

// straighten has a process that could not go by way of where it came from go straight on, and reports whether that is a way.
func (l *leaving) straighten(e errno) bool {
	x := l.x
	if l.core == x.core || e == lostMove {
		return false
	}
	x.t.p.sys.realm.records++
	x.straight, x.counted = true, true
	x.args, x.lists = nil, x.given
	return true
}
