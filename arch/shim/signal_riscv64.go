package shim

import "atoll/arch/layout"

// sigaction is what rt_sigaction keeps for a signal (struct sigaction).
type sigaction struct{ handler, flags, mask, restorer uintptr }

// Signals and codes that the shim itself makes (Linux, asm-generic).
const (
	sigSEGV     = 11
	sigTRAP     = 5
	sigILL      = 4
	codeTkill   = -6
	codeMapErr  = 1
	sigIgnore   = 1
	sizeSiginfo = 128
)

// The signal frame as Linux builds it on riscv64 (arch/riscv/kernel/signal.c,
// uapi/asm/ucontext.h): siginfo, then ucontext, whose machine context holds pc,
// x1-x31 and the FP state of extension D.
const (
	frameUcontext = sizeSiginfo
	ucontextMask  = 40
	ucontextRegs  = 176
	regsFP        = 256
	fpFCSR        = 256
	frameBytes    = 1200
)

// setAction is rt_sigaction.
func (c *core) setAction(sig, act, old uintptr) uintptr {
	if sig == 0 || sig >= uintptr(len(c.sig)) {
		return errno(einval)
	}
	if old != 0 {
		*(*sigaction)(ptr(old)) = c.sig[sig]
	}
	if act != 0 {
		c.sig[sig] = *(*sigaction)(ptr(act))
	}
	return 0
}

// setMask is rt_sigprocmask.
func (c *core) setMask(how, set, old uintptr) uintptr {
	t := c.current()
	if old != 0 {
		store(old, uintptr(t.mask))
	}
	if set != 0 {
		m := uint64(load(set))
		switch how {
		case 0:
			t.mask |= m
		case 1:
			t.mask &^= m
		case 2:
			t.mask = m
		default:
			return errno(einval)
		}
	}
	return 0
}

// setAltStack is sigaltstack.
func (c *core) setAltStack(set, old uintptr) uintptr {
	const disabled = 2
	t := c.current()
	if old != 0 {
		store(old, t.altSP)
		store(old+8, 0)
		if t.altSize == 0 {
			store(old+8, disabled)
		}
		store(old+16, t.altSize)
	}
	if set != 0 {
		t.altSP, t.altSize = load(set), load(set+16)
		if uint32(load(set+8))&disabled != 0 {
			t.altSP, t.altSize = 0, 0
		}
	}
	return 0
}

// send is tgkill: the signal waits for the thread until that runs next, and has had its rest from
// the last one.
func (c *core) send(id, sig uintptr) uintptr {
	if id == 0 || id > c.sched.nthreads || sig == 0 || sig >= uintptr(len(c.sig)) {
		return errno(esrch)
	}
	t := threadAt(slot(id - 1))
	if t.state == threadFree {
		return errno(esrch)
	}
	t.pending |= 1 << (sig - 1)
	return 0
}

// deliverPending starts the handler of one signal that the thread has been sent
// and does not block. A signal that nobody handles is forgotten.
func (c *core) deliverPending(t *thread) {
	for sig := uintptr(1); sig < uintptr(len(c.sig)); sig++ {
		if bit := uint64(1) << (sig - 1); t.pending&^t.mask&bit != 0 {
			t.pending &^= bit
			if c.sig[sig].handler > sigIgnore {
				c.deliver(t, sig, codeTkill, 0)
				return
			}
		}
	}
}

// deliver makes the thread enter the runtime's handler of a signal when it runs
// next: it builds the frame that Linux would, on the alternate stack.
func (c *core) deliver(t *thread, sig uintptr, code int32, addr uintptr) {
	c.sched.signals++
	if t.full == 0 { // in a call: the handler runs when that returns
		t.pc = t.x[5]
		t.status = sstatusPrevious
		t.full = 1
	}
	sp := t.altSP + t.altSize
	if t.altSize == 0 || t.x[2] > t.altSP && t.x[2] <= sp {
		sp = t.x[2]
	}
	sp = (sp - frameBytes) &^ 15
	for i := uintptr(0); i < frameBytes; i += 8 {
		store(sp+i, 0)
	}
	*(*int32)(ptr(sp)) = int32(sig)
	*(*int32)(ptr(sp + 8)) = code
	store(sp+16, addr)
	uc := sp + frameUcontext
	store(uc+ucontextMask, uintptr(t.mask))
	saveContext(t, uc+ucontextRegs)
	t.mask |= uint64(c.sig[sig].mask) | 1<<(sig-1)
	t.x[1] = sigReturnAddr()
	t.x[2] = sp
	t.x[10], t.x[11], t.x[12] = sig, sp, uc
	t.pc = c.sig[sig].handler
}

// sigReturn is rt_sigreturn: the thread goes on where the frame at its stack
// pointer says, which the handler may have changed. It runs for a slice, or makes a call,
// before it enters a handler again: who stops the world signals each thread every 100 us until
// that has come to where it can stop, and on a hart that takes as long for the handler the
// thread would never come there.
func (c *core) sigReturn() {
	t := c.current()
	uc := t.x[2] + frameUcontext
	t.mask = uint64(load(uc + ucontextMask))
	loadContext(t, uc+ucontextRegs)
	t.status = sstatusPrevious
	t.full = 1
	if c.fpOwner == c.cur {
		c.fpOwner = 0
	}
	t.calm = c.sched.slice
}

// ran counts what the current thread has run since it came from a handler.
func (c *core) ran() {
	if t := c.current(); t.calm != 0 {
		t.calm -= min(t.calm, readTime()-c.sched.resumed)
	}
}

// sstatusPrevious is SPP and SPIE: back to S-mode with interrupts on.
const sstatusPrevious = 0x120

func saveContext(t *thread, at uintptr) {
	store(at, t.pc)
	for i := uintptr(1); i < 32; i++ {
		store(at+8*i, t.x[i])
	}
	for i := uintptr(0); i < 32; i++ {
		store(at+regsFP+8*i, t.f[i])
	}
	store(at+regsFP+fpFCSR, t.fcsr)
}

func loadContext(t *thread, at uintptr) {
	t.pc = load(at)
	for i := uintptr(1); i < 32; i++ {
		t.x[i] = load(at + 8*i)
	}
	t.x[4] = layout.CoreArea // TP is ours, whatever the frame says
	for i := uintptr(0); i < 32; i++ {
		t.f[i] = load(at + regsFP + 8*i)
	}
	t.fcsr = load(at + regsFP + fpFCSR)
}
