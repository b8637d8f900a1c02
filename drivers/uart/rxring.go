package uart

// rxRing keeps received bytes between the interrupt and the reader. Its size is
// a power of two, so that the free-running indices wrap with it.
type rxRing struct {
	buf        [256]byte
	head, tail uint32 // next to take, next to put
}

func (r *rxRing) empty() bool { return r.head == r.tail }
func (r *rxRing) full() bool  { return r.tail-r.head == uint32(len(r.buf)) }

// put adds a byte; the ring must not be full.
func (r *rxRing) put(c byte) {
	r.buf[r.tail%uint32(len(r.buf))] = c
	r.tail++
}

func (r *rxRing) get() (byte, bool) {
	if r.empty() {
		return 0, false
	}
	c := r.buf[r.head%uint32(len(r.buf))]
	r.head++
	return c, true
}
