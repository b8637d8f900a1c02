package linux

import "math/bits"

// Signals and codes (uapi/asm-generic/signal.h, siginfo.h).
const (
	sigILL    = 4
	sigTRAP   = 5
	sigBUS    = 7
	sigKILL   = 9
	sigSEGV   = 11
	sigCHLD   = 17
	sigCONT   = 18
	sigSTOP   = 19
	sigURG    = 23
	sigWINCH  = 28
	maxSignal = 64

	codeIllegal    = 1
	codeBreakpoint = 1
	codeAddress    = 1
	codeMap        = 1
	codeAccess     = 2
	codeTkill      = -6
)

// action is what a process does about a signal (struct sigaction).
type action struct{ handler, flags, mask uint64 }

// Handlers and flags.
const (
	handlerDefault, handlerIgnore = 0, 1

	actOnStack = 0x0800_0000
	actNoDefer = 0x4000_0000
	actOnce    = 0x8000_0000
)

// ignored are the signals that do nothing unless there is a handler.
const ignored = 1<<(sigCHLD-1) | 1<<(sigCONT-1) | 1<<(sigURG-1) | 1<<(sigWINCH-1)

// unblockable are those that no mask holds off.
const unblockable = 1<<(sigKILL-1) | 1<<(sigSTOP-1)

func bit(sig uint64) uint64 { return 1 << (sig - 1) }

// The frame of a signal handler, as Linux builds it on riscv64 (arch/riscv/kernel/
// signal.c, uapi/asm/ucontext.h): siginfo, then ucontext, whose machine context holds pc,
// x1 to x31 and the floating-point registers.
const (
	frameContext = 128
	contextStack = 16
	contextMask  = 40
	contextRegs  = 176
	regsFP       = 256
	frameSize    = (frameContext + contextRegs + regsFP + 33*8 + 8 + 15) &^ 15
)

// force sends a signal that the thread has caused itself. If it has no handler, or holds
// the signal off, the process ends.
func (t *thread) force(sig uint64, code int32, addr uint64) {
	if act := t.p.actions[sig]; act.handler <= handlerIgnore || t.mask&bit(sig) != 0 {
		t.p.exit(128 + int(sig))
		return
	}
	t.deliver(sig, code, addr)
}

// send sends a signal to the thread: it is delivered when its code runs next.
func (t *thread) send(sig uint64) {
	t.pending |= bit(sig)
	if !t.asleep && !t.Waits() {
		t.deliverPending()
	}
}

// deliverPending acts on the signals that have come and are not held off.
func (t *thread) deliverPending() {
	for !t.p.ended {
		now := t.pending &^ (t.mask &^ unblockable)
		if now == 0 {
			return
		}
		sig := uint64(bits.TrailingZeros64(now)) + 1
		t.pending &^= bit(sig)
		switch act := t.p.actions[sig]; {
		case sig != sigKILL && act.handler > handlerIgnore:
			t.deliver(sig, codeTkill, 0)
		case sig != sigKILL && (act.handler == handlerIgnore || ignored&bit(sig) != 0):
		default:
			t.p.exit(128 + int(sig))
		}
	}
}

// deliver makes the thread enter its handler of a signal.
func (t *thread) deliver(sig uint64, code int32, addr uint64) {
	act := t.p.actions[sig]
	sp := t.X[regSP]
	onAlt := t.onAltStack(sp)
	if act.flags&actOnStack != 0 && t.altSize != 0 && !onAlt {
		sp = t.altBase + t.altSize
	}
	sp = (sp - frameSize) &^ 15
	var b [frameSize]byte
	le.PutUint32(b[0:], uint32(sig))
	le.PutUint32(b[8:], uint32(code))
	le.PutUint64(b[16:], addr)
	uc := b[frameContext:]
	le.PutUint64(uc[contextStack:], t.altBase)
	le.PutUint64(uc[contextStack+16:], t.altSize)
	le.PutUint64(uc[contextMask:], t.mask)
	regs := uc[contextRegs:]
	le.PutUint64(regs, t.PC)
	for i := 1; i < 32; i++ {
		le.PutUint64(regs[8*i:], t.X[i])
	}
	f, fcsr := t.FP()
	for i, v := range f {
		le.PutUint64(regs[regsFP+8*i:], v)
	}
	le.PutUint32(regs[regsFP+256:], uint32(fcsr))
	if _, err := t.p.space.Write(sp, b[:]); err != nil {
		t.p.exit(128 + sigSEGV)
		return
	}
	t.mask |= act.mask
	if act.flags&actNoDefer == 0 {
		t.mask |= bit(sig)
	}
	if act.flags&actOnce != 0 {
		t.p.actions[sig] = action{}
	}
	t.X[regRA], t.X[regSP] = trampoline, sp
	t.X[regA0], t.X[regA0+1], t.X[regA0+2] = sig, sp, sp+frameContext
	t.PC = act.handler
}

func (t *thread) onAltStack(sp uint64) bool { return sp > t.altBase && sp-t.altBase <= t.altSize }

// rtSigreturn goes on where the frame at the stack pointer says, which the handler may
// have changed.
func rtSigreturn(t *thread, _ args) {
	var b [frameSize]byte
	if _, err := t.p.space.Read(t.X[regSP], b[:]); err != nil {
		t.p.exit(128 + sigSEGV)
		return
	}
	uc := b[frameContext:]
	regs := uc[contextRegs:]
	t.mask = le.Uint64(uc[contextMask:])
	t.PC = le.Uint64(regs)
	for i := 1; i < 32; i++ {
		t.X[i] = le.Uint64(regs[8*i:])
	}
	var f [32]uint64
	for i := range f {
		f[i] = le.Uint64(regs[regsFP+8*i:])
	}
	t.SetFP(&f, uint64(le.Uint32(regs[regsFP+256:])))
}

func rtSigaction(t *thread, a args) {
	sig := a[0]
	if sig == 0 || sig > maxSignal || a[3] != 8 || a[1] != 0 && bit(sig)&unblockable != 0 {
		t.fail(inval)
		return
	}
	p, act := t.p, &t.p.actions[sig]
	var next action
	if a[1] != 0 {
		var b [24]byte
		if _, err := p.space.Read(a[1], b[:]); err != nil {
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
	}
	t.answer(0)
}

func rtSigprocmask(t *thread, a args) {
	old, mask := t.mask, t.mask
	if a[1] != 0 {
		set, ok := t.p.load64(a[1])
		if !ok {
			t.fail(fault)
			return
		}
		switch a[0] {
		case 0:
			mask |= set
		case 1:
			mask &^= set
		case 2:
			mask = set
		default:
			t.fail(inval)
			return
		}
	}
	if a[2] != 0 && !t.p.store64(a[2], old) {
		t.fail(fault)
		return
	}
	t.mask = mask
	t.answer(0)
}

func sigaltstack(t *thread, a args) {
	const disabled, onStack, least = 2, 1, 2048
	now := [3]uint64{t.altBase, 0, t.altSize}
	switch {
	case t.altSize == 0:
		now[1] = disabled
	case t.onAltStack(t.X[regSP]):
		now[1] = onStack
	}
	var next [3]uint64
	if a[0] != 0 {
		for i := range next {
			v, ok := t.p.load64(a[0] + 8*uint64(i))
			if !ok {
				t.fail(fault)
				return
			}
			next[i] = v
		}
	}
	for i, v := range now {
		if a[1] != 0 && !t.p.store64(a[1]+8*uint64(i), v) {
			t.fail(fault)
			return
		}
	}
	switch {
	case a[0] == 0:
	case now[1] == onStack:
		t.fail(errno(1)) // EPERM
		return
	case uint32(next[1])&disabled != 0:
		t.altBase, t.altSize = 0, 0
	case next[2] < least:
		t.fail(noMem)
		return
	default:
		t.altBase, t.altSize = next[0], next[2]
	}
	t.answer(0)
}

// sendTo sends a signal to a thread of the process; 0 only asks whether there is one.
func (t *thread) sendTo(id, sig uint64) {
	to := t.p.threads[id]
	switch {
	case to == nil:
		t.fail(srch)
	case sig > maxSignal:
		t.fail(inval)
	case sig == 0:
		t.answer(0)
	default:
		t.answer(0)
		to.send(sig)
	}
}

func tkill(t *thread, a args) { t.sendTo(a[0], a[1]) }

func tgkill(t *thread, a args) {
	if a[0] != processID {
		t.fail(srch)
		return
	}
	t.sendTo(a[1], a[2])
}

func kill(t *thread, a args) {
	if a[0] != processID {
		t.fail(srch)
		return
	}
	t.sendTo(t.id, a[1])
}
