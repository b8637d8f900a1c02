// Package dts reads the flattened device tree that firmware hands over: it
// checks the blob, lets u-root's pkg/dt build the tree, and decodes on top of
// it what that package leaves raw (cells, ranges, interrupts, /chosen, memory,
// harts), for the Devicetree Specification v0.4. The quirks of boards whose
// trees say what is not so stand in one table, quirks.go.
//
// Callers are the planner (boot/plan) and drivers that look up their node. It
// runs in an instance's Go runtime or on the host, in any goroutine; it
// allocates; a Tree does not change after Parse and may be read concurrently.
// The blob may be dropped after Parse: the tree holds copies.
//
// Invariants:
//  1. No blob, however malformed, makes a function here panic or allocate more
//     than a small multiple of the blob's size. Check holds the bounds before
//     u-root sees the blob; FuzzParse holds the claim.
//  2. Node and property names are printable ASCII; values are anything at all
//     and must be quoted before they reach a console.
//  3. A region returned from here does not wrap around the end of the address
//     space, so Base+Size may be computed freely.
//
// Known limits: PCI addresses (three cells), interrupt-map and dma-ranges are
// not decoded; a reg or ranges property of more than 256 entries is refused.
package dts
