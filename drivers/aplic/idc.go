package aplic

import "atoll/drivers/reg"

// Interrupt delivery controls (section 4.8).
const (
	idcBase      = 0x4000
	idcSize      = 32
	idcDelivery  = 0x00 // 1: the hart is interrupted
	idcForce     = 0x04
	idcThreshold = 0x08 // 0: every priority interrupts
	idcClaim     = 0x1c // read: the source and its priority; it is claimed
)

// IDC is a hart's interrupt delivery control.
type IDC struct {
	regs    reg.Block // of the whole domain
	base    uintptr
	sources uint32
	bogus   uint64
}

// IDC returns the control of a hart, by its number at this controller. The domain must
// have wires, and its registers must have been mapped up to this hart's.
func (d *Domain) IDC(hart uint32) (*IDC, error) {
	if d.messages {
		return nil, ErrDelivery
	}
	return &IDC{regs: d.regs, base: idcBase + idcSize*uintptr(hart), sources: d.sources}, nil
}

// Open lets interrupts of every priority through to the hart.
func (c *IDC) Open() {
	c.regs.Write32(c.base+idcForce, 0)
	c.regs.Write32(c.base+idcThreshold, 0)
	c.regs.Write32(c.base+idcDelivery, 1)
}

// Close lets none through.
func (c *IDC) Close() { c.regs.Write32(c.base+idcDelivery, 0) }

// Claim takes the pending source with the highest priority, lowest number first, and
// reports false if there is none. A level-sensitive one comes again until its device
// is content (section 4.8.1.5).
func (c *IDC) Claim() (source uint32, ok bool) {
	source = c.regs.Read32(c.base+idcClaim) >> 16
	if source == 0 {
		return 0, false // also a spurious one, which the read has ended
	}
	if source > c.sources {
		c.bogus++
		return 0, false
	}
	return source, true
}

// Bogus returns how often the controller named a source that it does not have.
func (c *IDC) Bogus() uint64 { return c.bogus }
