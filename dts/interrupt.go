package dts

import (
	"encoding/binary"
	"fmt"
)

// maxInterruptCells bounds #interrupt-cells; bindings use 1 to 4.
const maxInterruptCells = 8

// Interrupt is one interrupt that a node raises, or that an interrupt
// controller passes on.
type Interrupt struct {
	Controller *Node
	Cells      []uint32 // the specifier, in the controller's binding; never empty
}

// Number returns the first cell of the specifier, which is the source number
// for the controllers of RISC-V machines (PLIC, APLIC, a hart's own).
func (i Interrupt) Number() uint32 { return i.Cells[0] }

// InterruptParent returns the node that the node's interrupts property is
// about: the interrupt-parent named by the node or the nearest node above that
// names one, or an interrupt controller or nexus above it (section 2.4.1). It
// returns nil if there is none.
func (n *Node) InterruptParent() *Node {
	// Interrupt parents may form a circle, so the steps are counted.
	for range maxDepth {
		if n == nil {
			return nil
		}
		if n.Has("interrupt-parent") {
			ph, _ := n.U32("interrupt-parent")
			n = n.tree.Phandle(ph)
		} else {
			n = n.Parent
		}
		if n != nil && n.Has("#interrupt-cells") {
			return n
		}
	}
	return nil
}

// Interrupts returns what interrupts-extended or else interrupts lists, in
// order: the position in a controller's list is its context number. A node
// without either has none. With an error the entries before it are returned.
func (n *Node) Interrupts() ([]Interrupt, error) {
	if b, ok := n.Prop("interrupts-extended"); ok {
		return n.extended(b)
	}
	b, ok := n.Prop("interrupts")
	if !ok {
		return nil, nil
	}
	parent := n.InterruptParent()
	if parent == nil {
		return nil, fmt.Errorf("%s: interrupts without an interrupt parent", n.Path())
	}
	var list []Interrupt
	for len(b) > 0 {
		var cells []uint32
		var err error
		if cells, b, err = parent.specifier(b); err != nil {
			return list, fmt.Errorf("%s: %w", n.Path(), err)
		}
		list = append(list, Interrupt{Controller: parent, Cells: cells})
	}
	return list, nil
}

// extended decodes interrupts-extended: a phandle before each specifier.
func (n *Node) extended(b []byte) ([]Interrupt, error) {
	var list []Interrupt
	for len(b) > 0 {
		if len(b) < 4 {
			return list, fmt.Errorf("%s: interrupts-extended ends within a cell", n.Path())
		}
		ph := binary.BigEndian.Uint32(b)
		c := n.tree.Phandle(ph)
		if c == nil {
			return list, fmt.Errorf("%s: interrupts-extended names phandle %#x, which no node has", n.Path(), ph)
		}
		var cells []uint32
		var err error
		if cells, b, err = c.specifier(b[4:]); err != nil {
			return list, fmt.Errorf("%s: %w", n.Path(), err)
		}
		list = append(list, Interrupt{Controller: c, Cells: cells})
	}
	return list, nil
}

// specifier takes one interrupt specifier of the controller off the list.
func (n *Node) specifier(b []byte) (cells []uint32, rest []byte, err error) {
	count, ok := n.U32("#interrupt-cells")
	if !ok || count < 1 || count > maxInterruptCells {
		return nil, nil, fmt.Errorf("interrupt controller %s has no usable #interrupt-cells", n.Path())
	}
	if uint64(len(b)) < uint64(count)*4 {
		return nil, nil, fmt.Errorf("an interrupt for %s has fewer than %d cells", n.Path(), count)
	}
	for range count {
		cells = append(cells, binary.BigEndian.Uint32(b))
		b = b[4:]
	}
	return cells, b, nil
}
