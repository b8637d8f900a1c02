package shim

import "atoll/arch/sbi"

// outRing holds what the instance has written to its standard output and error
// until the event loop fetches it. The planner has no event loop: what it writes
// goes to the firmware's console at once, and so does what a dying instance does.
type outRing struct {
	head, tail uintptr // bytes ever read and written
	ring       uintptr // 0: write to the firmware's console
	buf        [outBytes]byte
}

const outBytes = 16 << 10

// write is the write call of descriptors 1, 2 and the poller's event.
func (c *core) write(fd, buf, n uintptr) uintptr {
	switch {
	case fd == fdEvent && n >= 8:
		c.pollSignal(load(buf))
		return 8
	case fd != fdOutput && fd != fdError:
		return errno(ebadf)
	}
	o := &c.out
	if o.ring == 0 {
		for i := uintptr(0); i < n; i++ {
			sbi.ConsolePutchar(*(*byte)(ptr(buf + i)))
		}
		return n
	}
	if o.tail-o.head == outBytes {
		if fd == fdError || c.depth > 1 {
			o.flush() // perhaps last words: nobody may be left to fetch them
		} else {
			const pause = 10e6 // ns
			c.post(EventOutput)
			c.block(threadOutput, 0, c.after(0, pause))
			return blocked
		}
	}
	n = min(n, outBytes-(o.tail-o.head))
	for i := uintptr(0); i < n; i++ {
		o.buf[(o.tail+i)%outBytes] = *(*byte)(ptr(buf + i))
	}
	o.tail += n
	c.post(EventOutput)
	return n
}

// peek copies up to n bytes of the ring to buf.
func (o *outRing) peek(buf, n uintptr) uintptr {
	n = min(n, o.tail-o.head)
	for i := uintptr(0); i < n; i++ {
		*(*byte)(ptr(buf + i)) = o.buf[(o.head+i)%outBytes]
	}
	return n
}

// flush writes the ring to the firmware's console.
func (o *outRing) flush() {
	for ; o.head != o.tail; o.head++ {
		sbi.ConsolePutchar(o.buf[o.head%outBytes])
	}
}
