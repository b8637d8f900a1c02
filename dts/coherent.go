package dts

// DMACoherent reports whether a device and the harts see the same memory without
// anything being done to the caches. The nearest node that says so counts, else the
// board's quirk, else the default of RISC-V, which is yes (Devicetree Specification,
// section 2.3.12, leaves the default to the architecture).
func (t *Tree) DMACoherent(n *Node) bool {
	for ; n != nil; n = n.Parent {
		if n.Has("dma-noncoherent") {
			return false
		}
		if n.Has("dma-coherent") {
			return true
		}
	}
	for _, q := range t.Quirks() {
		if q.NonCoherent {
			return false
		}
	}
	return true
}
