package uart

import (
	"fmt"

	"atoll/drivers/reg"
)

// Config describes the chip, from its device-tree node.
type Config struct {
	Compatible string
	Shift      uint32 // reg-shift: log2 of the distance between registers, bytes
	Width      uint32 // reg-io-width: bytes of one access; 0 = the chip's default
}

// chips is the table of what we drive.
var chips = []struct {
	compatible string
	open       func(reg.Block, Config) (Port, error)
}{
	{"ns16550a", openNS16550},
	{"ns16550", openNS16550},
	{"snps,dw-apb-uart", openDesignWare},
	{"microchip,mpfs-uart", openMMUART},
	{"sifive,uart0", openSiFive},
	{"litex,liteuart", openLiteX},
	{"riscv,axi-uart-1.0", openAXI},
}

// Supported reports whether New knows the compatible string.
func Supported(compatible string) bool {
	for _, c := range chips {
		if c.compatible == compatible {
			return true
		}
	}
	return false
}

// New returns the driver for the chip behind regs, which it does not touch
// before Init. It fails for a chip or a register layout that we do not know.
func New(regs reg.Block, c Config) (Port, error) {
	for _, chip := range chips {
		if chip.compatible == c.Compatible {
			return chip.open(regs, c)
		}
	}
	return nil, fmt.Errorf("uart: no driver for %q", c.Compatible)
}
