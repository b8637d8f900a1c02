package dts

import (
	"errors"
	"fmt"
	"slices"
)

// CPU is one hart as its node describes it.
type CPU struct {
	Node     *Node
	Hart     uint64 // hardware id
	ISA      ISA
	MMU      string // mmu-type, such as "riscv,sv39"; "" if absent
	NUMA     uint32 // numa-node-id, 0 if absent
	IntC     *Node  // the hart's own interrupt controller, nil if absent
	Timebase uint64 // Hz, 0 if neither the node nor /cpus tells
}

// CPUs returns every hart of /cpus (section 3.7) in the order of their ids,
// whatever their status. An error joins one sentence for each node left out
// because its id is missing or taken; the others are returned.
func (t *Tree) CPUs() ([]CPU, error) {
	parent := t.Root.Child("cpus")
	if parent == nil {
		return nil, errors.New("the device tree has no /cpus")
	}
	var list []CPU
	var errs []error
	seen := map[uint64]bool{}
	for _, n := range parent.Children {
		if !n.is("cpu") {
			continue
		}
		hart, err := n.hart()
		if err == nil && seen[hart] {
			err = fmt.Errorf("%s: hart %d is described twice", n.Path(), hart)
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		seen[hart] = true
		list = append(list, n.cpu(hart))
	}
	slices.SortFunc(list, func(a, b CPU) int {
		if a.Hart < b.Hart {
			return -1
		}
		return 1
	})
	return list, errors.Join(errs...)
}

// hart returns the hardware id that a cpu node's reg gives.
func (n *Node) hart() (uint64, error) {
	b, _ := n.Prop("reg")
	cells := n.Parent.AddressCells()
	if cells < 1 || cells > 2 || len(b) < int(cells)*4 {
		return 0, fmt.Errorf("%s: reg gives no hart id", n.Path())
	}
	return number(b, cells), nil
}

// cpu decodes a cpu node.
func (n *Node) cpu(hart uint64) CPU {
	c := CPU{Node: n, Hart: hart, ISA: n.isa(), MMU: n.Text("mmu-type"), NUMA: n.NUMA()}
	c.IntC = n.Child("interrupt-controller")
	var ok bool
	if c.Timebase, ok = n.Uint("timebase-frequency"); !ok {
		c.Timebase, _ = n.Parent.Uint("timebase-frequency")
	}
	return c
}
