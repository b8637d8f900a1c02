package uart

// Interrupt causes in IIR, bits 0-3 (PC16550D, section 8.5).
const (
	iirNone    = 1 // bit 0: no interrupt pending
	iirModem   = 0x0
	iirTx      = 0x2
	iirRx      = 0x4
	iirLine    = 0x6
	iirBusy    = 0x7 // DesignWare; bit 0 is set although it is pending
	iirTimeout = 0xc // bytes wait in the FIFO below its trigger
	iirCause   = 0xf
)

// nsFruitless bounds the causes in one interrupt that bring no byte. A chip has
// five, so more means that one does not clear.
const nsFruitless = 8

// HandleInterrupt implements Port.
func (u *ns16550) HandleInterrupt() Event {
	var events Event
	fruitless := 0
	for fruitless < nsFruitless {
		cause := u.read(nsIIR) & iirCause
		if cause&iirNone != 0 && !(u.dw && cause == iirBusy) {
			if events == 0 && fruitless == 0 {
				u.stats.Spurious++
			}
			return events
		}
		before := u.rx.tail
		events |= u.acknowledge(cause)
		if u.rx.tail == before {
			fruitless++
		}
	}
	// The chip does not let go: keep it from interrupting for ever. The port
	// still works polled, and EnableInterrupts tries again.
	u.stats.Stuck++
	u.setIER(0)
	u.masked = false
	return events
}

// acknowledge does what clears the cause.
func (u *ns16550) acknowledge(cause uint8) Event {
	switch cause {
	case iirRx, iirTimeout:
		return u.receive(cause)
	case iirTx:
		// Fill arms it again if there is more to send.
		u.setIER(u.ier &^ ierTx)
		return CanSend
	case iirLine:
		return u.countErrors()
	case iirModem:
		u.read(nsMSR)
	case iirBusy:
		u.read(dwUSR)
		u.stats.Busy++
	}
	return 0
}

// receive takes over bytes while there are any and room for them.
func (u *ns16550) receive(cause uint8) Event {
	var events Event
	for range len(u.rx.buf) {
		before := u.stats
		ready := u.lineStatus()&lsrDR != 0
		if u.stats != before {
			events |= LineError
		}
		if !ready {
			break
		}
		if u.rx.full() {
			u.masked = u.rxOn
			u.setIER(u.ier &^ (ierRx | ierLine))
			return events | Received
		}
		u.rx.put(u.read(nsData))
		events |= Received
	}
	if events == 0 && cause == iirTimeout && u.dw {
		// DW_apb_uart can report a time-out with an empty FIFO; only a load of
		// the data register clears it.
		u.read(nsData)
	}
	return events
}

func (u *ns16550) countErrors() Event {
	before := u.stats
	u.lineStatus()
	if u.stats == before {
		return 0
	}
	return LineError
}
