package dts

import (
	"maps"
	"slices"
	"testing"

	"atoll/dts/fdtbuild"
	"atoll/test/brief"
)

// visit calls every accessor on a node.
func visit(tree *Tree, n *Node) {
	if tree.Find(n.Path()) == nil {
		// A name with odd parts may hide behind a twin; it must still not panic.
		n.Child(n.Name)
	}
	n.Okay()
	n.Match("a", "b")
	n.NUMA()
	n.AddressCells()
	n.SizeCells()
	n.Raw()
	n.InterruptParent()
	if list, _ := n.Interrupts(); len(list) > 0 {
		list[0].Number()
		tree.Phandle(list[0].Number())
	}
	regs, _ := n.Reg()
	for _, r := range regs {
		if r.End() < r.Base {
			panic("a region wraps around: " + n.Path())
		}
	}
	for _, name := range []string{"reg", "compatible", "status", "phandle"} {
		n.U32(name)
		n.Uint(name)
		n.Strings(name)
		n.Text(name)
	}
}

// FuzzParse holds that no blob makes Parse or an accessor panic, and that
// whatever Check accepts u-root's parser can read.
func FuzzParse(f *testing.F) {
	brief.Shorten(f)
	boards := fdtbuild.Boards()
	for _, name := range slices.Sorted(maps.Keys(boards)) {
		f.Add(boards[name].Blob())
	}
	f.Fuzz(func(t *testing.T, blob []byte) {
		tree, err := Parse(blob)
		if err != nil {
			return
		}
		nodes := 0
		tree.Walk(func(n *Node) bool {
			nodes++
			if nodes < 500 {
				visit(tree, n)
			}
			return true
		})
		tree.Compatible("ns16550a", "sifive,plic-1.0.0")
		tree.BootArgs()
		tree.Stdout()
		tree.Initrd()
		tree.RNGSeed()
		tree.Memory()
		tree.Reserved()
		cpus, _ := tree.CPUs()
		for _, c := range cpus {
			c.ISA.Has("c")
			tree.SkipHart(c.Hart)
		}
		if tree.Size() > len(blob) {
			t.Errorf("size %d of %d", tree.Size(), len(blob))
		}
	})
}
