package threads

import (
	"atoll/arch/counters"
	"atoll/arch/ecall"
	"atoll/arch/upcall"
	"atoll/kernel/abi"
)

// forever as a time is none.
const forever = abi.Forever

// upcalled is where every upcall and every thread that enters its scheduler comes. It
// never returns.
//
// Execution context: disabled, on the dispatcher's own stack, on no goroutine.
func upcalled(c *control, why, a, b uint64) {
	c.note(why, a, b)
	for {
		s, all, i := c.pick(counters.Time())
		switch {
		case i != none:
			if all && c.byKernel {
				c.resumeByKernel()
			}
			upcall.Resume(c.head(), s, all)
			c.queue.goOn(i) // something is pending
		case c.queue.count == 0:
			c.finish()
		default:
			c.idle()
		}
	}
}

// resumeByKernel has the kernel load all registers of the current thread. It returns only if
// that is refused.
func (c *control) resumeByKernel() {
	offset := enabledOffset
	switch t := &c.threads[c.current]; c.where {
	case own:
		*asSave(&c.Enabled), c.where = t.Save, inEnabled
	case inTrap:
		offset = trapOffset
	}
	ecall.Call(abi.CallResume, &ecall.Registers{offset})
}

// idle waits until something comes, or the first sleeper's time.
func (c *control) idle() {
	c.counts.Idle++
	ecall.Call(abi.CallWait, &ecall.Registers{c.queue.alarm()})
}

// finish says that there is no thread left, and stops the dispatcher.
func (c *control) finish() {
	if c.done != 0 {
		ecall.Call(abi.CallSend, &ecall.Registers{uint64(c.done)})
	}
	ecall.Call(abi.CallStop, &ecall.Registers{uint64(c.self)})
}
