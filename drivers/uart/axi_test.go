package uart

// axChip models the AXI UART from its Verilog source, in the design of 2020 or the one
// that followed.
type axChip struct {
	fifos
	old     bool
	busy    bool // old: a byte was stored, and no load of the status has found it sent
	control uint32
}

func (c *axChip) irq() bool {
	if c.old {
		return c.control&0x10 != 0 && (len(c.rx) > 0 || c.busy && len(c.tx) == 0)
	}
	return c.control&0x10 != 0 && len(c.rx) > 0 || c.control&0x20 != 0 && len(c.tx) <= 4
}

// Load implements regtest.Model.
func (c *axChip) Load(off uintptr, width int) uint64 {
	if width != 4 {
		c.wrong++
	}
	switch off {
	case 0x00:
		return uint64(c.pop())
	case 0x08:
		c.busy = len(c.tx) > 0
		return boolBit(len(c.rx) > 0) | boolBit(len(c.rx) == c.rxDepth)<<1 |
			boolBit(len(c.tx) == 0)<<2 | boolBit(len(c.tx) == c.txDepth)<<3 | 1<<4
	case 0x0c:
		return uint64(c.control)
	default:
		c.wrong++
	}
	return 0
}

// Store implements regtest.Model.
func (c *axChip) Store(off uintptr, width int, v uint64) {
	switch {
	case width != 4, off == 0x04 && v > 0xff, off == 0x04 && c.control&0x40 != 0: // stopped
		c.wrong++
	case off == 0x04:
		c.send(byte(v))
		c.busy = true
	case off == 0x0c:
		if c.control = uint32(v); c.old {
			c.control &= 0x10
		}
	default:
		c.wrong++
	}
}
