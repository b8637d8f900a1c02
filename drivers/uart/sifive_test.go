package uart

import (
	"bytes"
	"testing"

	"atoll/drivers/reg/regtest"
)

// sfChip models a SiFive UART from the FU540 manual.
type sfChip struct {
	rx, tx, sent           []byte
	txctrl, rxctrl, ie     uint32
	lost, wrong, unenabled int
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

func (c *sfChip) transmit(n int) {
	n = min(n, len(c.tx))
	c.sent, c.tx = append(c.sent, c.tx[:n]...), c.tx[n:]
}

// Load implements regtest.Model.
func (c *sfChip) Load(off uintptr, width int) uint64 {
	if width != 4 {
		c.wrong++
	}
	switch off {
	case 0x00:
		if len(c.tx) >= 8 {
			return 1 << 31
		}
	case 0x04:
		if len(c.rx) == 0 {
			return 1 << 31
		}
		b := c.rx[0]
		c.rx = c.rx[1:]
		return uint64(b)
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
	case width != 4:
		c.wrong++
	case off == 0x00 && c.txctrl&1 == 0:
		c.unenabled++
	case off == 0x00 && len(c.tx) >= 8:
		c.lost++
	case off == 0x00:
		c.tx = append(c.tx, byte(v))
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

func TestSiFiveTransmit(t *testing.T) {
	for _, interrupts := range []bool{false, true} {
		c := &sfChip{ie: 3, rx: []byte("stale")}
		p := openSF(t, c)
		if c.irq() || len(c.rx) != 0 {
			t.Errorf("after Init: irq %v, %d stale bytes", c.irq(), len(c.rx))
		}
		p.EnableInterrupts(false, interrupts)
		next := source(text)
		for range 100 {
			p.Fill(next)
			c.transmit(8)
			if interrupts != c.irq() && len(c.sent) < len(text) {
				t.Fatalf("interrupts %v, irq %v after %d bytes", interrupts, c.irq(), len(c.sent))
			}
			if c.irq() && (p.HandleInterrupt() != CanSend || c.irq()) {
				t.Fatal("the transmit interrupt was not taken")
			}
		}
		if string(c.sent) != text || c.lost+c.wrong+c.unenabled != 0 || c.irq() {
			t.Errorf("sent %q, lost %d, wrong %d, before enable %d, irq %v", c.sent, c.lost, c.wrong, c.unenabled, c.irq())
		}
	}
}

func TestSiFiveTryWriteByte(t *testing.T) {
	c := &sfChip{}
	p := openSF(t, c)
	n := 0
	for ; n < 100 && p.TryWriteByte('x'); n++ {
	}
	if n != 8 || c.lost != 0 {
		t.Errorf("%d bytes fit, want 8; lost %d", n, c.lost)
	}
}

func TestSiFiveReceive(t *testing.T) {
	c := &sfChip{}
	p := openSF(t, c)
	c.rx = []byte("p")
	if b, ok := p.TryReadByte(); !ok || b != 'p' {
		t.Errorf("polled read %q, %v", b, ok)
	}
	if _, ok := p.TryReadByte(); ok {
		t.Error("a byte out of nothing")
	}
	p.EnableInterrupts(true, false)
	var sent, got []byte
	feed := func() {
		for len(c.rx) < 8 && len(sent) < 1000 {
			sent = append(sent, byte(len(sent)*7))
			c.rx = append(c.rx, sent[len(sent)-1])
		}
	}
	// Nobody reads until the port stops taking bytes.
	for feed(); c.irq(); feed() {
		if e := p.HandleInterrupt(); e != Received {
			t.Fatalf("event %b", e)
		}
	}
	if len(sent) >= 1000 {
		t.Fatal("the buffer never fills")
	}
	for b, ok := p.TryReadByte(); ok; b, ok = p.TryReadByte() {
		got = append(got, b)
		if feed(); c.irq() {
			p.HandleInterrupt()
		}
	}
	if !bytes.Equal(got, sent) || len(sent) != 1000 || c.wrong != 0 {
		t.Errorf("read %d of %d bytes, %d wrong accesses", len(got), len(sent), c.wrong)
	}
}

func TestSiFiveSpurious(t *testing.T) {
	p := openSF(t, &sfChip{})
	p.EnableInterrupts(true, true)
	if e := p.HandleInterrupt(); e != 0 || p.Stats().Spurious != 1 {
		t.Errorf("event %b, stats %+v", e, p.Stats())
	}
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
		if n := p.Fill(func() (byte, bool) { return 'x', true }); n != 8 {
			t.Errorf("Fill moved %d bytes", n)
		}
		for range sfFruitless {
			p.HandleInterrupt()
		}
		if s.ie != 0 {
			t.Errorf("rxdata %#x: interrupts go on, ie %#x", rxdata, s.ie)
		}
	}
	p, err := New(regtest.New(regtest.Constant(^uint64(0))), Config{Compatible: "sifive,uart0"})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Init(); err != errAbsent {
		t.Errorf("Init of no chip: %v", err)
	}
}
