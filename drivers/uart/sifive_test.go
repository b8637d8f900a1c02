package uart

import (
	"testing"

	"atoll/drivers/reg/regtest"
)

// sfChip models a SiFive UART from the FU540 manual.
type sfChip struct {
	fifos
	txctrl, rxctrl, ie uint32
}

func (c *sfChip) ip() uint32 {
	var v uint32
	if len(c.tx) < int(c.txctrl>>16&7) {
		v |= 1
	}
	if len(c.rx) > int(c.rxctrl>>16&7) {
		v |= 2
	}
	return v
}

func (c *sfChip) irq() bool { return c.ip()&c.ie != 0 }

// Load implements regtest.Model.
func (c *sfChip) Load(off uintptr, width int) uint64 {
	if width != 4 {
		c.wrong++
	}
	switch off {
	case 0x00:
		if len(c.tx) >= c.txDepth {
			return 1 << 31
		}
	case 0x04:
		if len(c.rx) == 0 {
			return 1 << 31
		}
		return uint64(c.pop())
	case 0x10:
		return uint64(c.ie)
	case 0x14:
		return uint64(c.ip())
	default:
		c.wrong++
	}
	return 0
}

// Store implements regtest.Model.
func (c *sfChip) Store(off uintptr, width int, v uint64) {
	switch {
	case width != 4, off == 0x00 && c.txctrl&1 == 0: // not enabled
		c.wrong++
	case off == 0x00:
		c.send(byte(v))
	case off == 0x08:
		c.txctrl = uint32(v)
	case off == 0x0c:
		c.rxctrl = uint32(v)
	case off == 0x10:
		c.ie = uint32(v)
	default: // the divisor is firmware's
		c.wrong++
	}
}

func openSF(t *testing.T, m regtest.Model) Port {
	t.Helper()
	p, err := New(regtest.New(m), Config{Compatible: "sifive,uart0"})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Init(); err != nil {
		t.Fatal(err)
	}
	return p
}

// sfStuck always reports both interrupts; rxdata gives a constant.
type sfStuck struct {
	rxdata uint64
	ie     uint32
}

func (s *sfStuck) Load(off uintptr, _ int) uint64 {
	switch off {
	case 0x04:
		return s.rxdata
	case 0x14:
		return 3
	}
	return 0
}

func (s *sfStuck) Store(off uintptr, _ int, v uint64) {
	if off == 0x10 {
		s.ie = uint32(v)
	}
}

func TestSiFiveStuck(t *testing.T) {
	for _, rxdata := range []uint64{'z', 1 << 31} { // bytes for ever, never one
		s := &sfStuck{rxdata: rxdata}
		p := openSF(t, s)
		p.EnableInterrupts(true, true)
		if n := p.Fill(func() (byte, bool) { return 'x', true }); n != sfFIFODepth {
			t.Errorf("Fill moved %d bytes", n)
		}
		for range fifoFruitless {
			p.HandleInterrupt()
		}
		if s.ie != 0 {
			t.Errorf("rxdata %#x: interrupts go on, ie %#x", rxdata, s.ie)
		}
	}
}
