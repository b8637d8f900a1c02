package linux

// Job control: process groups, sessions, and processes that are stopped.

// stop stops the process, for a signal.
func (p *Process) stop(sig uint64) {
	if p.stopped || p.dead {
		return
	}
	p.stopped, p.status = true, stopped(sig)
	for _, t := range p.threads {
		switch {
		case t.abroad:
			t.recall()
		case !t.asleep && !t.Waits():
			p.sys.loop.Sleep(&t.Dispatcher, forever)
		}
	}
	if p.parent != nil {
		p.news &^= newsContinue
		p.tell(newsStop)
	}
}

// goOn lets a stopped process go on. Calls that wait for files are made again, as on Linux: of a terminal that it reads from it may
// be in the background now.
func (p *Process) goOn() {
	if !p.stopped || p.dead {
		return
	}
	p.stopped = false
	for _, t := range p.threads {
		switch {
		case t.asleep && t.again:
			t.wake(0)
		case !t.asleep && !t.Waits() && !t.abroad:
			p.sys.loop.Wake(&t.Dispatcher)
		}
		t.notify()
	}
	if p.parent != nil && !p.dead {
		p.news &^= newsStop
		p.tell(newsContinue)
	}
}

// process returns the process of an id, or the caller for 0; nil if there is none.
func (t *thread) process(id uint64) *Process {
	if uint32(id) == 0 {
		return t.p
	}
	return t.p.sys.processes[id]
}

// setpgid puts the caller, or a child of it, into a group of its session, or makes a group.
func setpgid(t *thread, a args) {
	p, group := t.process(a[0]), uint64(uint32(a[1]))
	if p == nil || p != t.p && p.parent != t.p {
		t.fail(srch)
		return
	}
	if group == 0 {
		group = p.id
	}
	there := group == p.id
	for _, o := range t.p.sys.processes {
		there = there || o.group == group && o.session == p.session
	}
	switch {
	case int32(a[1]) < 0:
		t.fail(inval)
	case p.ghost() || p.leaving != nil: // it has executed a program: then its parent may not, and where it lives nobody would know
		t.fail(noAccess)
	case !there || p.session == p.id || p.session != t.p.session:
		t.fail(notPermitted)
	default:
		p.group = group
		t.answer(0)
	}
}

func getpgid(t *thread, a args) {
	if p := t.process(a[0]); p != nil {
		t.answer(p.group)
		return
	}
	t.fail(srch)
}

func getsid(t *thread, a args) {
	if p := t.process(a[0]); p != nil {
		t.answer(p.session)
		return
	}
	t.fail(srch)
}

// setsid makes the caller the leader of a session and of a group, which it must not be yet.
func setsid(t *thread, _ args) {
	for _, p := range t.p.sys.processes {
		if p.group == t.p.id {
			t.fail(notPermitted)
			return
		}
	}
	t.p.session, t.p.group, t.p.fs.Terminal = t.p.id, t.p.id, nil
	t.answer(t.p.id)
}
