//go:build amd64

package uart

import (
	"testing"

	intel "github.com/usbarmory/tamago/soc/intel/uart"
	sf "github.com/usbarmory/tamago/soc/sifive/uart"
)

// Another implementation, of another reader of the manuals, has the same registers.
// Its 16550 is built for amd64 alone, hence the build constraint.
// Sabotage: give nsLSR the number 6.
func TestRegistersAsTamagoHasThem(t *testing.T) {
	for _, c := range []struct {
		name         string
		ours, theirs uint64
	}{
		{"SiFive txdata", sfTxData, sf.UARTx_TXDATA},
		{"SiFive txdata.full", sfFull, 1 << sf.TXDATA_FULL},
		{"SiFive rxdata", sfRxData, sf.UARTx_RXDATA},
		{"SiFive rxdata.empty", sfEmpty, 1 << sf.RXDATA_EMPTY},
		{"SiFive txctrl", sfTxCtrl, sf.UARTx_TXCTRL},
		{"SiFive rxctrl", sfRxCtrl, sf.UARTx_RXCTRL},
		{"SiFive txen and rxen", sfEnable, 1 << sf.CTRL_EN},
		{"16550 RBR", nsData, intel.RBR},
		{"16550 THR", nsData, intel.THR},
		{"16550 IER", nsIER, intel.IER},
		{"16550 IER, received data", ierRx, 1 << intel.IER_ERBFI},
		{"16550 FCR", nsFCR, intel.FCR},
		{"16550 LCR", nsLCR, intel.LCR},
		{"16550 MCR", nsMCR, intel.MCR},
		{"16550 MCR, DTR, RTS and OUT2", mcrOn, 1<<intel.MCR_DTR | 1<<intel.MCR_RTS | 1<<intel.MCR_INTEN},
		{"16550 LSR", nsLSR, intel.LSR},
		{"16550 LSR, data ready", lsrDR, 1 << intel.LSR_DR},
		{"16550 LSR, THR empty", lsrTHRE, 1 << intel.LSR_THRE},
		{"16550 MSR", nsMSR, intel.MSR},
	} {
		if c.ours != c.theirs {
			t.Errorf("%s: %#x, tamago has %#x", c.name, c.ours, c.theirs)
		}
	}
}
