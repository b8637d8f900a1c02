package uart

import (
	"testing"

	"atoll/drivers/reg/regtest"
)

func TestLineErrorsAreCounted(t *testing.T) {
	c, p := virt(t)
	p.EnableInterrupts(true, false)
	c.receive('p', 4)  // parity
	c.receive('f', 8)  // framing
	c.receive(0, 16|8) // a break
	for range 14 {
		c.receive('o', 0) // the last one does not fit
	}
	if e := p.HandleInterrupt(); e != Received|LineError || c.irq() {
		t.Errorf("event %b, irq %v", e, c.irq())
	}
	if got, want := p.Stats(), (Stats{Overruns: 1, Bad: 2, Breaks: 1}); got != want {
		t.Errorf("stats %+v, want %+v", got, want)
	}
}

func TestSpuriousInterrupt(t *testing.T) {
	_, p := virt(t)
	p.EnableInterrupts(true, true)
	if e := p.HandleInterrupt(); e != 0 || p.Stats().Spurious != 1 {
		t.Errorf("event %b, stats %+v", e, p.Stats())
	}
}

func TestModemInterruptIsCleared(t *testing.T) {
	c, p := virt(t)
	c.ier, c.modemPending = 8, true
	if e := p.HandleInterrupt(); e != 0 || c.irq() {
		t.Errorf("event %b, irq %v", e, c.irq())
	}
}

func designWare(t *testing.T, busyFor int) (*nsChip, Port) {
	t.Helper()
	c := nsChip{shift: 2, width: 4, fifoSize: 16, dw: true, lcr: 0x83, busyFor: busyFor}
	p, err := New(regtest.New(&c), Config{Compatible: "snps,dw-apb-uart", Shift: 2, Width: 4})
	if err != nil {
		t.Fatal(err)
	}
	return &c, p
}

func TestDesignWareBusyAtInit(t *testing.T) {
	c, p := designWare(t, 3)
	if err := p.Init(); err != nil || c.lcr != 3 || c.busyDetect || c.latch != 0 {
		t.Errorf("Init: %v, lcr %#x, busy detect %v, divisor accesses %d", err, c.lcr, c.busyDetect, c.latch)
	}
	c, p = designWare(t, 1<<30)
	if err := p.Init(); err != errLineControl || c.latch != 0 {
		t.Errorf("Init of a chip that stays busy: %v", err)
	}
}

func TestDesignWareBusyInterrupt(t *testing.T) {
	c, p := designWare(t, 0)
	if err := p.Init(); err != nil {
		t.Fatal(err)
	}
	p.EnableInterrupts(true, true)
	c.busyDetect = true
	c.receive('b', 0)
	if e := p.HandleInterrupt(); e != Received || c.irq() || p.Stats().Busy != 1 {
		t.Errorf("event %b, irq %v, stats %+v", e, c.irq(), p.Stats())
	}
	if b, ok := p.TryReadByte(); !ok || b != 'b' {
		t.Errorf("read %q, %v", b, ok)
	}
}

func TestDesignWareTimeoutWithoutByte(t *testing.T) {
	c, p := designWare(t, 0)
	if err := p.Init(); err != nil {
		t.Fatal(err)
	}
	p.EnableInterrupts(true, true)
	c.timeoutBug = true
	if e := p.HandleInterrupt(); e != 0 || c.irq() || p.Stats().Stuck != 0 {
		t.Errorf("event %b, irq %v, stats %+v", e, c.irq(), p.Stats())
	}
}

// stuck is a 16550 whose LCR works and whose other registers give constants.
type stuck struct {
	iir, lsr byte
	lcr, ier byte
	loads    int
}

func (s *stuck) Load(off uintptr, _ int) uint64 {
	s.loads++
	switch off {
	case 2:
		return uint64(s.iir)
	case 3:
		return uint64(s.lcr)
	case 5:
		return uint64(s.lsr)
	}
	return 'z'
}

func (s *stuck) Store(off uintptr, _ int, v uint64) {
	switch off {
	case 1:
		s.ier = byte(v)
	case 3:
		s.lcr = byte(v)
	}
}

// Whatever a broken chip claims, every call ends, and an interrupt that does not
// clear is masked.
func TestStuckChip(t *testing.T) {
	for iir := range byte(16) {
		for _, lsr := range []byte{0, 1, 0x20, 0x60, 0x9f, 0xff} {
			s := &stuck{iir: iir | 0xc0, lsr: lsr}
			p, err := New(regtest.New(s), Config{Compatible: "ns16550a"})
			if err != nil {
				t.Fatal(err)
			}
			if err := p.Init(); err != nil {
				t.Fatalf("iir %#x lsr %#x: %v", iir, lsr, err)
			}
			p.EnableInterrupts(true, true)
			if n := p.Fill(func() (byte, bool) { return 'x', true }); n > nsFIFODepth {
				t.Errorf("iir %#x lsr %#x: Fill moved %d bytes", iir, lsr, n)
			}
			p.HandleInterrupt()
			if iir&1 == 0 && (p.Stats().Stuck != 1 || s.ier != 0) {
				t.Errorf("iir %#x lsr %#x: not masked: ier %#x, %+v", iir, lsr, s.ier, p.Stats())
			}
			if s.loads > nsSend+2000 {
				t.Errorf("iir %#x lsr %#x: %d loads", iir, lsr, s.loads)
			}
		}
	}
}

func TestAbsentChip(t *testing.T) {
	for v, want := range map[regtest.Constant]error{
		regtest.Constant(^uint64(0)): errAbsent,
		0:                            errLineControl,
	} {
		for _, config := range []Config{{"ns16550a", 0, 1}, {"snps,dw-apb-uart", 2, 4}} {
			p, err := New(regtest.New(v), config)
			if err != nil {
				t.Fatal(err)
			}
			if err := p.Init(); err != want {
				t.Errorf("Init of %v with all bits %#x: %v, want %v", config, uint64(v), err, want)
			}
		}
	}
}
