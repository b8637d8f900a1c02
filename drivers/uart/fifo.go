package uart

import "fmt"

// fifoChip is what differs between the plain UARTs: chips that tell of each byte
// whether there is one and whether there is room, and report no line errors.
type fifoChip interface {
	// reset brings the chip into a known state with its interrupts masked, or fails
	// if no chip answers. Received bytes may be left for take.
	reset() error
	// take returns the next byte received, or false if there is none.
	take() (byte, bool)
	// room reports whether the transmitter takes a byte, put hands it one.
	room() bool
	put(c byte)
	// arm says which interrupts the chip may raise: while bytes wait, and while, or
	// as soon as, there is room to send.
	arm(rx, tx bool)
	// pending returns for what the chip may be interrupting.
	pending() (rx, tx bool)
}

// Bounds.
const (
	fifoDrain     = 256 // stale bytes that Init throws away
	fifoFruitless = 8   // receive interrupts in a row without a byte
)

// fifoPort makes a Port of a chip.
type fifoPort struct {
	chip         fifoChip
	most         int  // bytes that one Fill moves, however fast the chip sends them
	rxArm, txArm bool // as the chip was last told
	rxOn         bool // the owner wants receive interrupts
	txOn         bool // the owner wants transmit interrupts
	masked       bool // receive interrupt masked, as the ring was full
	fruitless    int  // receive interrupts in a row that brought no byte
	rx           rxRing
	stats        Stats
}

// openWords checks that the tree describes registers of 32 bits side by side, as all
// chips of this kind have.
func openWords(c Config) error {
	if c.Width != 0 && c.Width != 4 || c.Shift != 0 && c.Shift != 2 {
		return fmt.Errorf("uart: reg-io-width %d with reg-shift %d, but %s has 32-bit registers", c.Width, c.Shift, c.Compatible)
	}
	return nil
}

// Init implements Port.
func (u *fifoPort) Init() error {
	u.rx, u.rxArm, u.txArm, u.rxOn, u.txOn, u.masked, u.fruitless = rxRing{}, false, false, false, false, false, 0
	if err := u.chip.reset(); err != nil {
		return err
	}
	for range fifoDrain {
		if _, ok := u.chip.take(); !ok {
			break
		}
	}
	return nil
}

// arm tells the chip which interrupts to raise, if that is news.
func (u *fifoPort) arm(rx, tx bool) {
	if rx != u.rxArm || tx != u.txArm {
		u.rxArm, u.txArm = rx, tx
		u.chip.arm(rx, tx)
	}
}

// TryReadByte implements Port.
func (u *fifoPort) TryReadByte() (byte, bool) {
	// What the interrupt took over is older than what is in the chip.
	c, ok := u.rx.get()
	if !ok {
		c, ok = u.chip.take()
	}
	if u.masked && u.rx.empty() {
		u.masked = false
		u.arm(true, u.txArm)
	}
	return c, ok
}

// TryWriteByte implements Port.
func (u *fifoPort) TryWriteByte(c byte) bool {
	if !u.chip.room() {
		return false
	}
	u.chip.put(c)
	return true
}

// Fill implements Port.
func (u *fifoPort) Fill(next func() (byte, bool)) int {
	n := 0
	for ; n < u.most && u.chip.room(); n++ {
		c, ok := next()
		if !ok {
			u.arm(u.rxArm, false)
			return n
		}
		u.chip.put(c)
	}
	if u.txOn {
		u.arm(u.rxArm, true)
	}
	return n
}

// EnableInterrupts implements Port.
func (u *fifoPort) EnableInterrupts(rx, tx bool) {
	u.rxOn, u.txOn = rx, tx
	u.masked = rx && u.rx.full()
	u.arm(rx && !u.masked, tx && u.txArm)
}

// HandleInterrupt implements Port. Bytes taken over silence the one cause, masking
// until the next Fill the other.
func (u *fifoPort) HandleInterrupt() Event {
	rx, tx := u.chip.pending()
	rx, tx = rx && u.rxArm, tx && u.txArm
	var events Event
	if tx {
		u.arm(u.rxArm, false)
		events |= CanSend
	}
	if rx {
		events |= u.receive()
	}
	if !rx && !tx {
		u.stats.Spurious++
	}
	return events
}

// receive takes over bytes while there are any and room for them. To take a byte is
// to take it out of the chip, so room is looked for first.
func (u *fifoPort) receive() Event {
	for n := 0; !u.rx.full(); n++ {
		if c, ok := u.chip.take(); ok {
			u.rx.put(c)
			continue
		}
		if n == 0 {
			return u.noByte()
		}
		u.fruitless = 0
		return Received
	}
	u.masked = u.rxOn
	u.arm(false, u.txArm)
	return Received
}

// noByte counts a receive interrupt without a byte and masks a chip that keeps
// on, which otherwise would interrupt for ever. The port still works polled,
// and EnableInterrupts tries again.
func (u *fifoPort) noByte() Event {
	u.stats.Spurious++
	if u.fruitless++; u.fruitless == fifoFruitless {
		u.fruitless = 0
		u.stats.Stuck++
		u.arm(false, u.txArm)
	}
	return 0
}

// Stats implements Port.
func (u *fifoPort) Stats() Stats { return u.stats }
