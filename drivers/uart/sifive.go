package uart

import "atoll/drivers/reg"

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

// sifive is a SiFive UART. Both its interrupts are levels.
type sifive struct{ regs reg.Block }

func openSiFive(regs reg.Block, c Config) (Port, error) {
	if err := openWords(c); err != nil {
		return nil, err
	}
	return &fifoPort{chip: sifive{regs}, most: sfFIFODepth}, nil
}

func (u sifive) reset() error {
	if u.regs.Read32(sfIP) == ^uint32(0) {
		return errAbsent
	}
	u.arm(false, false)
	u.regs.Write32(sfTxCtrl, sfEnable|sfTxWater) // one stop bit, as 8n1 has
	u.regs.Write32(sfRxCtrl, sfEnable)
	return nil
}

func (u sifive) take() (byte, bool) {
	v := u.regs.Read32(sfRxData)
	return byte(v), v&sfEmpty == 0
}

func (u sifive) room() bool { return u.regs.Read32(sfTxData)&sfFull == 0 }

func (u sifive) put(c byte) { u.regs.Write32(sfTxData, uint32(c)) }

func (u sifive) arm(rx, tx bool) { u.regs.Write32(sfIE, bits(rx, sfRx)|bits(tx, sfTx)) }

func (u sifive) pending() (rx, tx bool) {
	v := u.regs.Read32(sfIP)
	return v&sfRx != 0, v&sfTx != 0
}

// bits returns b if the condition holds.
func bits(on bool, b uint32) uint32 {
	if on {
		return b
	}
	return 0
}
