package plan

import (
	"fmt"

	"atoll/arch/layout"
	"atoll/dts"
)

// Register map of a domain of an APLIC (RISC-V Advanced Interrupt Architecture 1.0,
// section 4.5): the domain's registers, and in a domain with wires to the harts an
// interrupt delivery control for each hart (section 4.8). Those are too small for a
// page of their own, so only the domain's owner reaches any of them and takes all
// interrupts that come by wire.
const (
	aplicIDC        = 0x4000
	aplicIDCSize    = 32
	aplicMaxHarts   = 1 << 14
	aplicMaxSource  = 1023
	aplicDomainSize = aplicIDC
)

var aplicNames = []string{"riscv,aplic"}

// parseAPLIC reads an APLIC domain's node: one that names an msi-parent sends
// messages, if the harts can take them; else it has wires to the harts that
// interrupts-extended lists.
func (p *planner) parseAPLIC(n *dts.Node) (controller, error) {
	c := controller{node: n, kind: DeviceAPLIC, name: n.Match(aplicNames...), index: NoCore}
	need := uint64(aplicDomainSize)
	if n.Has("msi-parent") {
		if err := c.parseRegs(); err != nil {
			return c, err
		}
		c.messages = p.imsics[n.Provider("msi-parent")]
		if c.messages == nil {
			return c, fmt.Errorf("no controller takes the messages that it sends")
		}
		c.contexts = c.messages.harts
	} else {
		count, err := c.parse(aplicMaxHarts)
		if err != nil {
			return c, err
		}
		need += aplicIDCSize * uint64(count)
	}
	c.sources, _ = n.U32("riscv,num-sources")
	c.sources = min(c.sources, aplicMaxSource)
	if c.regs.Size < need || c.regs.Base%layout.PageSize != 0 {
		return c, fmt.Errorf("its registers at %v are not aligned or not the %#x bytes that it needs", dts.Region(c.regs), need)
	}
	c.shared = Range{0, need}.outward(layout.PageSize).Size
	return c, nil
}

// firmware reports whether a controller is one for M-mode, which is the firmware's.
func (c *controller) firmware() bool { return c.kind == DeviceAPLIC && len(c.contexts) == 0 }
