package uart

import (
	"fmt"

	"atoll/drivers/reg"
)

// Registers, 32 bits each (FU540-C000 Manual, sections 13.3-13.8).
const (
	sfTxData = 0x00
	sfRxData = 0x04
	sfTxCtrl = 0x08
	sfRxCtrl = 0x0c
	sfIE     = 0x10
	sfIP     = 0x14
)

// Bits.
const (
	sfFull    = 1 << 31 // txdata: no room
	sfEmpty   = 1 << 31 // rxdata: no byte came with this load
	sfEnable  = 1 << 0  // txctrl, rxctrl
	sfTxWater = 1 << 16 // txctrl: watermark 1, so pending means FIFO empty
	sfTx      = 1 << 0  // ie, ip: below the transmit watermark
	sfRx      = 1 << 1  // ie, ip: above the receive watermark, which is 0
)

// sfFIFODepth is the depth of both FIFOs (section 13.1).
const sfFIFODepth = 8

// Bounds.
const (
	sfDrain     = 64 // stale bytes that Init throws away
	sfFruitless = 8  // receive interrupts in a row without a byte
)

// sifive is one SiFive UART. It reports no line errors.
type sifive struct {
	regs      reg.Block
	ie        uint32 // as last written
	rxOn      bool   // the owner wants receive interrupts
	txOn      bool   // the owner wants transmit interrupts
	masked    bool   // receive interrupt masked, as the ring was full
	fruitless int    // receive interrupts in a row that brought no byte
	rx        rxRing
	stats     Stats
}

func openSiFive(regs reg.Block, c Config) (Port, error) {
	if c.Width != 0 && c.Width != 4 {
		return nil, fmt.Errorf("uart: reg-io-width %d, but sifive,uart0 has 32-bit registers", c.Width)
	}
	return &sifive{regs: regs}, nil
}

// Init implements Port.
func (u *sifive) Init() error {
	u.rx, u.rxOn, u.txOn, u.masked, u.fruitless = rxRing{}, false, false, false, 0
	if u.regs.Read32(sfIP) == ^uint32(0) {
		return errAbsent
	}
	u.ie = 0
	u.regs.Write32(sfIE, 0)
	u.regs.Write32(sfTxCtrl, sfEnable|sfTxWater) // one stop bit, as 8n1 has
	u.regs.Write32(sfRxCtrl, sfEnable)
	for range sfDrain {
		if u.regs.Read32(sfRxData)&sfEmpty != 0 {
			break
		}
	}
	return nil
}

func (u *sifive) setIE(v uint32) {
	if v != u.ie {
		u.ie = v
		u.regs.Write32(sfIE, v)
	}
}

// TryReadByte implements Port.
func (u *sifive) TryReadByte() (byte, bool) {
	c, ok := u.rx.get()
	if !ok {
		v := u.regs.Read32(sfRxData)
		c, ok = byte(v), v&sfEmpty == 0
	}
	if u.masked && u.rx.empty() {
		u.masked = false
		u.setIE(u.ie | sfRx)
	}
	return c, ok
}

// TryWriteByte implements Port.
func (u *sifive) TryWriteByte(c byte) bool {
	if u.regs.Read32(sfTxData)&sfFull != 0 {
		return false
	}
	u.regs.Write32(sfTxData, uint32(c))
	return true
}

// Fill implements Port. One call fills the FIFO once, however fast it empties.
func (u *sifive) Fill(next func() (byte, bool)) int {
	n := 0
	for ; n < sfFIFODepth && u.regs.Read32(sfTxData)&sfFull == 0; n++ {
		c, ok := next()
		if !ok {
			u.setIE(u.ie &^ sfTx)
			return n
		}
		u.regs.Write32(sfTxData, uint32(c))
	}
	if u.txOn {
		u.setIE(u.ie | sfTx)
	}
	return n
}

// EnableInterrupts implements Port.
func (u *sifive) EnableInterrupts(rx, tx bool) {
	u.rxOn, u.txOn = rx, tx
	v := u.ie & sfTx
	if !tx {
		v = 0
	}
	u.masked = rx && u.rx.full()
	if rx && !u.masked {
		v |= sfRx
	}
	u.setIE(v)
}

// HandleInterrupt implements Port. Both causes are levels: bytes taken over
// lower the one, masking until the next Fill the other.
func (u *sifive) HandleInterrupt() Event {
	pending := u.regs.Read32(sfIP) & u.ie
	if pending == 0 {
		u.stats.Spurious++
		return 0
	}
	var events Event
	if pending&sfTx != 0 {
		u.setIE(u.ie &^ sfTx)
		events |= CanSend
	}
	if pending&sfRx != 0 {
		events |= u.receive()
	}
	return events
}

// receive takes over bytes while there are any and room for them. A load of
// rxdata takes a byte out of the chip, so room is looked for first.
func (u *sifive) receive() Event {
	for n := 0; !u.rx.full(); n++ {
		v := u.regs.Read32(sfRxData)
		if v&sfEmpty == 0 {
			u.rx.put(byte(v))
			continue
		}
		if n == 0 {
			return u.noByte()
		}
		u.fruitless = 0
		return Received
	}
	u.masked = u.rxOn
	u.setIE(u.ie &^ sfRx)
	return Received
}

// noByte counts a receive interrupt without a byte and masks a chip that keeps
// on, which otherwise would interrupt for ever. The port still works polled,
// and EnableInterrupts tries again.
func (u *sifive) noByte() Event {
	u.stats.Spurious++
	if u.fruitless++; u.fruitless == sfFruitless {
		u.fruitless = 0
		u.stats.Stuck++
		u.setIE(u.ie &^ sfRx)
	}
	return 0
}

// Stats implements Port.
func (u *sifive) Stats() Stats { return u.stats }
