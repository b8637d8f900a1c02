package shim

import (
	"atoll/arch/layout"
	"atoll/arch/mmio"
	"atoll/arch/sbi"
)

// fatalCause says why an instance ends.
type fatalCause uintptr

const (
	fatalTrap fatalCause = iota
	fatalMemory
	fatalPanic
	fatalDone
	fatalKilled
)

func (f fatalCause) word() string {
	switch f {
	case fatalTrap:
		return "trap"
	case fatalMemory:
		return "oom"
	case fatalPanic:
		return "panic"
	case fatalKilled:
		return "killed"
	}
	return "exit"
}

// fatalOOM ends the instance because a page at va is needed and there is none.
func (c *core) fatalOOM(va uintptr) {
	puts("\nout of memory: all ")
	putdec(c.mem.pool.total)
	puts(" pages of the kernel reserve are in use, the page at ")
	puthex(va)
	puts(" cannot be had\n")
	c.fatal(fatalMemory, 0)
}

// fatalExit ends the instance because its runtime has exited.
func (c *core) fatalExit(status uintptr) {
	if status == 0 {
		c.fatal(fatalDone, 0)
	}
	c.fatal(fatalPanic, status)
}

// fatal writes what is known, and gives the hart back to the firmware. It never
// returns. A second error on the way skips the report, a third stops the hart
// before anything else.
func (c *core) fatal(cause fatalCause, status uintptr) {
	c.dying++
	if c.dying < 3 {
		c.out.flush()
		c.out.ring = 0
	}
	if c.dying < 2 {
		c.report(cause, status)
	}
	if c.finisher != 0 {
		c.finish(cause, status)
	}
	if c.row.Core == layout.Planner || c.finisher != 0 {
		sbi.Reset(sbi.Shutdown, sbi.SystemFailure)
		sbi.LegacyShutdown()
	}
	sbi.HartStop()
	for {
		wfi()
	}
}

// finish ends the machine, since nobody else lives on it, with a status that the
// outside of an emulator sees.
func (c *core) finish(cause fatalCause, status uintptr) {
	if cause != fatalDone && status == 0 {
		status = 1
	}
	mmio.Store32(c.finisher, finisherCommand(status))
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

func (c *core) report(cause fatalCause, status uintptr) {
	if cause == fatalTrap {
		f := c.trapped()
		puts("\ntrap: cause ")
		puthex(f.cause)
		puts(" pc ")
		puthex(f.pc)
		puts(" address ")
		puthex(f.tval)
		puts(" ra ")
		puthex(f.x[1])
		puts(" sp ")
		puthex(f.x[2])
		puts(" depth ")
		putdec(c.depth)
		puts("\n")
	}
	if c.row.Core == layout.Planner {
		puts("atoll: the planner has ended: ")
		puts(cause.word())
		puts("\n")
		return
	}
	puts("@")
	putdec(uintptr(c.row.Core))
	puts(" dead core=")
	putdec(uintptr(c.row.Core))
	puts(" cause=")
	puts(cause.word())
	puts(" status=")
	putdec(status)
	puts("\n")
}
