package uart

import (
	"bytes"
	"testing"

	"atoll/drivers/reg/regtest"
)

// variants are the register layouts of the boards.
var variants = []struct {
	name   string
	config Config
	chip   nsChip
}{
	{"virt", Config{"ns16550a", 0, 1}, nsChip{shift: 0, width: 1, fifoSize: 16}},
	{"virt without width", Config{"ns16550a", 0, 0}, nsChip{shift: 0, width: 1, fifoSize: 16}},
	{"icicle", Config{"ns16550a", 2, 4}, nsChip{shift: 2, width: 4, fifoSize: 16}},
	{"shift 2, bytes", Config{"ns16550", 2, 1}, nsChip{shift: 2, width: 1, fifoSize: 16}},
	{"no FIFO", Config{"ns16550", 0, 1}, nsChip{shift: 0, width: 1, fifoSize: 1}},
	{"visionfive", Config{"snps,dw-apb-uart", 2, 4}, nsChip{shift: 2, width: 4, fifoSize: 16, dw: true}},
}

// open returns an initialised port in front of the chip.
func open(t *testing.T, config Config, c *nsChip) Port {
	t.Helper()
	p, err := New(regtest.New(c), config)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Init(); err != nil {
		t.Fatal(err)
	}
	return p
}

// virt returns a plain 16550A and its port.
func virt(t *testing.T) (*nsChip, Port) {
	t.Helper()
	c := variants[0].chip
	return &c, open(t, variants[0].config, &c)
}

// source returns a next function over the text.
func source(text string) func() (byte, bool) {
	i := 0
	return func() (byte, bool) {
		if i == len(text) {
			return 0, false
		}
		i++
		return text[i-1], true
	}
}

const text = "The water between the islands carries every message, and nothing else does."

func TestInitKeepsTheDivisor(t *testing.T) {
	for _, v := range variants {
		c := v.chip
		c.lcr, c.ier, c.rx, c.rxFlags = 0x83, 0x0f, []byte{1}, []byte{0}
		open(t, v.config, &c)
		if c.latch != 0 || c.wrong != 0 {
			t.Errorf("%s: %d accesses to the divisor, %d outside the registers", v.name, c.latch, c.wrong)
		}
		if c.lcr != 3 || c.ier != 0 || c.fcr&1 == 0 || c.mcr != 0xb || len(c.rx) != 0 || c.irq() {
			t.Errorf("%s: after Init lcr %#x ier %#x fcr %#x mcr %#x rx %d irq %v",
				v.name, c.lcr, c.ier, c.fcr, c.mcr, len(c.rx), c.irq())
		}
	}
}

// What firmware had still to send is sent: it tells where a boot has stopped.
// Sabotage: leave out step 2 of Init.
func TestInitLetsFirmwareFinish(t *testing.T) {
	for _, v := range variants {
		c := v.chip
		c.tx, c.sends = []byte("console of")[:min(10, c.fifoSize)], true
		want := string(c.tx)
		if open(t, v.config, &c); string(c.sent) != want {
			t.Errorf("%s: %q of %q is sent", v.name, c.sent, want)
		}
	}
}

func TestPolled(t *testing.T) {
	for _, v := range variants {
		c := v.chip
		p := open(t, v.config, &c)
		next, total := source(text), 0
		for range len(text) + 2 {
			total += p.Fill(next)
			c.transmit(len(c.tx))
		}
		if total != len(text) || string(c.sent) != text || c.lost != 0 {
			t.Errorf("%s: sent %q in %d bytes, lost %d", v.name, c.sent, total, c.lost)
		}
		if c.ier != 0 {
			t.Errorf("%s: polled output left ier %#x", v.name, c.ier)
		}
		if _, ok := p.TryReadByte(); ok {
			t.Errorf("%s: a byte out of nothing", v.name)
		}
		c.receive('k', 0)
		if b, ok := p.TryReadByte(); !ok || b != 'k' {
			t.Errorf("%s: read %q, %v", v.name, b, ok)
		}
		if c.wrong != 0 {
			t.Errorf("%s: %d accesses outside the registers", v.name, c.wrong)
		}
	}
}

func TestFillUsesTheWholeFIFO(t *testing.T) {
	c, p := virt(t)
	next := source(text)
	if n := p.Fill(next); n != 16 || len(c.tx) != 16 {
		t.Fatalf("first Fill moved %d bytes", n)
	}
	if n := p.Fill(next); n != 0 {
		t.Errorf("Fill moved %d bytes into a full FIFO", n)
	}
	c.transmit(5) // not empty yet, so THRE is down
	if n := p.Fill(next); n != 0 || c.lost != 0 {
		t.Errorf("Fill moved %d bytes without THRE, lost %d", n, c.lost)
	}
}

func TestTryWriteByte(t *testing.T) {
	for _, v := range variants {
		c := v.chip
		p := open(t, v.config, &c)
		n := 0
		for p.TryWriteByte('x') {
			if n++; n > 100 {
				t.Fatal("the FIFO takes everything")
			}
		}
		if n != c.fifoSize || c.lost != 0 {
			t.Errorf("%s: %d bytes fit, want %d; lost %d", v.name, n, c.fifoSize, c.lost)
		}
		c.transmit(n)
		if !p.TryWriteByte('y') {
			t.Errorf("%s: no room in an empty transmitter", v.name)
		}
	}
}

// The transmit interrupt is on exactly while output waits for room.
func TestTransmitByInterrupt(t *testing.T) {
	for _, v := range variants {
		c := v.chip
		p := open(t, v.config, &c)
		p.EnableInterrupts(true, true)
		next := source(text)
		if c.irq() {
			t.Errorf("%s: an interrupt with nothing to send", v.name)
		}
		p.Fill(next)
		rounds := 0
		for c.transmit(16); c.irq() && rounds < 200; c.transmit(16) {
			if e := p.HandleInterrupt(); e != CanSend {
				t.Fatalf("%s: event %b, want CanSend", v.name, e)
			}
			if c.irq() {
				t.Fatalf("%s: the line is still up after HandleInterrupt", v.name)
			}
			p.Fill(next)
			rounds++
		}
		if string(c.sent) != text || c.ier&2 != 0 || c.lost != 0 {
			t.Errorf("%s: sent %q, ier %#x, lost %d", v.name, c.sent, c.ier, c.lost)
		}
		if want := (len(text) + c.fifoSize - 1) / c.fifoSize; rounds > want {
			t.Errorf("%s: %d interrupts for %d bytes, want at most %d", v.name, rounds, len(text), want)
		}
	}
}

func TestReceiveByInterrupt(t *testing.T) {
	for _, v := range variants {
		c := v.chip
		p := open(t, v.config, &c)
		p.EnableInterrupts(true, false)
		var got []byte
		for i := 0; i < len(text); i += c.fifoSize {
			for _, b := range []byte(text[i:min(i+c.fifoSize, len(text))]) {
				c.receive(b, 0)
			}
			if e := p.HandleInterrupt(); e != Received || c.irq() {
				t.Fatalf("%s: event %b, irq %v", v.name, e, c.irq())
			}
			for b, ok := p.TryReadByte(); ok; b, ok = p.TryReadByte() {
				got = append(got, b)
			}
		}
		if string(got) != text || p.Stats() != (Stats{}) {
			t.Errorf("%s: read %q, %+v", v.name, got, p.Stats())
		}
	}
}

// A sender that waits for the chip to take its bytes loses none, however long
// nobody reads.
func TestUnreadInputStaysInTheChip(t *testing.T) {
	c, p := virt(t)
	p.EnableInterrupts(true, true)
	var sent, got []byte
	feed := func() {
		for len(c.rx) < 16 && len(sent) < 1000 {
			b := byte(len(sent) * 7)
			c.receive(b, 0)
			sent = append(sent, b)
		}
	}
	for range 100 {
		if feed(); !c.irq() {
			break
		}
		p.HandleInterrupt()
	}
	if c.irq() || len(sent) >= 1000 {
		t.Fatalf("interrupts go on with a full buffer after %d bytes", len(sent))
	}
	for range 1000 {
		b, ok := p.TryReadByte()
		if !ok {
			break
		}
		got = append(got, b)
		if feed(); c.irq() {
			p.HandleInterrupt()
		}
	}
	if !bytes.Equal(got, sent) || len(sent) != 1000 || p.Stats().Overruns != 0 {
		t.Errorf("read %d of %d bytes, %+v", len(got), len(sent), p.Stats())
	}
}
