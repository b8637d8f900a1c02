package plan

import (
	"cmp"
	"fmt"
	"math/bits"
	"slices"

	"atoll/arch/layout"
	"atoll/dts"
)

// An IMSIC is a hart's incoming controller of message-signalled interrupts (RISC-V
// Advanced Interrupt Architecture 1.0, chapter 3). Its supervisor-level interrupt file
// is a page with one register that anybody may write to, a message, and that no one
// can read; the hart itself sees its file through CSRs. So no core maps its own.
//
// Identities of messages are each hart's own, from 1 to at least 63. We use:
//
//	1       the doorbell, layout.DoorbellMessage
//	2...    the device with the number i in the plan has i+2
const (
	imsicMinIDs = 63
	imsicMaxIDs = 2047
	firstID     = layout.DoorbellMessage + 1
)

// Identity returns the identity of the messages of a device, given its index, for a
// controller that sends messages.
func Identity(device int) uint32 { return firstID + uint32(device) }

// imsic is the files of all harts in S-mode.
type imsic struct {
	harts map[*dts.Node]uint32 // hart index, as an APLIC counts, by the hart's own controller
	files map[*dts.Node]Range
	ids   uint32 // highest identity
}

// findIMSICs collects the interrupt files of the harts in S-mode, by node.
func (p *planner) findIMSICs() {
	p.imsics = map[*dts.Node]*imsic{}
	for _, n := range p.in.Tree.Compatible("riscv,imsics") {
		m, err := parseIMSIC(n)
		for _, r := range m.ranges() {
			if err == nil {
				err = p.mappable(r)
			}
		}
		if err != nil {
			p.note("interrupt files %s are not used: %v", n.Path(), err)
			continue
		}
		p.claimed = append(p.claimed, m.ranges()...)
		p.imsics[n] = m
	}
}

// ranges returns the pages of all files.
func (m *imsic) ranges() (list []Range) {
	for _, r := range m.files {
		list = append(list, r)
	}
	slices.SortFunc(list, func(a, b Range) int { return cmp.Compare(a.Base, b.Base) })
	return list
}

// imsicFields are the numbers of bits from which a file's address is made (section
// 3.6): page, guest, hart, and from shift on group.
type imsicFields struct{ guest, hart, group, shift uint32 }

// parseIMSIC reads the node: hart i of interrupts-extended has the file i, each with
// those of its guests, throughout the ranges of reg.
func parseIMSIC(n *dts.Node) (*imsic, error) {
	m := &imsic{harts: map[*dts.Node]uint32{}, files: map[*dts.Node]Range{}}
	list, err := n.Interrupts()
	if err != nil || len(list) == 0 || len(list) > aplicMaxHarts {
		return m, fmt.Errorf("there are %d of them: %w", len(list), orNone(err))
	}
	f := imsicFields{
		guest: n.U32Or("riscv,guest-index-bits", 0), group: n.U32Or("riscv,group-index-bits", 0),
		hart: n.U32Or("riscv,hart-index-bits", uint32(bits.Len(uint(len(list)-1)))), shift: n.U32Or("riscv,group-index-shift", 24),
	}
	if f.guest > 7 || f.hart > 14 || f.group > 7 || f.shift > 55 || f.group > 0 && f.shift < 24 || f.hart+f.group > 14 {
		return m, fmt.Errorf("addresses with %d bits for a guest, %d for a hart and %d from bit %d for a group are not decoded", f.guest, f.hart, f.group, f.shift)
	}
	if m.ids = n.U32Or("riscv,num-ids", 0); m.ids < imsicMinIDs || m.ids > imsicMaxIDs {
		return m, fmt.Errorf("they have %d identities, not %d to %d", m.ids, imsicMinIDs, imsicMaxIDs)
	}
	regs, err := n.Reg()
	if err != nil {
		return m, err
	}
	return m, m.place(list, regs, f)
}

// place finds the page of each file, and its hart's index.
func (m *imsic) place(list []dts.Interrupt, regs []dts.Region, f imsicFields) error {
	size := uint64(layout.PageSize) << f.guest
	var off uint64
	var base uint64
	for i, e := range list {
		for len(regs) > 0 && off+size > regs[0].Size {
			regs, off = regs[1:], 0
		}
		if len(regs) == 0 {
			return fmt.Errorf("there is room for %d files of %d", i, len(list))
		}
		at := regs[0].Base + off
		off += size
		hart, rest := f.index(at)
		if i == 0 {
			base = rest
		}
		if rest != base || rest%layout.PageSize != 0 {
			return fmt.Errorf("the file at %#x does not fit in the pattern of the first", at)
		}
		if e.Number() == supervisorExternal {
			m.harts[e.Controller], m.files[e.Controller] = hart, Range{at, layout.PageSize}
		}
	}
	return nil
}

// index takes the index of hart and group out of a file's address, and returns what is
// left as well, which all files have in common.
func (f imsicFields) index(at uint64) (hart uint32, rest uint64) {
	low := 12 + f.guest
	hartMask, groupMask := uint64(1)<<f.hart-1, uint64(1)<<f.group-1
	h, g := at>>low&hartMask, at>>f.shift&groupMask
	return uint32(g<<f.hart | h), at &^ (hartMask << low) &^ (groupMask << f.shift)
}

// giveFile gives a core its file.
func (p *planner) giveFile(core *Core, m *imsic, h dts.CPU) {
	core.File = m.files[h.IntC]
	core.Row.Messages = uint64(m.ids)
}
