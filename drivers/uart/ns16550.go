package uart

import (
	"errors"
	"fmt"

	"atoll/drivers/reg"
)

// Registers, as numbers before reg-shift (PC16550D, table II, register summary). Divisor latches
// share 0 and 1 while LCR.DLAB is set; no other register is reached then.
const (
	nsData = 0 // RBR on load, THR on store
	nsIER  = 1
	nsIIR  = 2 // on load
	nsFCR  = 2 // on store
	nsLCR  = 3
	nsMCR  = 4
	nsLSR  = 5
	nsMSR  = 6
	dwUSR  = 0x1f // DesignWare: UART status
)

// Bits.
const (
	ierRx    = 1 << 0 // section 8.6: received data available, time-out
	ierTx    = 1 << 1 // transmitter holding register empty
	ierLine  = 1 << 2 // receiver line status
	fcrOn    = 1 << 0 // section 8.4: FIFOs on
	fcrClear = 3 << 1 // empty both FIFOs
	fcrFour  = 1 << 6 // receive trigger at 4 bytes
	iirFIFO  = 3 << 6 // section 8.5: both set when the FIFOs work
	lcr8n1   = 3      // section 8.1
	lcrDLAB  = 1 << 7
	mcrOn    = 1<<3 | 1<<1 | 1<<0 // section 8.7: OUT2 (interrupt line), RTS, DTR
	lsrDR    = 1 << 0             // section 8.3: data ready
	lsrOE    = 1 << 1             // overrun
	lsrBad   = 1<<2 | 1<<3        // parity, framing
	lsrBI    = 1 << 4             // break
	lsrTHRE  = 1 << 5             // holding register, or FIFO, empty
	lsrTEMT  = 1 << 6             // and the shift register
)

// Depth of the transmit FIFO. DW_apb_uart may have a deeper one; 16 is safe.
const nsFIFODepth = 16

// Bounds of the loops over the chip.
const (
	nsSend   = 20_000 // looks at whether firmware's last bytes are sent, some ms
	nsDrain  = 256    // stale bytes that Init throws away
	nsUnbusy = 16     // attempts to write LCR on a busy DesignWare chip
)

// errAbsent is what a bus without a chip looks like: all bits set.
var errAbsent = errors.New("uart: no chip answers (all registers read as ones)")

var errLineControl = errors.New("uart: the line control register cannot be set")

// ns16550 is one chip. A DesignWare chip differs only where dw is asked.
type ns16550 struct {
	regs  reg.Block
	shift uint32
	wide  bool // 32-bit registers
	dw    bool

	depth  int   // bytes that fit an empty transmitter
	room   int   // bytes that surely still fit
	ier    uint8 // as last written
	rxOn   bool  // the owner wants receive interrupts
	txOn   bool  // the owner wants transmit interrupts
	masked bool  // receive interrupt masked, as the ring was full
	rx     rxRing
	stats  Stats
}

func openNS16550(regs reg.Block, c Config) (Port, error) {
	if c.Shift > 2 {
		return nil, fmt.Errorf("uart: reg-shift %d is not 0, 1 or 2", c.Shift)
	}
	switch {
	case c.Width == 0 || c.Width == 1:
	case c.Width == 4 && c.Shift == 2:
	default:
		return nil, fmt.Errorf("uart: reg-io-width %d with reg-shift %d is not supported", c.Width, c.Shift)
	}
	return &ns16550{regs: regs, shift: c.Shift, wide: c.Width == 4}, nil
}

func openDesignWare(regs reg.Block, c Config) (Port, error) {
	if c.Width == 0 {
		c.Shift, c.Width = 2, 4 // what the databook's bus has
	}
	p, err := openNS16550(regs, c)
	if err != nil {
		return nil, err
	}
	p.(*ns16550).dw = true
	return p, nil
}

// openMMUART opens a Microchip MMUART: registers 4 bytes apart, as on its 32-bit bus.
func openMMUART(regs reg.Block, c Config) (Port, error) {
	if c.Width == 0 {
		c.Shift, c.Width = 2, 4
	}
	return openNS16550(regs, c)
}

func (u *ns16550) read(n uintptr) uint8 {
	if u.wide {
		return uint8(u.regs.Read32(n << u.shift))
	}
	return u.regs.Read8(n << u.shift)
}

func (u *ns16550) write(n uintptr, v uint8) {
	if u.wide {
		u.regs.Write32(n<<u.shift, uint32(v))
		return
	}
	u.regs.Write8(n<<u.shift, v)
}

// Init implements Port.
func (u *ns16550) Init() error {
	u.rx, u.room, u.ier = rxRing{}, 0, 0
	u.rxOn, u.txOn, u.masked = false, false, false
	// 1. Is there a chip? No LSR has all bits set while IIR has too.
	if u.read(nsLSR) == 0xff && u.read(nsIIR) == 0xff {
		return errAbsent
	}
	// 2. Let firmware's last bytes go, which clearing the FIFO would cut off: on a
	// board that stops here, they are what tells where it stopped.
	for range nsSend {
		if u.read(nsLSR)&lsrTEMT != 0 {
			break
		}
	}
	// 3. Line format, which also uncovers IER from under the divisor latch.
	if !u.setLineControl() {
		return errLineControl
	}
	// 4. Mask, empty the FIFOs, switch them on. The receive trigger saves most
	// interrupts of a burst (an emulator that sends no faster than the trigger
	// is 3 times faster with it) and leaves 12 bytes, 1 ms at 115200 baud, until
	// an overrun; fewer bytes than the trigger interrupt after 4 byte times.
	u.write(nsIER, 0)
	u.write(nsFCR, fcrOn|fcrClear|fcrFour)
	u.write(nsMCR, mcrOn)
	// 5. A chip without FIFOs (8250, or configured so) takes one byte a time.
	u.depth = 1
	if u.read(nsIIR)&iirFIFO == iirFIFO {
		u.depth = nsFIFODepth
	}
	// 6. Clear what is left pending: line status, data, modem status.
	for range nsDrain {
		if u.lineStatus()&lsrDR == 0 {
			break
		}
		u.read(nsData)
	}
	u.read(nsMSR)
	return nil
}

// setLineControl makes LCR 8n1 with the divisor latch covered. A DesignWare chip
// ignores the store while it moves a byte and raises busy detect instead, which
// reading USR clears (DW_apb_uart, LCR and USR): then empty its FIFOs and try
// again.
func (u *ns16550) setLineControl() bool {
	for range nsUnbusy {
		if u.read(nsLCR) == lcr8n1 {
			return true
		}
		u.write(nsLCR, lcr8n1)
		if u.dw && u.read(nsLCR) != lcr8n1 {
			u.write(nsFCR, fcrOn|fcrClear)
			u.read(dwUSR)
		}
	}
	return u.read(nsLCR) == lcr8n1
}

// lineStatus reads LSR. The load clears the error bits, so each load counts them.
func (u *ns16550) lineStatus() uint8 {
	s := u.read(nsLSR)
	if s&lsrOE != 0 {
		u.stats.Overruns++
	}
	if s&lsrBI != 0 {
		u.stats.Breaks++ // a break also reads as a framing error
	} else if s&lsrBad != 0 {
		u.stats.Bad++
	}
	return s
}

func (u *ns16550) setIER(v uint8) {
	if v != u.ier {
		u.ier = v
		u.write(nsIER, v)
	}
}
