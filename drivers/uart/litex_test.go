package uart

// ltChip models a LiteX UART from the generator's source: a byte leaves the receive
// FIFO when its event is cleared, and both events are edges that are kept.
type ltChip struct {
	fifos
	pending, enable uint32
}

func (c *ltChip) irq() bool { return c.pending&c.enable != 0 }

func (c *ltChip) receive(b byte) bool {
	empty := len(c.rx) == 0
	ok := c.fifos.receive(b)
	if ok && empty {
		c.pending |= 2
	}
	return ok
}

func (c *ltChip) transmit(n int) {
	full := len(c.tx) == c.txDepth
	c.fifos.transmit(n)
	if full && len(c.tx) < c.txDepth {
		c.pending |= 1
	}
}

// Load implements regtest.Model.
func (c *ltChip) Load(off uintptr, width int) uint64 {
	if width != 4 {
		c.wrong++
	}
	switch off {
	case 0x00: // the head stays
		if len(c.rx) > 0 {
			return uint64(c.rx[0])
		}
	case 0x04:
		return boolBit(len(c.tx) == c.txDepth)
	case 0x08:
		return boolBit(len(c.rx) == 0)
	case 0x0c:
		return boolBit(len(c.tx) == c.txDepth) | boolBit(len(c.rx) == 0)<<1
	case 0x10:
		return uint64(c.pending)
	case 0x14:
		return uint64(c.enable)
	default:
		c.wrong++
	}
	return 0
}

// Store implements regtest.Model.
func (c *ltChip) Store(off uintptr, width int, v uint64) {
	switch {
	case width != 4:
		c.wrong++
	case off == 0x00:
		c.send(byte(v))
	case off == 0x10:
		c.pending &^= uint32(v)
		if v&2 != 0 {
			c.pop()
		}
	case off == 0x14:
		c.enable = uint32(v)
	default:
		c.wrong++
	}
}

func boolBit(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}
