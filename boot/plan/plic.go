package plan

import (
	"fmt"

	"atoll/arch/layout"
	"atoll/dts"
)

// Register map of a PLIC (RISC-V Platform-Level Interrupt Controller
// specification 1.0.0, "Memory Map"). Priorities, pending bits and the enable
// bits of every context come first; then each context has a page of its own
// with its threshold and its claim register.
const (
	plicEnable      = 0x2000
	plicEnableSize  = 0x80
	plicContext     = 0x20_0000
	plicContextSize = 0x1000
	plicMaxContexts = 15872
	plicMaxSource   = 1023
)

var plicNames = []string{"sifive,plic-1.0.0", "riscv,plic0", "thead,c900-plic"}

// parsePLIC reads a PLIC's node. A context's number is its position in
// interrupts-extended; which of them are S-mode contexts the entry tells.
func parsePLIC(n *dts.Node) (controller, error) {
	c := controller{node: n, kind: DevicePLIC, name: n.Match(plicNames...), index: NoCore}
	count, err := c.parse(plicMaxContexts)
	if err != nil {
		return c, err
	}
	shared := Range{0, plicEnable + plicEnableSize*uint64(count)}
	c.shared = shared.outward(layout.PageSize).Size
	c.sources = plicMaxSource
	if ndev, ok := n.U32("riscv,ndev"); ok {
		c.sources = min(ndev, plicMaxSource)
	}
	if need := plicContext + plicContextSize*uint64(count); c.regs.Size < need || c.regs.Base%layout.PageSize != 0 {
		return c, fmt.Errorf("its registers at %v are not aligned or not the %#x bytes that its contexts need", dts.Region(c.regs), need)
	}
	return c, nil
}

// claimPage returns the page of a context's claim register.
func claimPage(regs Range, context uint32) Range {
	return Range{regs.Base + plicContext + plicContextSize*uint64(context), plicContextSize}
}
