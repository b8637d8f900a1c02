package threads

import (
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
		s, all, i := c.pick(upcall.Now())
		switch {
		case i != none:
			upcall.Resume(c.head(), s, all)
			c.queue.pushFront(i) // something is pending
		case c.queue.count == 0:
			c.finish()
		default:
			c.idle()
		}
	}
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
