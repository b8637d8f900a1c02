package uart

import "atoll/drivers/reg"

// Registers of the AXI UART of the Rocket Chip designs for Xilinx boards, 32 bits each
// (project vivado-risc-v, module uart in uart/uart.v; the layout, but not the interrupts,
// is that of Xilinx's AXI UART Lite, PG142).
const (
	axRx      = 0x00 // on load
	axTx      = 0x04 // on store; bits 8 and up stay 0
	axStatus  = 0x08
	axControl = 0x0c
)

// Bits. Designs from before 2021 have one interrupt enable, axIrqRx, for both causes:
// there a transmitter that runs empty interrupts as well when only bytes received are
// asked for, and a load of the status silences it. They count as spurious.
const (
	axValid = 1 << 0 // status: a byte waits
	axFull  = 1 << 3 // status: no room
	axIrqRx = 1 << 4 // control: interrupt while a byte waits
	axIrqTx = 1 << 5 // control: interrupt while the transmitter is nearly empty
)

// axMost is the most that the transmit FIFO of any of the designs holds.
const axMost = 63

// axi is an AXI UART. Both its interrupts are levels.
type axi struct{ regs reg.Block }

func openAXI(regs reg.Block, c Config) (Port, error) {
	if err := openWords(c); err != nil {
		return nil, err
	}
	return &fifoPort{chip: axi{regs}, most: axMost}, nil
}

// reset leaves the FIFOs alone: firmware's last bytes may be on their way.
func (u axi) reset() error {
	if u.regs.Read32(axStatus) == ^uint32(0) {
		return errAbsent
	}
	u.arm(false, false)
	return nil
}

func (u axi) take() (byte, bool) {
	if u.regs.Read32(axStatus)&axValid == 0 {
		return 0, false
	}
	return byte(u.regs.Read32(axRx)), true
}

func (u axi) room() bool { return u.regs.Read32(axStatus)&axFull == 0 }

func (u axi) put(c byte) { u.regs.Write32(axTx, uint32(c)) }

// arm also clears the bit that stops the transmitter.
func (u axi) arm(rx, tx bool) { u.regs.Write32(axControl, bits(rx, axIrqRx)|bits(tx, axIrqTx)) }

func (u axi) pending() (rx, tx bool) {
	v := u.regs.Read32(axStatus)
	return v&axValid != 0, v&axFull == 0
}
