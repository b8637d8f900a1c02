package uart

import "atoll/drivers/reg"

// Registers of the LiteX UART, 32 bits apart with 8 bits or fewer in each, as the
// generator lays out the CSRs of class UART (litex/soc/cores/uart.py) and Linux's
// binding "litex,liteuart" takes them to be.
const (
	ltData    = 0x00 // rxtx: the oldest byte on load, the next to send on store
	ltTxFull  = 0x04
	ltRxEmpty = 0x08
	ltStatus  = 0x0c // ev_status
	ltPending = 0x10 // ev_pending: a store of ones clears
	ltEnable  = 0x14 // ev_enable
)

// Events, in ltPending and ltEnable (litex/soc/interconnect/csr_eventmanager.py).
const (
	ltTx = 1 << 0 // room again in a transmit FIFO that was full
	ltRx = 1 << 1 // a byte in a receive FIFO that was empty
)

// ltMost is what one Fill moves at most, more than any transmit FIFO holds. The
// transmit event is an edge, which comes only after the FIFO was full, so Fill must
// not stop before that. A simulated chip may never be.
const ltMost = 16 << 10

// litex is a LiteX UART. Both its events are edges and latched, armed or not: what
// came before it was armed still interrupts.
type litex struct{ regs reg.Block }

func openLiteX(regs reg.Block, c Config) (Port, error) {
	if err := openWords(c); err != nil {
		return nil, err
	}
	return &fifoPort{chip: litex{regs}, most: ltMost}, nil
}

func (u litex) reset() error {
	if u.regs.Read32(ltStatus) == ^uint32(0) {
		return errAbsent
	}
	u.arm(false, false)
	u.regs.Write32(ltPending, ltTx)
	return nil
}

// take takes the oldest byte out of the FIFO, which is what clearing the receive
// event does; a load of the data register leaves it there. To clear the event with an
// empty FIFO could lose a byte that comes in that moment.
func (u litex) take() (byte, bool) {
	if u.regs.Read32(ltRxEmpty)&1 != 0 {
		return 0, false
	}
	c := byte(u.regs.Read32(ltData))
	u.regs.Write32(ltPending, ltRx)
	return c, true
}

func (u litex) room() bool { return u.regs.Read32(ltTxFull)&1 == 0 }

func (u litex) put(c byte) { u.regs.Write32(ltData, uint32(c)) }

func (u litex) arm(rx, tx bool) { u.regs.Write32(ltEnable, bits(rx, ltRx)|bits(tx, ltTx)) }

// pending acknowledges the transmit event, which nothing else silences; take does it
// for the receive event.
func (u litex) pending() (rx, tx bool) {
	v := u.regs.Read32(ltPending)
	if v&ltTx != 0 {
		u.regs.Write32(ltPending, ltTx)
	}
	return v&ltRx != 0, v&ltTx != 0
}
