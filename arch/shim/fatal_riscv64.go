package shim

import (
	"atoll/arch/layout"
	"atoll/arch/mmio"
	"atoll/arch/order"
	"atoll/arch/power"
	"atoll/arch/sbi"
)

// fatalOOM ends the instance because a page at va is needed and there is none.
func (c *core) fatalOOM(va uintptr) {
	c.dying++
	w := c.lastWords()
	w.text("out of memory: all ")
	w.decimal(c.mem.pool.total)
	w.text(" pages of the kernel reserve are in use, the page at ")
	w.hex(va)
	w.text(" cannot be had\n")
	c.dying--
	c.fatal(layout.CauseOOM, 0)
}

// fatalThreads ends the instance because its runtime needs one more thread than
// there are slots.
func (c *core) fatalThreads() {
	c.dying++
	w := c.lastWords()
	w.text("out of threads: all ")
	w.decimal(maxThreads)
	w.text(" thread slots are in use\n")
	c.dying--
	c.fatal(layout.CauseOOM, 0)
}

// fatalExit ends the instance because its runtime has exited.
func (c *core) fatalExit(status uintptr) {
	if status == 0 {
		c.fatal(layout.CauseExit, 0)
	}
	c.fatal(layout.CausePanic, status)
}

// fatal writes what is known to the crash page and gives the hart back to the
// firmware; where no other instance lives, the machine ends. It never returns. A second error on the way leaves the report as it
// is, a third stops the hart before anything else.
func (c *core) fatal(cause layout.Cause, status uintptr) {
	c.dying++
	if c.dying == 1 {
		if c.traceOn != 0 {
			record(0, layout.TraceHead(layout.TraceDeath, uint32(c.row.Core)), uint64(cause), c.incarnation)
		}
		c.report(cause, status)
	}
	if c.dying < 3 {
		c.seal(cause, status)
		if c.last() {
			c.remain(cause, status)
		}
	}
	if c.alone != 0 {
		c.firmware.Flush()
		c.end(cause, status)
	}
	sbi.HartStop()
	for {
		wfi()
	}
}

// end ends the machine, since nobody else lives on it, with a status that the
// outside of an emulator sees. It returns if the machine cannot be switched off.
func (c *core) end(cause layout.Cause, status uintptr) {
	if cause != layout.CauseExit && status == 0 {
		status = 1
	}
	if c.finisher != 0 {
		mmio.Store32(c.finisher, finisherCommand(status))
	}
	power.Off(uint64(status))
	c.lastWords().text("atoll: this machine cannot switch itself off; you may switch it off now\n")
	power.Halt()
}

// finisherCommand is the word for a test finisher (sifive,test) that ends the
// machine with a status.
func finisherCommand(status uintptr) uint32 {
	const pass, fail = 0x5555, 0x3333
	if status == 0 {
		return pass
	}
	return uint32(status&0xff)<<16 | fail
}

// report writes the last words: the trapped registers if there are any, the latest
// events, and what the instance had still to say, among it the runtime's trace.
func (c *core) report(cause layout.Cause, status uintptr) {
	w := c.lastWords()
	if c.row.Core == layout.Planner {
		w.text("atoll: the planner has ended: ")
		w.text(cause.Word())
		w.text("\n")
	}
	if cause == layout.CauseTrap || cause == layout.CauseKilled {
		w.registers(c.trapped(), c.depth)
	}
	w.events(c)
	w.output(&c.out)
}

// seal completes the crash page, or the report on the firmware's console where
// nobody lives to print the page, and tells the others to look.
func (c *core) seal(cause layout.Cause, status uintptr) {
	if c.alone != 0 {
		if c.row.Core != layout.Planner {
			w := c.lastWords()
			w.text("@")
			w.decimal(uintptr(c.row.Core))
			w.text(" dead core=")
			w.decimal(uintptr(c.row.Core))
			w.text(" cause=")
			w.text(cause.Word())
			w.text(" status=")
			w.decimal(status)
			w.text("\n")
		}
		return
	}
	p := crashPage()
	p.Incarnation = c.incarnation
	p.Cause = uint64(cause)
	p.Status = uint64(status)
	p.Time = readTime()
	p.Magic = layout.CrashMagic
	order.FenceFull() // who sees the mark sees the page
	c.watch.mark(c.incarnation)
	sbi.SendIPI(0, sbi.AllHarts) // whoever wakes without a message looks who has died
}
