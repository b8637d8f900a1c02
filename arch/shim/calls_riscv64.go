package shim

import "atoll/arch/layout"

// Linux system calls that the runtime makes (uapi/asm-generic/unistd.h).
const (
	sysEventfd2     = 19
	sysEpollCreate1 = 20
	sysEpollCtl     = 21
	sysEpollPwait   = 22
	sysFcntl        = 25
	sysOpenat       = 56
	sysClose        = 57
	sysRead         = 63
	sysWrite        = 64
	sysExit         = 93
	sysExitGroup    = 94
	sysFutex        = 98
	sysNanosleep    = 101
	sysGetaffinity  = 123
	sysYield        = 124
	sysKill         = 129
	sysTkill        = 130
	sysTgkill       = 131
	sysSigaltstack  = 132
	sysSigaction    = 134
	sysSigprocmask  = 135
	sysSigreturn    = 139
	sysGetpid       = 172
	sysGettid       = 178
	sysMunmap       = 215
	sysClone        = 220
	sysMmap         = 222
	sysMadvise      = 233
	sysGetrandom    = 278
)

// Calls of our own, made by this package's API only.
const (
	callWaitEvent = 0x1000 + iota
	callMap
	callUnmap
	callNextLeaf
	callPeekOutput
	callDropOutput
	callBecome
	callDie
	callPost
	callYield
	callFreeze
	callWatch
	callBareWake
	callStir
	callEnableMessage
	callTakeMessage
	callNewTable
	callArm
	callWriteFirmware
	callReadFirmware
	callWaitKick
	callKick
)

// ecall serves one call of the current thread. It runs on the shim's stack with
// interrupts off and must not allocate, grow a stack, write a Go pointer or
// panic. A call that blocks returns here as another thread.
func ecall() {
	c := theCore()
	t := c.current()
	t.calm = 0
	if r := c.serve(t, t.x[17]); r != blocked {
		t.x[10] = r
	}
	c.leave()
}

// leave is the last step out of the shim: signals of the thread that will run,
// and the timer.
func (c *core) leave() {
	if t := c.current(); c.depth == 1 {
		if t.pending&^t.mask != 0 && t.calm == 0 {
			c.deliverPending(t)
		}
		if t.calm != 0 {
			c.sched.resumed = readTime()
		}
		c.arm()
	}
}

// blocked is what serve answers when the call's result is already in place, or
// will be put there by whoever ends the wait.
const blocked = errno0 - 4095

const errno0 = ^uintptr(0)

func (c *core) serve(t *thread, number uintptr) uintptr {
	switch number {
	case sysFutex:
		return c.futex(t)
	case sysNanosleep:
		c.block(threadSleep, 0, c.deadline(t.x[10]))
		t.x[10] = 0
		return blocked
	case sysYield:
		t.x[10] = 0
		c.yield()
		return blocked
	case sysTgkill:
		return c.send(t.x[11], t.x[12])
	case sysSigreturn:
		c.sigReturn()
		return blocked
	case sysClone:
		return c.clone(t.x[11])
	case sysExit:
		c.exitThread()
		return blocked
	case sysExitGroup:
		c.fatalExit(t.x[10])
	}
	if number >= callWaitEvent {
		return c.serveOwn(t, number)
	}
	return c.serveRest(t, number)
}

func (c *core) futex(t *thread) uintptr {
	const wake = 1 // operation without the private flag
	if t.x[11]&wake != 0 {
		return c.futexWake(t.x[10], t.x[12])
	}
	c.futexWait(t.x[10], t.x[12], t.x[13])
	return blocked
}

func (c *core) serveRest(t *thread, number uintptr) uintptr {
	a := (*[6]uintptr)(ptr(t.addr() + 80)) // A0-A5
	switch number {
	case sysMmap:
		return c.mmap(a[0], a[1], a[2], a[3])
	case sysMunmap:
		return c.munmap(a[0], a[1])
	case sysMadvise:
		return c.madvise(a[0], a[1], a[2])
	case sysSigaction:
		return c.setAction(a[0], a[1], a[2])
	case sysSigprocmask:
		return c.setMask(a[0], a[1], a[2])
	case sysSigaltstack:
		return c.setAltStack(a[0], a[1])
	case sysTkill:
		return c.send(a[0], a[1])
	case sysKill:
		return c.send(t.id, a[1])
	case sysGettid:
		return t.id
	case sysGetpid:
		return 1
	case sysGetaffinity:
		return c.affinity(a[1], a[2])
	case sysGetrandom:
		return c.getrandom(a[0], a[1])
	case sysRead, sysWrite, sysOpenat, sysClose, sysFcntl, sysEventfd2, sysEpollCreate1, sysEpollCtl, sysEpollPwait:
		return c.serveFile(a, number)
	}
	return errno(enosys)
}

// affinity is sched_getaffinity: the runtime counts the bits for GOMAXPROCS. Two
// processors on one hart let the thread that waits for events take one at once
// while a goroutine spins on the other; the planner needs one.
func (c *core) affinity(size, mask uintptr) uintptr {
	if size < 8 {
		return errno(einval)
	}
	procs := uintptr(1<<2 - 1)
	if c.row.Core == layout.Planner {
		procs = 1
	}
	store(mask, procs)
	return 8
}

func (c *core) serveOwn(t *thread, number uintptr) uintptr {
	a := (*[6]uintptr)(ptr(t.addr() + 80)) // A0-A5
	switch number {
	case callWaitEvent:
		c.waitEvent(uint64(a[0]))
		return blocked
	case callMap:
		return c.mapRange(a[0], a[1], a[2], layout.Perm(a[3]))
	case callUnmap:
		return c.unmapRange(a[0], a[1])
	case callNextLeaf:
		return c.nextLeaf(a[0], a[1])
	case callPeekOutput:
		return c.out.peek(a[0], a[1])
	case callDropOutput:
		return c.dropOutput(a[0])
	case callBecome:
		c.become(a[0], a[1])
	case callWatch:
		return c.watch.add((*Peer)(ptr(a[0])))
	case callBareWake:
		c.bareWake((*bareWake)(ptr(a[0])))
		return 0
	case callEnableMessage:
		return c.enableMessage(a[0])
	case callTakeMessage:
		return c.takeMessage()
	case callNewTable:
		return c.newTable(a[0], a[1])
	case callYield:
		c.yield()
		return 0
	case callArm:
		return 0 // leave does it
	case callWriteFirmware:
		return c.writeFirmware(a[0], a[1])
	case callReadFirmware:
		return c.readFirmware()
	case callWaitKick:
		c.waitKick(uint64(a[0]))
		return blocked
	case callKick:
		c.kick()
		return 0
	case callStir:
		c.rnd.stir((*[8]uint32)(ptr(a[0])))
		return 0
	case callFreeze:
		for {
		}
	case callPost:
		c.post(EventLocal)
		return 0
	case callDie:
		c.fatal(layout.Cause(a[0]), 0)
	}
	return errno(enosys)
}
