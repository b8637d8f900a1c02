package dts

import (
	"errors"
	"fmt"
	"strings"
)

// Memory is one range of RAM.
type Memory struct {
	Region
	NUMA uint32 // numa-node-id, 0 if absent
	Node *Node
}

// Memory returns the ranges of every memory node that is okay (section 3.4), in
// the blob's order, without empty ones. An error joins one sentence for each
// node left out because it cannot be decoded; the others are returned.
func (t *Tree) Memory() ([]Memory, error) {
	var list []Memory
	var errs []error
	for _, n := range t.Root.Children {
		if !n.is("memory") || !n.Okay() {
			continue
		}
		regs, err := n.Reg()
		if err != nil {
			errs = append(errs, err)
			continue
		}
		for _, r := range regs {
			if r.Size > 0 {
				list = append(list, Memory{Region: r, NUMA: n.NUMA(), Node: n})
			}
		}
	}
	return list, errors.Join(errs...)
}

// is reports whether the node is of a device type, by device_type or by name.
func (n *Node) is(kind string) bool {
	base, _, _ := strings.Cut(n.Name, "@")
	return base == kind || n.Text("device_type") == kind
}

// NUMA returns the node's numa-node-id, 0 if absent.
func (n *Node) NUMA() uint32 {
	id, _ := n.U32("numa-node-id")
	return id
}

// Reserved is a range of memory that nobody but its user may touch.
type Reserved struct {
	Region
	Node  *Node // nil for an entry of the memory reservation block
	NoMap bool  // not even to be mapped
}

// Reserved returns the memory reservation block and the fixed ranges of
// /reserved-memory (section 3.5). Nodes without reg ask for memory anywhere and
// take nothing away. An error means that some reservation is not known, so that
// no memory is safe to use.
func (t *Tree) Reserved() ([]Reserved, error) {
	var list []Reserved
	for _, r := range t.reserves {
		list = append(list, Reserved{Region: r})
	}
	parent := t.Root.Child("reserved-memory")
	if parent == nil {
		return list, nil
	}
	for _, n := range parent.Children {
		if !n.enabled() {
			continue
		}
		// The binding gives /reserved-memory the root's cells and empty ranges,
		// so that its addresses need no translation.
		regs, err := n.Raw()
		if err != nil {
			return nil, fmt.Errorf("reserved memory is not decoded: %w", err)
		}
		for _, r := range regs {
			list = append(list, Reserved{Region: r, Node: n, NoMap: n.Has("no-map")})
		}
	}
	return list, nil
}
