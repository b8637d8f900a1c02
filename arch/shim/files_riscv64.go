package shim

// Descriptors that the runtime knows: the console, and those of its network
// poller. There are no files.
const (
	fdInput  = 0
	fdOutput = 1
	fdError  = 2
	fdEpoll  = 3
	fdEvent  = 4
)

// eventfd is the runtime's way to wake its own poller.
type eventfd struct {
	count uintptr
	data  uintptr // what epoll_ctl attached to it
	added uintptr
}

func (c *core) serveFile(a *[6]uintptr, number uintptr) uintptr {
	switch number {
	case sysWrite:
		return c.write(a[0], a[1], a[2])
	case sysRead:
		return c.readFile(a[0], a[1], a[2])
	case sysFcntl:
		const rdwr = 2
		if a[0] <= fdEvent {
			return rdwr // F_GETFL; also F_GETFD of the runtime's start
		}
		return errno(ebadf)
	case sysClose:
		if a[0] <= fdEvent {
			return 0
		}
		return errno(ebadf)
	case sysOpenat:
		return errno(enoent)
	case sysEpollCreate1:
		return fdEpoll
	case sysEventfd2:
		return fdEvent
	case sysEpollCtl:
		return c.pollControl(a[1], a[2], a[3])
	}
	return c.pollWait(a[1], int32(a[3]))
}

func (c *core) readFile(fd, buf, n uintptr) uintptr {
	switch {
	case fd == fdInput:
		return 0 // end of file: the console is the event loop's
	case fd == fdEvent && n >= 8:
		if c.poll.count == 0 {
			return errno(eagain)
		}
		store(buf, c.poll.count)
		c.poll.count = 0
		return 8
	}
	return errno(ebadf)
}

// pollControl is epoll_ctl for the one descriptor that can be polled.
func (c *core) pollControl(op, fd, event uintptr) uintptr {
	const add, eperm = 1, 1
	if fd != fdEvent {
		return errno(eperm) // as for a regular file: Go then uses blocking calls
	}
	c.poll.added = 0
	if op == add {
		c.poll.added = 1
		c.poll.data = load(event + 8)
	}
	return 0
}

// pollWait is epoll_pwait, with a bound in milliseconds; -1 = none.
func (c *core) pollWait(events uintptr, ms int32) uintptr {
	if c.poll.count != 0 && c.poll.added != 0 {
		c.pollFill(events)
		return 1
	}
	if ms == 0 {
		return 0
	}
	until := uint64(0)
	if ms > 0 {
		until = c.after(uint64(ms)/1000, uint64(ms)%1000*1e6)
	}
	c.current().arg = events
	c.block(threadPoll, 0, until)
	return blocked
}

func (c *core) pollFill(events uintptr) {
	const epollIn = 1
	store(events, epollIn)
	store(events+8, c.poll.data)
}

// pollSignal adds to the event descriptor and wakes who polls it.
func (c *core) pollSignal(v uintptr) {
	c.poll.count += v
	for i := uintptr(0); i < c.sched.nthreads; i++ {
		if t := threadAt(slot(i)); t.state == threadPoll {
			c.pollFill(t.arg)
			c.ready(t, 1, false)
			return
		}
	}
}
