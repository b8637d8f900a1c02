package linux

import "math/bits"

// Signals (uapi/asm-generic/signal.h).
const (
	sigHUP    = 1
	sigINT    = 2
	sigILL    = 4
	sigTRAP   = 5
	sigBUS    = 7
	sigKILL   = 9
	sigSEGV   = 11
	sigPIPE   = 13
	sigALRM   = 14
	sigCHLD   = 17
	sigCONT   = 18
	sigSTOP   = 19
	sigTSTP   = 20
	sigTTIN   = 21
	sigTTOU   = 22
	sigURG    = 23
	sigWINCH  = 28
	firstRT   = 32 // from here on signals queue
	maxSignal = 64
)

// Codes of siginfo (uapi/asm-generic/siginfo.h).
const (
	codeIllegal    = 1
	codeBreakpoint = 1
	codeAddress    = 1
	codeMap        = 1
	codeAccess     = 2
	codeNoFile     = 2
	codeUser       = 0
	codeKernel     = 0x80
	codeTkill      = -6
)

// action is what a process does about a signal (struct sigaction).
type action struct{ handler, flags, mask uint64 }

// Handlers and flags.
const (
	handlerDefault, handlerIgnore = 0, 1

	actNoChildStop = 1
	actNoChildWait = 2
	actOnStack     = 0x0800_0000
	actRestart     = 0x1000_0000
	actNoDefer     = 0x4000_0000
	actOnce        = 0x8000_0000
)

// Sets of signals: those that do nothing unless there is a handler, those that stop the
// process, and those that no mask holds off.
const (
	ignored     = 1<<(sigCHLD-1) | 1<<(sigCONT-1) | 1<<(sigURG-1) | 1<<(sigWINCH-1)
	stopping    = 1<<(sigSTOP-1) | 1<<(sigTSTP-1) | 1<<(sigTTIN-1) | 1<<(sigTTOU-1)
	unblockable = 1<<(sigKILL-1) | 1<<(sigSTOP-1)
)

func bit(sig uint64) uint64 { return 1 << (sig - 1) }

// siginfo is a signal, and what the handler is told of it.
type siginfo struct {
	sig   uint64
	code  int32
	addr  uint64 // of a fault
	from  uint64 // the process that has sent it
	value uint64 // status of a child, or what the sender has given with it
	tour  *tour  // it goes round the cores; nil: it does not
	told  uint64 // cores that a signal to a group has been sent to, a bit each
}

// infoSize is the size of siginfo as programs see it.
const infoSize = 128

// put writes it as programs see it.
func (i *siginfo) put(b []byte) {
	le.PutUint32(b[0:], uint32(i.sig))
	le.PutUint32(b[8:], uint32(i.code))
	le.PutUint64(b[16:], i.addr|i.from) // one of them is 0; behind the process stands the user, 0
	le.PutUint64(b[24:], i.value)
}

// pending is signals that have come and are not delivered.
type pending struct {
	set  uint64
	list []siginfo
}

// mostPending bounds the signals that wait for a process or a thread.
const mostPending = 2 * maxSignal

// add adds a signal. One that is there already is not there twice, but for those that
// queue; it reports false if there are too many of these.
func (p *pending) add(i siginfo) bool {
	if i.sig < firstRT && p.set&bit(i.sig) != 0 {
		return true
	}
	if len(p.list) >= mostPending {
		return false
	}
	p.set |= bit(i.sig)
	p.list = append(p.list, i)
	return true
}

// take takes the lowest signal of those in a set, the oldest of these.
func (p *pending) take(of uint64) (siginfo, bool) {
	if p.set&of == 0 {
		return siginfo{}, false
	}
	sig, at, more := uint64(bits.TrailingZeros64(p.set&of))+1, -1, false
	for i := range p.list {
		if p.list[i].sig == sig {
			more = at >= 0
			if at < 0 {
				at = i
			}
		}
	}
	info := p.list[at]
	p.list = append(p.list[:at], p.list[at+1:]...)
	if !more {
		p.set &^= bit(sig)
	}
	return info, true
}

// forget takes out the signals of a set.
func (p *pending) forget(of uint64) {
	for ok := true; ok; {
		_, ok = p.take(of)
	}
}

// ignores reports whether a signal does nothing.
func (p *Process) ignores(sig uint64) bool {
	h := p.actions[sig].handler
	return h == handlerIgnore || h == handlerDefault && ignored&bit(sig) != 0
}

// spared reports whether a signal does nothing to the process though it does to others: those
// that others of a system send to the first, unless that has a handler, for it is what they
// all end with (Linux, SIGNAL_UNKILLABLE).
func (p *Process) spared(i siginfo) bool {
	sent := i.code == codeUser || i.code == codeTkill
	return p.id == initID && sent && i.from > initID && p.actions[i.sig].handler == handlerDefault
}

// arrives does what a signal does when it is sent, whoever is to take it: it ends the
// process, or has it go on. It reports whether there is something left to deliver.
func (p *Process) arrives(i siginfo) bool {
	switch sig := i.sig; {
	case p.dead, unblockable&bit(sig) != 0 && p.spared(i):
		return false
	case sig == sigKILL:
		p.exit(killed(sigKILL))
		return false
	case sig == sigCONT:
		p.forget(stopping)
		p.goOn()
	case stopping&bit(sig) != 0:
		p.forget(bit(sigCONT))
	}
	return true
}

// forget takes signals of a set out of all that wait.
func (p *Process) forget(of uint64) {
	p.pending.forget(of)
	for _, t := range p.threads {
		t.pending.forget(of)
	}
}

// signal sends a signal to the process: some thread that does not hold it off takes it. It
// reports false if too many wait.
func (p *Process) signal(i siginfo) bool {
	if p.ghost() {
		p.dooms(i)
		p.sys.realm.forward(p, i)
		return true
	}
	if !p.takes(i) || !p.arrives(i) {
		return true
	}
	for _, t := range p.threads {
		if t.awaits&bit(i.sig) != 0 {
			t.awaited(i)
			return true
		}
	}
	t := p.taker(i.sig)
	if t != nil && p.ignores(i.sig) {
		return true
	}
	if !p.pending.add(i) {
		return false
	}
	if t != nil {
		t.notify()
	}
	return true
}

// taker returns a thread that does not hold a signal off: who sends it to its own process, before its call is over (POSIX.1-2017, kill), else the first if
// it does not, nil if all do.
func (p *Process) taker(sig uint64) *thread {
	var found *thread
	for _, t := range p.threads {
		switch {
		case t.mask&^unblockable&bit(sig) != 0 || !t.hears():
		case t == p.sys.caller:
			return t
		case found == nil || t.id < found.id:
			found = t
		}
	}
	return found
}

// hears reports whether signals end the call in which the thread is, or come after it.
func (t *thread) hears() bool { return !t.deaf && !t.inCall() }

// signal sends a signal to the thread. It reports false if too many wait.
func (t *thread) signal(i siginfo) bool {
	if t.awaits&bit(i.sig) != 0 {
		t.awaited(i)
		return true
	}
	if !t.p.arrives(i) || t.mask&bit(i.sig) == 0 && t.p.ignores(i.sig) {
		return true
	}
	if !t.pending.add(i) {
		return false
	}
	t.notify()
	return true
}

// notify has the thread act on signals that have come, unless it cannot now: it will when its call
// has been served.
func (t *thread) notify() {
	if !t.Waits() && t != t.p.sys.caller {
		t.deliverPending()
	}
}

// force sends a signal that the thread has caused itself. If it has no handler, or holds
// the signal off, the process ends.
func (t *thread) force(sig uint64, code int32, addr uint64) {
	if act := t.p.actions[sig]; act.handler <= handlerIgnore || t.mask&bit(sig) != 0 {
		t.p.exit(killed(sig))
		return
	}
	t.deliver(siginfo{sig: sig, code: code, addr: addr})
}

// deliverPending acts on the signals that have come and are not held off. One that has a
// handler ends a call in which the thread waits.
func (t *thread) deliverPending() {
	if t.held || t.pending.set|t.p.pending.set != 0 { // after most calls there is nothing to do
		t.actOnPending()
	}
}

// actOnPending is deliverPending if there may be something to do. Who has come from another core to
// return from a handler runs before the next one: on one machine nobody is signalled again on so short a
// way, and where trips take longer than what sends signals waits he would only go from handler to handler.
func (t *thread) actOnPending() {
	for !t.gone && !t.p.stopped && t.hears() && !t.returns {
		of := ^(t.mask &^ unblockable)
		if (t.pending.set|t.p.pending.set)&of == 0 {
			break
		}
		switch {
		case t.abroad:
			t.recall()
			return
		case t.short: // the frame of a handler has all registers
			t.p.sys.span.fetch(t)
			return
		}
		i, ok := t.pending.take(of)
		if !ok {
			i, _ = t.p.pending.take(of)
		}
		switch act := t.p.actions[i.sig]; {
		case act.handler > handlerIgnore:
			if t.asleep {
				t.interrupt(act.flags&actRestart != 0)
			}
			t.deliver(i)
		case t.p.ignores(i.sig), t.p.spared(i):
		case stopping&bit(i.sig) != 0 && i.sig != sigSTOP && t.p.sys.orphaned(t.p.group): // for ever
		case stopping&bit(i.sig) != 0:
			t.p.stop(i.sig)
		default:
			t.p.exit(killed(i.sig))
		}
	}
	if t.held && !t.asleep { // no handler has been entered
		t.letGo()
	}
}

// holdOff replaces the mask for the call under way.
func (t *thread) holdOff(mask uint64) {
	if !t.held {
		t.oldMask, t.held = t.mask, true
	}
	t.mask = mask &^ unblockable
}

// holdOffAt does so with a mask in memory, if there is one. It reports false if the call has
// failed.
func (t *thread) holdOffAt(at, size uint64) bool {
	if at == 0 {
		return true
	}
	mask, ok := t.p.load64(at)
	switch {
	case size != sigsetSize:
		t.fail(inval)
	case !ok:
		t.fail(fault)
	default:
		t.holdOff(mask)
		return true
	}
	return false
}

// letGo brings the mask back that was before the call. A signal that only the call's let
// through waits on.
func (t *thread) letGo() { t.mask, t.held = t.oldMask, false }

// interruptible reports whether a signal waits whose handler is to run now.
func (t *thread) interruptible() bool {
	for set := (t.pending.set | t.p.pending.set) &^ t.mask; set != 0; set &= set - 1 {
		if t.p.actions[bits.TrailingZeros64(set)+1].handler > handlerIgnore {
			return true
		}
	}
	return false
}
