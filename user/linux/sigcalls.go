package linux

// sigsetSize is the size of a set of signals.
const sigsetSize = 8

func rtSigaction(t *thread, a args) {
	sig := a[0]
	if sig == 0 || sig > maxSignal || a[3] != sigsetSize || a[1] != 0 && bit(sig)&unblockable != 0 {
		t.fail(inval)
		return
	}
	p, act := t.p, &t.p.actions[sig]
	var next action
	if a[1] != 0 {
		var b [24]byte
		if _, err := p.read(a[1], b[:]); err != nil {
			t.fail(fault)
			return
		}
		next = action{le.Uint64(b[0:]), le.Uint64(b[8:]), le.Uint64(b[16:])}
	}
	if a[2] != 0 && !(p.store64(a[2], act.handler) && p.store64(a[2]+8, act.flags) && p.store64(a[2]+16, act.mask)) {
		t.fail(fault)
		return
	}
	if a[1] != 0 {
		*act = next
		if p.ignores(sig) {
			p.forget(bit(sig))
		}
	}
	t.answer(0)
}

func rtSigprocmask(t *thread, a args) {
	const block, unblock, set = 0, 1, 2
	old, mask := t.mask, t.mask
	if a[3] != sigsetSize {
		t.fail(inval)
		return
	}
	if a[1] != 0 {
		v, ok := t.p.load64(a[1])
		if !ok {
			t.fail(fault)
			return
		}
		switch uint32(a[0]) {
		case block:
			mask |= v
		case unblock:
			mask &^= v
		case set:
			mask = v
		default:
			t.fail(inval)
			return
		}
	}
	if a[2] != 0 && !t.p.store64(a[2], old) {
		t.fail(fault)
		return
	}
	t.mask = mask &^ unblockable
	t.answer(0)
}

func rtSigpending(t *thread, a args) {
	if a[1] > sigsetSize {
		t.fail(inval)
		return
	}
	t.answerStore(t.p.store64(a[0], (t.pending.set|t.p.pending.set)&t.mask))
}

// rtSigsuspend waits, with another mask, until a handler has been entered.
func rtSigsuspend(t *thread, a args) {
	mask, ok := t.p.load64(a[0])
	switch {
	case a[1] != sigsetSize:
		t.fail(inval)
	case !ok:
		t.fail(fault)
	default:
		t.holdOff(mask)
		t.sleep(forever, 0)
	}
}

// rtSigtimedwait takes a signal that is held off, or waits for one.
func rtSigtimedwait(t *thread, a args) {
	set, ok := t.p.load64(a[0])
	ns, e := t.p.loadBound(a[2])
	switch {
	case a[3] != sigsetSize:
		t.fail(inval)
		return
	case !ok:
		t.fail(fault)
		return
	case e != 0:
		t.fail(e)
		return
	}
	set &^= unblockable
	i, ok := t.pending.take(set)
	if !ok {
		i, ok = t.p.pending.take(set)
	}
	switch {
	case ok:
		t.answer(t.tellSignal(i, a[1]))
	case ns == 0:
		t.fail(again)
	default:
		t.awaits, t.awaitsInfo = set, a[1]
		t.sleep(ns, again.result())
	}
}

// awaited ends the call of a thread that waits for a signal.
func (t *thread) awaited(i siginfo) { t.wake(t.tellSignal(i, t.awaitsInfo)) }

// tellSignal writes the siginfo, and returns what rt_sigtimedwait answers.
func (t *thread) tellSignal(i siginfo, at uint64) uint64 {
	var b [infoSize]byte
	i.put(b[:])
	if at != 0 && !t.p.store(at, b[:]) {
		return fault.result()
	}
	return i.sig
}

// sendTo sends a signal to a thread of a process; 0 only asks whether there is one.
func (t *thread) sendTo(to *thread, sig uint64) {
	switch {
	case to == nil:
		t.fail(srch)
	case sig > maxSignal:
		t.fail(inval)
	default:
		t.answer(0)
		if sig != 0 && !to.signal(siginfo{sig: sig, code: codeTkill, from: t.p.id}) {
			t.fail(again)
		}
	}
}

func tkill(t *thread, a args) {
	for _, p := range t.p.sys.processes {
		if to := p.threads[a[0]]; to != nil {
			t.sendTo(to, a[1])
			return
		}
	}
	t.fail(srch)
}

func tgkill(t *thread, a args) {
	p := t.p.sys.processes[a[0]]
	if p == nil {
		t.fail(srch)
		return
	}
	t.sendTo(p.threads[a[1]], a[2])
}

// kill sends a signal to a process, a group, or all but the first and the caller.
func kill(t *thread, a args) {
	id, sig := int32(a[0]), a[1]
	if sig > maxSignal {
		t.fail(inval)
		return
	}
	if r := t.p.sys.realm; r != nil && r.room() != nil {
		return // its process has ended
	}
	match := t.p.byID(id)
	if id == -1 {
		match = func(p *Process) bool { return p.id != initID && p != t.p }
	}
	t.answer(0)
	i := siginfo{sig: sig, code: codeUser, from: t.p.id}
	switch {
	case id == -1:
		t.p.sys.newTour(&i, everybody)
	case id == 0:
		t.p.sys.newTour(&i, t.p.group)
	case id < 0:
		t.p.sys.newTour(&i, uint64(-int64(id)))
	}
	there := t.p.sys.signalAll(match, i, id <= 0)
	if r := t.p.sys.realm; r != nil && (id <= 0 || !there) { // who has killed himself may be known no more
		there = r.kill(t.p, id, i) || there
	}
	if !there {
		t.fail(srch)
	}
}

// signalAll sends a signal to the processes that match wants, 0 to none of them; if that is many, to
// those that they are making, too. It reports whether there are any. A thread that sends one to itself has been answered before.
func (s *System) signalAll(match func(*Process) bool, i siginfo, many bool) (any bool) {
	var list []*Process
	for _, p := range s.processes {
		if match(p) {
			any = true
			list = append(list, p)
		}
	}
	for _, p := range list {
		if i.sig != 0 && many {
			p.signalMade(i)
		}
		if i.sig != 0 {
			p.signal(i)
		}
	}
	return any
}

// signalMade has the processes that are being made by forks of this one get a signal, too: else a
// fork bomb, most of which is in a fork at any time, could not be ended by a key.
func (p *Process) signalMade(i siginfo) {
	for _, t := range p.threads {
		if t.long.part != nil {
			t.long.came.add(i)
		}
	}
}

// signalGroup sends a signal to a process group, as a terminal does.
func (s *System) signalGroup(group, sig uint64) {
	i := siginfo{sig: sig, code: codeKernel}
	s.newTour(&i, group)
	s.signalAll(func(p *Process) bool { return p.group == group }, i, true)
	if s.realm != nil {
		s.realm.forwardGroup(group, i)
		s.realm.interrupt(group)
	}
}
