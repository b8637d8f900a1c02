package uart

import (
	"testing"

	"atoll/drivers/reg/regtest"
)

func TestEveryChipOpensAndIsQuiet(t *testing.T) {
	seen := map[string]bool{}
	for _, chip := range chips {
		if seen[chip.compatible] {
			t.Errorf("%s stands twice", chip.compatible)
		}
		seen[chip.compatible] = true
		b := regtest.New(regtest.Memory{})
		p, err := New(b, Config{Compatible: chip.compatible})
		if err != nil || p == nil || !Supported(chip.compatible) {
			t.Errorf("%s: %v", chip.compatible, err)
		}
		if len(b.Log) != 0 {
			t.Errorf("%s: New touched the chip: %v", chip.compatible, b.Log)
		}
	}
}

func TestUnknownLayoutsAreRefused(t *testing.T) {
	for _, c := range []Config{
		{},
		{Compatible: "ns16550b"},
		{Compatible: "litex,uart"},
		{"ns16550a", 3, 1},
		{"ns16550a", ^uint32(0), 1},
		{"ns16550a", 0, 4}, // registers would overlap
		{"ns16550a", 1, 2},
		{"ns16550a", 2, 8},
		{"snps,dw-apb-uart", 0, 4},
		{"sifive,uart0", 0, 1},
		{"litex,liteuart", 0, 1},
		{"riscv,axi-uart-1.0", 1, 4},
	} {
		if p, err := New(regtest.New(regtest.Memory{}), c); err == nil {
			t.Errorf("%+v: opened %T", c, p)
		}
	}
	if Supported("") || Supported("ns16550") == Supported("ns16550b") {
		t.Error("Supported is wrong")
	}
}

// idle is a block without a log, so that only the driver could allocate.
type idle struct{}

func (idle) Read8(off uintptr) uint8 {
	switch off {
	case nsIIR:
		return iirNone | iirFIFO
	case nsLCR:
		return lcr8n1
	case nsLSR:
		return lsrTHRE
	}
	return 0
}
func (idle) Read32(uintptr) uint32   { return 0 }
func (idle) Write8(uintptr, uint8)   {}
func (idle) Write32(uintptr, uint32) {}

func TestNothingAllocatesAfterNew(t *testing.T) {
	for _, compatible := range []string{"ns16550a", "sifive,uart0", "litex,liteuart", "riscv,axi-uart-1.0"} {
		p, err := New(idle{}, Config{Compatible: compatible})
		if err != nil {
			t.Fatal(err)
		}
		next := func() (byte, bool) { return 'x', true }
		if n := testing.AllocsPerRun(100, func() {
			if p.Init() != nil {
				t.Error("Init failed")
			}
			p.EnableInterrupts(true, true)
			p.Fill(next)
			p.TryWriteByte('y')
			p.HandleInterrupt()
			p.TryReadByte()
		}); n != 0 {
			t.Errorf("%s: %v allocations", compatible, n)
		}
	}
}
