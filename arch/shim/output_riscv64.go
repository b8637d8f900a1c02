package shim

// outRing holds what the instance has written to its standard output and error
// until the event loop fetches it. The planner has no event loop: what it writes
// goes to the firmware's console at once.
type outRing struct {
	head, tail uintptr // bytes ever read and written
	ring       uintptr // 0: write to the firmware's console
	stuck      uintptr // nobody has fetched anything although a writer waited
	buf        [outBytes]byte
}

const outBytes = 16 << 10

// outputPause is how long a writer waits for room, ns.
const outputPause = 10e6

// write is the write call of descriptors 1, 2 and the poller's event.
func (c *core) write(fd, buf, n uintptr) uintptr {
	o := &c.out
	switch {
	case fd == fdEvent && n >= 8:
		c.pollSignal(load(buf))
		return 8
	case fd != fdOutput && fd != fdError:
		return errno(ebadf)
	case o.ring == 0 || c.alone != 0 && n > o.room():
		c.flushOutput()
		return c.writeFirmware(buf, n)
	case fd == fdError && n > o.room() && n <= outBytes, o.room() == 0:
		return c.writeFull(fd, buf, n)
	}
	n = min(n, o.room())
	for i := uintptr(0); i < n; i++ {
		o.buf[(o.tail+i)%outBytes] = *(*byte)(ptr(buf + i))
	}
	o.tail += n
	c.post(EventOutput)
	return n
}

// writeFull waits for room in the ring and then begins the call anew. Standard
// error is the runtime's: it ignores a short count, and its last words come when
// the event loop may not run any more. If nobody fetches anything while it waits,
// they go to the crash page, behind what was in the ring.
func (c *core) writeFull(fd, buf, n uintptr) uintptr {
	o := &c.out
	if fd == fdError && o.stuck != 0 {
		w := c.lastWords()
		if c.traceOn == 1 {
			w.keep = eventBytes
		}
		for ; o.head != o.tail; o.head++ {
			w.byte(o.buf[o.head%outBytes])
		}
		for i := uintptr(0); i < n; i++ {
			w.byte(*(*byte)(ptr(buf + i)))
		}
		return n
	}
	c.post(EventOutput)
	c.current().again = 1
	c.block(threadOutput, 0, c.after(0, outputPause))
	return blocked
}

func (o *outRing) room() uintptr { return outBytes - (o.tail - o.head) }

// drop takes n bytes out of the ring and wakes who waits for room.
func (c *core) dropOutput(n uintptr) uintptr {
	o := &c.out
	o.head += min(n, o.tail-o.head)
	o.stuck = 0
	for i := uintptr(0); i < c.sched.nthreads; i++ {
		if t := threadAt(slot(i)); t.state == threadOutput {
			c.ready(t, 0, false)
		}
	}
	return 0
}

// peek copies up to n bytes of the ring to buf.
func (o *outRing) peek(buf, n uintptr) uintptr {
	n = min(n, o.tail-o.head)
	for i := uintptr(0); i < n; i++ {
		*(*byte)(ptr(buf + i)) = o.buf[(o.head+i)%outBytes]
	}
	return n
}

// flushOutput writes the ring to the firmware's console.
func (c *core) flushOutput() {
	for o := &c.out; o.head != o.tail; o.head++ {
		c.firmware.Put(o.buf[o.head%outBytes])
	}
	c.firmware.Flush()
}

// writeFirmware writes n bytes to the firmware's console.
func (c *core) writeFirmware(buf, n uintptr) uintptr {
	for i := uintptr(0); i < n; i++ {
		c.firmware.Put(*(*byte)(ptr(buf + i)))
	}
	c.firmware.Flush()
	return n
}

// readFirmware returns the next byte typed at the firmware's console, or noInput.
func (c *core) readFirmware() uintptr {
	if b, ok := c.firmware.Get(); ok {
		return uintptr(b)
	}
	return noInput
}

// noInput is what no byte is.
const noInput = 1 << 8
