package uart

// Port is a serial port.
type Port interface {
	// Init brings the chip into a known state with interrupts masked: FIFOs on
	// and empty, line format as firmware left it. It fails if no chip answers.
	// Calling it again resets the port, also one that another core used before.
	Init() error

	// TryReadByte returns the next byte received, or false if there is none.
	TryReadByte() (byte, bool)

	// TryWriteByte hands a byte to the transmitter, or returns false if the
	// chip has no room now.
	TryWriteByte(c byte) bool

	// Fill moves bytes from next into the transmit FIFO until next has none or
	// the FIFO is full, and returns their number. It arms the transmit
	// interrupt if it stopped for lack of room, else disarms it.
	Fill(next func() (byte, bool)) int

	// EnableInterrupts says which interrupts the port may raise: on received
	// bytes, and on room to transmit (which Fill arms).
	EnableInterrupts(rx, tx bool)

	// HandleInterrupt silences the chip's interrupt and returns what it was
	// for; 0 means that the chip had none. Received bytes are taken over into
	// the port's buffer, from where TryReadByte returns them.
	HandleInterrupt() Event

	// Stats returns the counters since New.
	Stats() Stats
}

// Event is a set of things that an interrupt reported.
type Event uint8

// Events.
const (
	Received  Event = 1 << iota // bytes wait for TryReadByte
	CanSend                     // the transmitter has room: call Fill
	LineError                   // Stats counted an overrun, a bad byte or a break
)

// Stats counts what went wrong on a port.
type Stats struct {
	Overruns uint64 // the chip lost received bytes
	Bad      uint64 // bytes received with a parity or framing error
	Breaks   uint64 // break conditions
	Busy     uint64 // DesignWare busy-detect interrupts
	Spurious uint64 // interrupts without a cause
	Stuck    uint64 // interrupts that would not clear; the chip was then masked
}
