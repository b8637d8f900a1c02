package linux

// waitStatus is how a process has ended, or what else has become of it, as wait4 tells it.
type waitStatus uint32

func exited(code uint64) waitStatus { return waitStatus(code&0xff) << 8 }
func killed(sig uint64) waitStatus  { return waitStatus(sig) }
func stopped(sig uint64) waitStatus { return waitStatus(sig)<<8 | 0x7f }

const continued waitStatus = 0xffff

// exited reports whether a process that has ended was not killed.
func (w waitStatus) exited() bool { return w&0x7f == 0 }

// shell returns the status as shells give it.
func (w waitStatus) shell() int {
	if w&0x7f != 0 {
		return 128 + int(w&0x7f)
	}
	return int(w >> 8)
}

// news is what a parent can be told of a process.
type news uint8

const (
	newsEnd news = 1 << iota
	newsStop
	newsContinue
	newsLast // with newsEnd: where it has lived, not where it had gone through
)

// Codes of SIGCHLD (uapi/asm-generic/siginfo.h).
const (
	childExited    = 1
	childKilled    = 2
	childStopped   = 5
	childContinued = 6
)

// Options of wait4 and waitid (uapi/linux/wait.h).
const (
	waitNoHang    = 1
	waitStopped   = 2
	waitExited    = 4
	waitContinued = 8
	waitKeep      = 0x0100_0000 // WNOWAIT
	waitKinds     = 0xe000_0000 // __WALL, __WCLONE, __WNOTHREAD: all children are alike
)

// unasked reports whether nobody will wait for the process when it is dead: its parent ignores the
// signal, or has never heard of it and asks for children that it knows, as a shell may that is the
// first process; the dead of others would fill the system.
func (p *Process) unasked() bool {
	act := &p.parent.actions[sigCHLD]
	return p.exitSignal == sigCHLD && (act.handler == handlerIgnore || act.flags&actNoChildWait != 0) || p.orphan && !p.parent.anyChild
}

// tell sends the parent the signal for what has become of a process, and wakes those of its
// threads that wait. A dead process for which nobody will wait is forgotten.
func (p *Process) tell(n news) {
	parent := p.parent
	if parent.foreign() || parent.ghost() {
		p.report(n)
		return
	}
	if n == newsEnd {
		p.news = 0
	}
	p.news |= n
	if n == newsEnd && p.unasked() {
		p.bury()
		parent.waiters.wakeAll()
		return
	}
	sig := uint64(sigCHLD)
	if n == newsEnd {
		sig = p.exitSignal
	}
	if sig != 0 && (n == newsEnd || parent.actions[sigCHLD].flags&actNoChildStop == 0) {
		parent.signal(p.childInfo(sig, n))
	}
	parent.waiters.wakeAll()
}

// childInfo is what a signal or waitid says of a process.
func (p *Process) childInfo(sig uint64, n news) siginfo {
	code, status := childExited, uint64(p.status>>8)
	switch {
	case n == newsContinue:
		code, status = childContinued, sigCONT
	case n == newsStop:
		code = childStopped
	case p.status&0x7f != 0:
		code, status = childKilled, uint64(p.status&0x7f)
	}
	return siginfo{sig: sig, code: int32(code), from: p.id, value: status}
}

// child returns a child that match wants and of which there is news, and whether there are
// any that it wants.
func (p *Process) child(match func(*Process) bool, want news) (found *Process, any bool) {
	for _, c := range p.sys.processes {
		if c.parent != p || !match(c) {
			continue
		}
		any = true
		if c.news&want != 0 && (found == nil || c.id < found.id) {
			found = c
		}
	}
	return found, any
}

// take takes the news of a child, and returns its status.
func (p *Process) take(want news, keep bool) (n news, status waitStatus) {
	switch now := p.news & want; {
	case now&newsEnd != 0:
		n, status = newsEnd, p.status
	case now&newsStop != 0:
		n, status = newsStop, p.status
	default:
		n, status = newsContinue, continued
	}
	if !keep {
		if p.news &^= n; n == newsEnd {
			p.bury()
		}
	}
	return n, status
}

// wanted returns which news options ask for.
func wanted(options uint64) (n news) {
	for _, o := range []struct {
		option uint64
		n      news
	}{{waitExited, newsEnd}, {waitStopped, newsStop}, {waitContinued, newsContinue}} {
		if options&o.option != 0 {
			n |= o.n
		}
	}
	return n
}

// wait4 waits for a child. The memory is written before the news is taken: a child whose
// status cannot be told is still there.
func wait4(t *thread, a args) {
	const known = waitNoHang | waitStopped | waitContinued | waitKinds
	options := uint64(uint32(a[2]))
	if options&^known != 0 {
		t.fail(inval)
		return
	}
	want := wanted(options) | newsEnd
	c := t.waitFor(t.p.waitedBy(int32(a[0])), want, options)
	if c == nil {
		return
	}
	_, status := c.take(want, true)
	if a[1] != 0 && !t.p.store32(a[1], uint32(status)) || a[3] != 0 && !t.p.storeUsage(a[3], c.ticks()+c.childTicks) {
		t.fail(fault)
		return
	}
	c.take(want, false)
	t.answer(c.id)
}

// waitedBy is the children that wait4 means by a number.
func (p *Process) waitedBy(id int32) func(*Process) bool {
	p.anyChild = p.anyChild || id <= 0
	return p.byID(id)
}

// byID is the processes that kill means by a number, and wait4 among children.
func (p *Process) byID(id int32) func(*Process) bool {
	switch {
	case id > 0:
		return func(c *Process) bool { return c.id == uint64(id) }
	case id == -1:
		return func(*Process) bool { return true }
	case id == 0:
		return func(c *Process) bool { return c.group == p.group }
	}
	return func(c *Process) bool { return c.group == uint64(-int64(id)) }
}

// waitFor returns a child of which there is news. If there is none it returns nil, and the
// call fails, answers 0, or waits.
func (t *thread) waitFor(match func(*Process) bool, want news, options uint64) *Process {
	c, any := t.p.child(match, want)
	switch {
	case !any:
		t.fail(noChild)
		return nil
	case c == nil && options&waitNoHang != 0:
		t.answer(0)
	case c == nil:
		t.waitIn(&t.p.waiters)
		t.retry()
	}
	return c
}

// Kinds of ids of waitid.
const idAll, idProcess, idGroup = 0, 1, 2

func waitid(t *thread, a args) {
	const known = waitNoHang | waitStopped | waitExited | waitContinued | waitKeep | waitKinds
	options := uint64(uint32(a[3]))
	want := wanted(options)
	if options&^known != 0 || want == 0 || a[0] > idGroup {
		t.fail(inval)
		return
	}
	id := int32(-1)
	switch {
	case a[0] == idProcess:
		id = int32(a[1])
	case a[0] == idGroup:
		id = -int32(a[1])
	}
	var b [infoSize]byte
	c := t.waitFor(t.p.waitedBy(id), want, options)
	if c == nil {
		if !t.asleep && t.X[regA0] == 0 && a[2] != 0 && !t.p.store(a[2], b[:]) {
			t.fail(fault)
		}
		return
	}
	n, _ := c.take(want, true)
	info := c.childInfo(sigCHLD, n)
	info.put(b[:])
	if a[2] != 0 && !t.p.store(a[2], b[:]) || a[4] != 0 && !t.p.storeUsage(a[4], c.ticks()+c.childTicks) {
		t.fail(fault)
		return
	}
	c.take(want, options&waitKeep != 0)
	t.answer(0)
}
