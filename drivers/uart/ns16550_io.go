package uart

// TryReadByte implements Port.
func (u *ns16550) TryReadByte() (byte, bool) {
	// What the interrupt took over is older than what is in the chip.
	c, ok := u.rx.get()
	if !ok && u.lineStatus()&lsrDR != 0 {
		c, ok = u.read(nsData), true
	}
	if u.masked && u.rx.empty() {
		u.masked = false
		u.setIER(u.ier | ierRx | ierLine)
	}
	return c, ok
}

// hasRoom reports whether the transmitter takes a byte. THRE means that the
// whole FIFO is empty, so one look is good for depth bytes.
func (u *ns16550) hasRoom() bool {
	if u.room == 0 && u.lineStatus()&lsrTHRE != 0 {
		u.room = u.depth
	}
	return u.room > 0
}

func (u *ns16550) put(c byte) {
	u.write(nsData, c)
	u.room--
}

// TryWriteByte implements Port.
func (u *ns16550) TryWriteByte(c byte) bool {
	if !u.hasRoom() {
		return false
	}
	u.put(c)
	return true
}

// Fill implements Port. One call fills the FIFO once, however fast it empties.
func (u *ns16550) Fill(next func() (byte, bool)) int {
	n := 0
	for ; n < u.depth && u.hasRoom(); n++ {
		c, ok := next()
		if !ok {
			u.setIER(u.ier &^ ierTx)
			return n
		}
		u.put(c)
	}
	if u.txOn {
		u.setIER(u.ier | ierTx)
	}
	return n
}

// EnableInterrupts implements Port.
func (u *ns16550) EnableInterrupts(rx, tx bool) {
	u.rxOn, u.txOn = rx, tx
	v := u.ier & ierTx
	if !tx {
		v = 0
	}
	u.masked = rx && u.rx.full()
	if rx && !u.masked {
		v |= ierRx | ierLine
	}
	u.setIER(v)
}

// Stats implements Port.
func (u *ns16550) Stats() Stats { return u.stats }
