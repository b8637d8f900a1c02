package dts

import (
	"encoding/binary"
	"fmt"
)

// maxEntries bounds the entries of one reg or ranges property, so that the work
// of translating does not grow with the square of the blob.
const maxEntries = 256

// AddressCells returns how many cells an address of the node's children has; the
// default is that of section 2.3.5.
func (n *Node) AddressCells() uint32 { return n.U32Or("#address-cells", 2) }

// SizeCells returns how many cells a size of the node's children has; likewise.
func (n *Node) SizeCells() uint32 { return n.U32Or("#size-cells", 1) }

// Raw returns the node's reg property as it stands: addresses on the parent's
// bus, not translated. Without the property it returns nothing and no error.
func (n *Node) Raw() ([]Region, error) {
	b, ok := n.Prop("reg")
	if !ok || n.Parent == nil {
		return nil, nil
	}
	ac, sc := n.Parent.AddressCells(), n.Parent.SizeCells()
	if ac < 1 || ac > 2 || sc > 2 {
		return nil, fmt.Errorf("%s: addresses of %d cells with sizes of %d cells are not decoded", n.Path(), ac, sc)
	}
	entry := int(ac+sc) * 4
	if len(b)%entry != 0 || len(b)/entry > maxEntries {
		return nil, fmt.Errorf("%s: reg has %d bytes, which is not 1 to %d entries of %d bytes", n.Path(), len(b), maxEntries, entry)
	}
	var regs []Region
	for ; len(b) > 0; b = b[entry:] {
		r := Region{Base: number(b, ac), Size: number(b[ac*4:], sc)}
		if r.Base+r.Size < r.Base {
			return nil, fmt.Errorf("%s: reg wraps around the end of the address space", n.Path())
		}
		regs = append(regs, r)
	}
	return regs, nil
}

// Reg returns the node's registers as CPU physical addresses, translated
// through the ranges of every bus above it (section 2.3.8).
func (n *Node) Reg() ([]Region, error) {
	regs, err := n.Raw()
	if err != nil {
		return nil, err
	}
	for i := range regs {
		for bus := n.Parent; bus != nil && bus.Parent != nil; bus = bus.Parent {
			if regs[i].Base, err = bus.translate(regs[i]); err != nil {
				return nil, fmt.Errorf("%s: %w", n.Path(), err)
			}
			if regs[i].End() < regs[i].Base {
				return nil, fmt.Errorf("%s: reg wraps around the end of the address space", n.Path())
			}
		}
	}
	return regs, nil
}

// translate takes a region on the node's own bus to the bus above it.
func (n *Node) translate(r Region) (uint64, error) {
	b, ok := n.Prop("ranges")
	if !ok {
		return 0, fmt.Errorf("addresses below %s are not memory addresses (it has no ranges)", n.Path())
	}
	if len(b) == 0 {
		return r.Base, nil
	}
	ac, pc, sc := n.AddressCells(), n.Parent.AddressCells(), n.SizeCells()
	if ac < 1 || ac > 2 || pc < 1 || pc > 2 || sc < 1 || sc > 2 {
		return 0, fmt.Errorf("ranges of %s have cells (%d, %d, %d) that are not decoded", n.Path(), ac, pc, sc)
	}
	entry := int(ac+pc+sc) * 4
	if len(b)%entry != 0 || len(b)/entry > maxEntries {
		return 0, fmt.Errorf("ranges of %s have %d bytes, which is not 1 to %d entries of %d bytes", n.Path(), len(b), maxEntries, entry)
	}
	for ; len(b) > 0; b = b[entry:] {
		child, parent, size := number(b, ac), number(b[ac*4:], pc), number(b[(ac+pc)*4:], sc)
		if off := r.Base - child; r.Base >= child && off < size && r.Size <= size-off {
			return parent + off, nil
		}
	}
	return 0, fmt.Errorf("ranges of %s do not hold %#x", n.Path(), r.Base)
}

// number reads a value of 0, 1 or 2 cells whose length the caller has checked.
func number(b []byte, cells uint32) uint64 {
	switch cells {
	case 0:
		return 0
	case 1:
		return uint64(binary.BigEndian.Uint32(b))
	}
	return binary.BigEndian.Uint64(b)
}
