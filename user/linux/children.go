package linux

import "atoll/user/vfs"

// Children of a process that moves. They stay where they are, and a *stand-in* for each goes with it: a ghost of a child where that has never
// been, by which the process waits for it there. The word of what becomes of a child goes the way that its parent took, from one stand-in to
// the next; with the word of its end they are gone, and with the parent. When that comes to where it has the child, or a ghost of it, those behind it
// are told to forget theirs.

// childRecord is a child in the record of a process that moves.
type childRecord struct {
	pid, group, session, job uint64
	name                     string
}

func (x *childRecord) each(c *coder) {
	for _, w := range []*uint64{&x.pid, &x.group, &x.session, &x.job} {
		c.word(w)
	}
	c.text(&x.name)
}

// children returns the processes of which it is the parent.
func (p *Process) children() (list []*Process) {
	for _, c := range p.sys.processes {
		if c.parent == p {
			list = append(list, c)
		}
	}
	return list
}

// recordChildren has a record tell of the children.
func (p *Process) recordChildren(d *record) {
	for _, c := range p.children() {
		d.children = append(d.children, childRecord{c.id, c.group, c.session, c.job, c.name})
	}
}

// passNews passes on what there was to tell a process of its children, when it lives elsewhere.
func (p *Process) passNews() {
	for _, c := range p.children() {
		if n := c.news; n != 0 {
			c.news = 0
			c.tell(n)
		}
	}
}

// takeChildren gives a process that has come from a core the children that it had there.
func (r *realm) takeChildren(p *Process, a *arrival) {
	for i := range a.d.children {
		x := &a.d.children[i]
		switch c := r.sys.processes[x.pid]; {
		case c == nil && x.pid > initID && x.pid <= maxID:
			r.standIn(p, a, x)
		case c != nil && c != p && (c.parent == p || c.parent.foreign() && c.parent.id == p.id):
			c.parent = p
			r.send(a.from, parcelForget, x.pid, uint64(r.here), a.number, nil)
		}
	}
}

// standIn makes a stand-in.
func (r *realm) standIn(p *Process, a *arrival, x *childRecord) {
	s := r.sys
	c := &Process{
		sys: s, id: x.pid, seat: a.from, standsIn: a.number, parent: p, group: x.group, session: x.session, job: x.job, name: x.name,
		exitSignal: sigCHLD, threads: map[uint64]*thread{}, limits: usualLimits, files: vfs.NewTable(), fs: vfs.NewContext(s.files),
	}
	_, c.born = s.env.Clock()
	s.processes[c.id] = c
	s.tasks++
}

// forget takes the word that the core where the parent lives now needs no stand-in of a child that comes from here, where the parent has gone by a move of a
// number: it may have come and gone since, and one that lives here needs it. If the move is refused after that, who waits has no such child.
func (r *realm) forget(id, parentAt, number uint64) {
	c := r.sys.processes[id]
	if c == nil || c.standsIn == 0 || c.parent.left != number || !c.parent.ghost() && c.parent.leaving == nil {
		return
	}
	if uint64(c.seat) != parentAt {
		c.forgetBehind(parentAt)
	}
	c.vanish()
	c.parent.waiters.wakeAll()
}

// forgetBehind has the stand-in forgotten by which a stand-in of this core has its news.
func (p *Process) forgetBehind(parentAt uint64) {
	p.sys.realm.send(p.seat, parcelForget, p.id, parentAt, p.standsIn, nil)
}

// vanish forgets a process of which nobody here has to be told.
func (p *Process) vanish() {
	p.sys.tasks--
	delete(p.sys.processes, p.id)
}
