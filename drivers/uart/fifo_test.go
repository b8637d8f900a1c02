package uart

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"atoll/drivers/reg/regtest"
)

// fifos is what the models of the plain chips share: two queues, and a count of what
// a driver must not do.
type fifos struct {
	rx, tx, sent     []byte
	rxDepth, txDepth int
	lost             int // bytes stored into a full FIFO, or taken out of an empty one
	wrong            int // accesses that the chip does not have
}

func (f *fifos) queues() *fifos { return f }

func (f *fifos) send(c byte) {
	if len(f.tx) == f.txDepth {
		f.lost++
		return
	}
	f.tx = append(f.tx, c)
}

func (f *fifos) pop() (c byte) {
	if len(f.rx) == 0 {
		f.lost++
		return 0
	}
	c, f.rx = f.rx[0], f.rx[1:]
	return c
}

// transmit sends up to n bytes down the line.
func (f *fifos) transmit(n int) {
	n = min(n, len(f.tx))
	f.sent, f.tx = append(f.sent, f.tx[:n]...), f.tx[n:]
}

// receive brings a byte down the line, whose sender waits while there is no room.
func (f *fifos) receive(c byte) bool {
	if len(f.rx) == f.rxDepth {
		return false
	}
	f.rx = append(f.rx, c)
	return true
}

// plainChip is a model of a chip.
type plainChip interface {
	regtest.Model
	queues() *fifos
	transmit(n int)
	receive(c byte) bool
	irq() bool
}

// plainChips are the models, one for each chip and for each design of one.
var plainChips = []struct {
	name, compatible string
	make             func() plainChip
}{
	{"SiFive", "sifive,uart0", func() plainChip { return &sfChip{fifos: fifos{rxDepth: 8, txDepth: 8}, ie: 3} }},
	{"LiteX", "litex,liteuart", func() plainChip { return &ltChip{fifos: fifos{rxDepth: 16, txDepth: 16}, enable: 3} }},
	{"AXI", "riscv,axi-uart-1.0", func() plainChip { return &axChip{fifos: fifos{rxDepth: 15, txDepth: 15}, control: 0x70} }},
	{"AXI of 2020", "riscv,axi-uart-1.0", func() plainChip { return &axChip{fifos: fifos{rxDepth: 63, txDepth: 63}, old: true, control: 0x10} }},
}

// eachPlain runs a test on every model, with a port over it that has been initialised.
func eachPlain(t *testing.T, test func(t *testing.T, c plainChip, p Port)) {
	for _, m := range plainChips {
		t.Run(m.name, func(t *testing.T) {
			c := m.make()
			for _, b := range []byte("stale") {
				c.receive(b)
			}
			p, err := New(regtest.New(c), Config{Compatible: m.compatible})
			if err == nil {
				err = p.Init()
			}
			if err != nil {
				t.Fatal(err)
			}
			if f := c.queues(); c.irq() || len(f.rx) != 0 {
				t.Errorf("after Init: irq %v, %d stale bytes", c.irq(), len(f.rx))
			}
			test(t, c, p)
			if f := c.queues(); f.lost+f.wrong != 0 {
				t.Errorf("lost %d bytes, %d wrong accesses", f.lost, f.wrong)
			}
		})
	}
}

// Whatever the pace of the line, all that is written is sent, in order; with
// interrupts nobody looks at the port but when it asks.
// Sabotage: let litex.pending not clear the event.
func TestPlainTransmit(t *testing.T) {
	eachPlain(t, func(t *testing.T, c plainChip, p Port) {
		for _, interrupts := range []bool{false, true} {
			f := c.queues()
			f.sent = nil
			p.EnableInterrupts(interrupts, interrupts)
			next := source(text)
			pace := rand.New(rand.NewPCG(1, 2))
			p.Fill(next)
			for turn := 0; len(f.sent) < len(text); turn++ {
				if turn > 10*len(text) {
					t.Fatalf("interrupts %v: %d of %d bytes sent, and nothing goes on", interrupts, len(f.sent), len(text))
				}
				c.transmit(pace.IntN(f.txDepth + 2))
				if !interrupts || c.irq() && p.HandleInterrupt()&CanSend != 0 {
					p.Fill(next)
				}
				if len(f.tx) == f.txDepth && c.irq() {
					t.Fatal("it interrupts although there is no room")
				}
			}
			for range 2 { // the old AXI chip tells that it is empty
				if c.irq() {
					p.HandleInterrupt()
				}
			}
			if string(f.sent) != text || c.irq() {
				t.Errorf("interrupts %v: irq %v, sent %q", interrupts, c.irq(), f.sent)
			}
		}
	})
}

// A line that takes every byte at once never lets the FIFO fill, so a chip whose
// transmit event is an edge has none. Sabotage: give LiteX axMost instead of ltMost.
func TestPlainTransmitAtOnce(t *testing.T) {
	eachPlain(t, func(t *testing.T, c plainChip, p Port) {
		p.EnableInterrupts(true, true)
		next, f := source(text), c.queues()
		for turn := 0; len(f.sent) < len(text) && turn < len(text); turn++ {
			p.Fill(func() (byte, bool) {
				c.transmit(len(f.tx))
				return next()
			})
			c.transmit(len(f.tx))
			if len(f.sent) < len(text) && !c.irq() {
				t.Fatalf("%d of %d bytes sent, and no interrupt", len(f.sent), len(text))
			}
			p.HandleInterrupt()
		}
		if string(f.sent) != text {
			t.Errorf("sent %q", f.sent)
		}
	})
}

func TestPlainTryWriteByte(t *testing.T) {
	eachPlain(t, func(t *testing.T, c plainChip, p Port) {
		n := 0
		for ; n < 100 && p.TryWriteByte('x'); n++ {
		}
		if f := c.queues(); n != f.txDepth {
			t.Errorf("%d bytes fit, want %d", n, f.txDepth)
		}
	})
}

// Sabotage: leave out masking in fifoPort.receive; let litex.take clear the event
// before it looks whether there is a byte.
func TestPlainReceive(t *testing.T) {
	eachPlain(t, func(t *testing.T, c plainChip, p Port) {
		c.receive('p')
		if b, ok := p.TryReadByte(); !ok || b != 'p' {
			t.Errorf("polled read %q, %v", b, ok)
		}
		if _, ok := p.TryReadByte(); ok {
			t.Error("a byte out of nothing")
		}
		p.EnableInterrupts(true, false)
		var sent, got []byte
		feed := func(n int) {
			for ; n > 0 && len(sent) < 1000 && c.receive(byte(len(sent)*7)); n-- {
				sent = append(sent, byte(len(sent)*7))
			}
		}
		// Nobody reads until the port stops taking bytes.
		for feed(100); c.irq(); feed(100) {
			if e := p.HandleInterrupt(); e != Received {
				t.Fatalf("event %b", e)
			}
		}
		if len(sent) >= 1000 {
			t.Fatal("the buffer never fills")
		}
		// A reader that comes and goes: it reads until there is no more, then waits
		// for an interrupt.
		pace := rand.New(rand.NewPCG(3, 4))
		for turn := 0; len(got) < 1000; turn++ {
			if turn > 10_000 {
				t.Fatalf("read %d of %d bytes, and nothing goes on", len(got), len(sent))
			}
			for b, ok := p.TryReadByte(); ok; b, ok = p.TryReadByte() {
				got = append(got, b)
				feed(pace.IntN(3))
				if pace.IntN(4) == 0 && c.irq() {
					p.HandleInterrupt()
				}
			}
			if feed(1 + pace.IntN(20)); len(got) < len(sent) && !c.irq() {
				t.Fatalf("read %d of %d bytes, and no interrupt", len(got), len(sent))
			}
			if c.irq() {
				p.HandleInterrupt()
			}
		}
		if !bytes.Equal(got, sent) {
			t.Errorf("read %d of %d bytes, or others", len(got), len(sent))
		}
	})
}

func TestPlainSpurious(t *testing.T) {
	eachPlain(t, func(t *testing.T, c plainChip, p Port) {
		p.EnableInterrupts(true, true)
		if e := p.HandleInterrupt(); e != 0 || p.Stats().Spurious != 1 {
			t.Errorf("event %b, stats %+v", e, p.Stats())
		}
	})
}

// A chip that is not there, or one that always asks, ends no loop of ours. A bus
// without a chip reads as ones; what always reads as these never runs out of causes.
func TestPlainStuck(t *testing.T) {
	for _, m := range plainChips {
		p, err := New(regtest.New(regtest.Constant(^uint64(0))), Config{Compatible: m.compatible})
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Init(); err != errAbsent {
			t.Errorf("%s: Init of no chip: %v", m.name, err)
		}
		for _, word := range []uint64{0, 1, 2, 3, 8, 9, 0x1f, 1 << 31, 0x7fffffff} {
			p, _ := New(regtest.New(regtest.Constant(word)), Config{Compatible: m.compatible})
			if err := p.Init(); err != nil {
				t.Fatalf("%s: %v", m.name, err)
			}
			p.EnableInterrupts(true, true)
			if n := p.Fill(func() (byte, bool) { return 'x', true }); n > ltMost {
				t.Errorf("%s, all registers %#x: Fill moved %d bytes", m.name, word, n)
			}
			for range 100 {
				p.HandleInterrupt()
				p.TryReadByte()
			}
		}
	}
}
