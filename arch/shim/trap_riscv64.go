package shim

import (
	"atoll/arch/layout"
	"atoll/arch/semihost"
)

// trapped returns the save area of the code that trapped.
func (c *core) trapped() *thread {
	if c.depth < 2 {
		return c.current()
	}
	return threadAt(c.nest[c.depth-2])
}

// trap handles an interrupt or a fault. It runs on the stack of its depth with
// interrupts off and must not allocate, grow a stack, write a Go pointer or
// panic: the code it interrupted may be anywhere in the runtime.
func trap() {
	c := theCore()
	c.sched.traps++
	f := c.trapped()
	if f.addr() != c.saved {
		// On the way to U-mode or back, where a User has the registers: there is no thread
		// that could go on, and the user's code is not to find what has become of them.
		c.fatal(layout.CauseTrap, 0)
	}
	if c.traceOn != 0 {
		c.traceTrap(f)
	}
	switch f.cause {
	case causeLoadFault, causeStoreFault:
		if c.demand(f.tval) {
			return
		}
		c.fault(f, sigSEGV)
	case causeTimerInterrupt, causeSoftInterrupt, causeExternInterrupt:
		c.interrupt()
	case causeBreakpoint:
		if f.pc == semihost.TrapPC() { // no host has taken the call
			f.pc += 4
			return
		}
		c.fault(f, sigTRAP)
	case causeIllegal:
		c.fault(f, sigILL)
	default:
		c.fault(f, sigSEGV)
	}
	c.leave()
}

// interrupt lets whoever an interrupt woke run at once, and ends the current
// thread's slice when it is over.
func (c *core) interrupt() {
	c.ran()
	c.takeInterrupts()
	now := readTime()
	c.wakeSleepers(now)
	s := &c.sched
	if s.urgent.head != 0 || now >= s.sliceEnd && s.normal.head != 0 {
		s.normal.push(c.current())
		c.reschedule()
	}
}

// fault turns a fault of the current thread into the signal that Linux would
// send, so that the runtime makes a Go panic of it. A fault of the shim, or one
// that the runtime cannot take, ends the instance.
func (c *core) fault(f *thread, sig uintptr) {
	if c.depth != 1 || f.mask&(1<<(sig-1)) != 0 || c.sig[sig].handler <= sigIgnore {
		c.fatal(layout.CauseTrap, 0)
	}
	addr := f.tval
	if sig == sigTRAP || sig == sigILL {
		addr = f.pc
	}
	c.deliver(f, sig, codeMapErr, addr)
}
