package shim

import (
	"atoll/arch/layout"
	"atoll/arch/sbi"
)

// setTimer asks for a timer interrupt at a time (ticks), forever for none.
func (c *core) setTimer(at uint64) {
	if c.sched.armed == at {
		return
	}
	c.sched.armed = at
	if c.row.Flags&layout.RowSstc != 0 {
		setStimecmp(at)
	} else {
		sbi.SetTimer(at)
	}
}

// arm sets the timer for the thread that is about to run: the end of the
// earliest wait, of its run in U-mode, of its slice if another waits for the hart, and of its rest
// from a signal if there is another. A
// timer set too early is left alone, for it costs less than setting it anew. Naps may last
// a slice longer while somebody runs: a timer and its interrupt cost as much as a
// doorbell, and the runtime naps after each wake-up.
func (c *core) arm() {
	s := &c.sched
	at := min(c.nextWake(s.slice), c.userEnd)
	if s.urgent.head != 0 || s.normal.head != 0 {
		at = min(at, s.sliceEnd)
	}
	if t := c.current(); t.calm != 0 && t.pending&^t.mask != 0 {
		at = min(at, s.resumed+t.calm)
	}
	if at < s.armed {
		c.setTimer(at)
	}
}

// idle waits until something may have become runnable: it looks for interrupts
// for a moment, since a hart wakes slowly from wfi, and then sleeps.
func (c *core) idle() {
	begin := readTime()
	c.lookAtSleepers(begin)
	if c.sched.urgent.head != 0 {
		return
	}
	wake := c.nextWake(0)
	spinEnd := min(begin+c.sched.spin, wake)
	if c.sched.hurry != 0 {
		c.sched.hurry, spinEnd = 0, begin
	}
	for readTime() < spinEnd {
		if pending()&(softInterrupt|externalInterrupt) != 0 {
			break
		}
	}
	if pending()&(softInterrupt|externalInterrupt) == 0 && readTime() < wake {
		c.setTimer(wake)
		c.sched.sleeps++
		c.sched.slept = readTime()
		c.sleep(wake)
	}
	c.sched.idle += readTime() - begin
	c.takeInterrupts()
}

// takeInterrupts turns pending interrupts into events.
func (c *core) takeInterrupts() {
	p := pending()
	if p&timerInterrupt != 0 {
		c.sched.armed = 0 // also an earlier life may have set the timer
		c.setTimer(forever)
		if readTime() >= c.userEnd {
			c.userEnd, c.userStop[userOver] = forever, 1
		}
	}
	if p&softInterrupt != 0 {
		clearPending(softInterrupt)
		c.doorbell()
	}
	if p&externalInterrupt != 0 {
		c.external()
	}
}

// doorbell takes an interrupt of another hart.
func (c *core) doorbell() {
	c.sched.doorbells++
	if c.traceOn != 0 {
		record(0, uint64(layout.TraceDoorbellTaken), 0, 0)
	}
	c.answer()
	c.post(EventDoorbell)
}

// external takes an external interrupt: messages, or the wire of a controller, which
// stays up until the driver has served what raised it.
func (c *core) external() {
	if c.row.Messages != 0 {
		c.takeMessages()
		return
	}
	disable(externalInterrupt)
	c.post(EventExternal)
}

// deadline converts a struct timespec, a span from now, into a time in ticks.
func (c *core) deadline(timespec uintptr) uint64 {
	sec, nsec := uint64(load(timespec)), uint64(load(timespec+8))
	return c.after(sec, nsec)
}

// after returns the time (ticks) at which a span from now ends; never 0.
func (c *core) after(sec, nsec uint64) uint64 {
	const bound = 1 << 31 // seconds; keeps the product below from overflowing
	if sec > bound {
		sec = bound
	}
	hz := c.row.Timebase
	return max(readTime()+sec*hz+nsec*hz/1e9, 1)
}
