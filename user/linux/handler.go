package linux

import "atoll/arch/layout"

// The frame of a signal handler, as Linux builds it on riscv64 (arch/riscv/kernel/
// signal.c, uapi/asm/ucontext.h): siginfo, then ucontext, whose machine context holds pc,
// x1 to x31 and the floating-point registers.
const (
	frameContext = infoSize
	contextStack = 16
	contextMask  = 40
	contextRegs  = 176
	regsFP       = 256
	frameSize    = (frameContext + contextRegs + regsFP + 33*8 + 8 + 15) &^ 15
)

// deliver makes the thread enter its handler of a signal.
func (t *thread) deliver(i siginfo) {
	t.traceSignal(i)
	act := t.p.actions[i.sig]
	sp := t.X[regSP]
	if act.flags&actOnStack != 0 && t.altSize != 0 && !t.onAltStack(sp) {
		sp = t.altBase + t.altSize
	}
	sp = (sp - frameSize) &^ 15
	var b [frameSize]byte
	i.put(b[:])
	t.saveContext(b[frameContext:])
	if _, err := t.p.write(sp, b[:]); err != nil {
		t.p.exit(killed(sigSEGV))
		return
	}
	t.mask |= act.mask &^ unblockable
	t.held = false
	if act.flags&actNoDefer == 0 {
		t.mask |= bit(i.sig) &^ unblockable
	}
	if act.flags&actOnce != 0 {
		t.p.actions[i.sig] = action{}
	}
	t.X[regRA], t.X[regSP] = trampoline, sp
	t.X[regA0], t.X[regA0+1], t.X[regA0+2] = i.sig, sp, sp+frameContext
	t.PC = act.handler
}

// saveContext writes the ucontext of a frame.
func (t *thread) saveContext(uc []byte) {
	mask := t.mask
	if t.held {
		mask = t.oldMask
	}
	le.PutUint64(uc[contextStack:], t.altBase)
	if t.altSize == 0 {
		le.PutUint32(uc[contextStack+8:], stackDisabled)
	}
	le.PutUint64(uc[contextStack+16:], t.altSize)
	le.PutUint64(uc[contextMask:], mask)
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
}

// States of the stack for signal handlers (uapi/linux/signal.h).
const stackOn, stackDisabled = 1, 2

func (t *thread) onAltStack(sp uint64) bool { return sp > t.altBase && sp-t.altBase <= t.altSize }

// rtSigreturn goes on where the frame at the stack pointer says, which the handler may
// have changed.
func rtSigreturn(t *thread, _ args) {
	var b [frameSize]byte
	if _, err := t.p.read(t.X[regSP], b[:]); err != nil {
		t.p.exit(killed(sigSEGV))
		return
	}
	uc := b[frameContext:]
	regs := uc[contextRegs:]
	t.mask = le.Uint64(uc[contextMask:]) &^ unblockable
	t.PC = le.Uint64(regs)
	for i := 1; i < 32; i++ {
		t.X[i] = le.Uint64(regs[8*i:])
	}
	var f [32]uint64
	for i := range f {
		f[i] = le.Uint64(regs[regsFP+8*i:])
	}
	t.SetFP(&f, uint64(le.Uint32(regs[regsFP+256:])))
	t.returns, t.short = t.wasAway(), false
}

// sigaltstack tells which stack there is for handlers, and sets another.
func sigaltstack(t *thread, a args) {
	const least = 2048
	now := [3]uint64{t.altBase, 0, t.altSize}
	switch {
	case t.altSize == 0:
		now[1] = stackDisabled
	case t.onAltStack(t.X[regSP]):
		now[1] = stackOn
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
	case now[1] == stackOn:
		t.fail(notPermitted)
		return
	case uint32(next[1])&stackDisabled != 0:
		t.altBase, t.altSize = 0, 0
	case next[2] < least:
		t.fail(noMem)
		return
	default:
		t.altBase, t.altSize = next[0], next[2]
	}
	t.answer(0)
}

// trampolineCode is what a handler returns to: li a7, 139; ecall.
func trampolineCode() []byte {
	return le.AppendUint32(le.AppendUint32(nil, 139<<20|17<<7|0x13), 0x73)
}

// trampoline is its address in a process, near the end of user space.
const trampoline = layout.UserEnd - 16*layout.PageSize
