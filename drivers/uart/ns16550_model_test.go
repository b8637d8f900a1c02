package uart

// nsChip models a 16550 or a DW_apb_uart from their data sheets: FIFOs, THRE,
// the interrupt causes by priority and how each is cleared, and DesignWare's
// busy detect.
type nsChip struct {
	shift, width int  // expected by the test
	fifoSize     int  // 16, or 1 for a chip without FIFOs
	dw           bool // refuses LCR while busy, raises busy detect

	rx      []byte // received, not read
	rxFlags []byte // LSR error bits of each received byte
	tx      []byte // in the transmit FIFO
	sent    []byte // on the wire

	ier, lcr, mcr, fcr byte
	overrun            bool
	thrPending         bool // THRE interrupt not yet cleared
	modemPending       bool
	busyDetect         bool
	busyFor            int // stores to LCR that find the chip busy
	timeoutBug         bool
	sends              bool // a byte goes onto the wire with each load of LSR
	latch              int  // accesses to the divisor latches
	wrong              int  // accesses of a wrong width or place
	lost               int  // bytes written to a full transmitter
}

func (c *nsChip) fifoOn() bool { return c.fcr&1 != 0 && c.fifoSize > 1 }

func (c *nsChip) capacity() int {
	if c.fifoOn() {
		return c.fifoSize
	}
	return 1
}

// trigger is how many received bytes interrupt at once.
func (c *nsChip) trigger() int {
	if !c.fifoOn() {
		return 1
	}
	return [4]int{1, 4, 8, 14}[c.fcr>>6]
}

// receive is a byte coming in, with LSR error bits.
func (c *nsChip) receive(b, flags byte) {
	if len(c.rx) >= c.capacity() {
		c.overrun = true
		return
	}
	c.rx, c.rxFlags = append(c.rx, b), append(c.rxFlags, flags)
}

// transmit moves up to n bytes onto the wire.
func (c *nsChip) transmit(n int) {
	n = min(n, len(c.tx))
	c.sent, c.tx = append(c.sent, c.tx[:n]...), c.tx[n:]
	if n > 0 && len(c.tx) == 0 {
		c.thrPending = true
	}
}

func (c *nsChip) lsr() byte {
	var v byte
	if len(c.rx) > 0 {
		v |= 1 | c.rxFlags[0]
	}
	if c.overrun {
		v |= 2
	}
	if len(c.tx) == 0 {
		v |= 0x60
	}
	return v
}

// cause is the highest pending interrupt that IER lets through, as in IIR.
func (c *nsChip) cause() byte {
	switch {
	case c.busyDetect:
		return 7
	case c.ier&4 != 0 && c.lsr()&0x1e != 0:
		return 6
	case c.ier&1 != 0 && c.timeoutBug:
		return 0xc
	case c.ier&1 != 0 && len(c.rx) >= c.trigger():
		return 4
	case c.ier&1 != 0 && len(c.rx) > 0: // as if 4 byte times had passed
		return 0xc
	case c.ier&2 != 0 && c.thrPending:
		return 2
	case c.ier&8 != 0 && c.modemPending:
		return 0
	}
	return 1
}

// irq is the interrupt line.
func (c *nsChip) irq() bool { return c.cause() != 1 }

// number returns the register of an access, or -1 and counts it as wrong.
func (c *nsChip) number(off uintptr, width int) int {
	n := int(off) >> c.shift
	if width != c.width || n<<c.shift != int(off) || n > 7 && !(c.dw && n == 0x1f) {
		c.wrong++
		return -1
	}
	if n < 2 && c.lcr&0x80 != 0 {
		c.latch++
		return -1
	}
	return n
}

// Load implements regtest.Model.
func (c *nsChip) Load(off uintptr, width int) uint64 {
	switch c.number(off, width) {
	case 0:
		c.timeoutBug = false
		if len(c.rx) == 0 {
			return 0
		}
		b := c.rx[0]
		c.rx, c.rxFlags = c.rx[1:], c.rxFlags[1:]
		return uint64(b)
	case 1:
		return uint64(c.ier)
	case 2:
		v := c.cause()
		if v == 2 {
			c.thrPending = false
		}
		if c.fifoOn() {
			v |= 0xc0
		}
		return uint64(v)
	case 3:
		return uint64(c.lcr)
	case 5:
		v := c.lsr()
		if c.sends {
			c.transmit(1)
		}
		c.overrun = false
		if len(c.rx) > 0 {
			c.rxFlags[0] = 0
		}
		return uint64(v)
	case 6:
		c.modemPending = false
	case 0x1f:
		c.busyDetect = false
	}
	return 0
}

// Store implements regtest.Model.
func (c *nsChip) Store(off uintptr, width int, v uint64) {
	b := byte(v)
	switch c.number(off, width) {
	case 0:
		if len(c.tx) >= c.capacity() {
			c.lost++
			return
		}
		c.tx, c.thrPending = append(c.tx, b), false
	case 1:
		if b&2 != 0 && c.ier&2 == 0 && len(c.tx) == 0 {
			c.thrPending = true
		}
		c.ier = b
	case 2:
		if b&2 != 0 {
			c.rx, c.rxFlags = nil, nil
		}
		if b&4 != 0 {
			c.tx = nil
		}
		c.fcr = b
	case 3:
		if c.dw && c.busyFor > 0 {
			c.busyFor--
			c.busyDetect = true
			return
		}
		c.lcr = b
	case 4:
		c.mcr = b
	}
}
