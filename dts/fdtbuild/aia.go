package fdtbuild

import "fmt"

// Phandles of the machines below, besides those of boards.go.
const phandleIMSIC = 0x180

// aia is a machine of two nodes with two harts, 512 MiB and an APLIC each; each APLIC has
// a domain for the firmware, which has children, and the domain below it.
func aia(name string, domain func(n *Node, node int, machine bool)) *Tree {
	t := New(name)
	cpus := harts(t, 4, 10_000_000, isaFull+"_smaia_ssaia")
	for i := range 4 {
		cpus.Find(fmt.Sprintf("cpu@%x", i)).Cells("numa-node-id", uint32(i/2))
	}
	memory(t, 0x8000_0000, 512<<20).Cells("numa-node-id", 0)
	memory(t, 0xa000_0000, 512<<20).Cells("numa-node-id", 1)
	firmware(t, 0x8000_0000, 512<<10)
	s := soc(t)
	for node := range 2 {
		for _, machine := range []bool{true, false} {
			base, phandle := 0xd00_0000+uint64(node)<<15, uint32(phandlePLIC+node)
			if machine {
				base, phandle = base-0x100_0000, phandle+0x10
			}
			n := s.Add(fmt.Sprintf("aplic@%x", base)).Strings("compatible", "riscv,aplic").Flag("interrupt-controller").
				Cells("#interrupt-cells", 2).Wide("reg", base, 0x8000).Cells("riscv,num-sources", 96).
				Cells("numa-node-id", uint32(node)).Cells("phandle", phandle)
			if machine {
				n.Cells("riscv,children", uint32(phandlePLIC+node))
			}
			domain(n, node, machine)
		}
	}
	device(s, "serial", 0x1000_0000, 0x100, 10, phandlePLIC, "ns16550a").Cells("interrupts", 10, 4)
	device(s, "virtio_mmio", 0x1000_1000, 0x1000, 1, phandlePLIC+1, "virtio,mmio").Cells("interrupts", 1, 1)
	t.Root.Add("chosen").Strings("stdout-path", "/soc/serial@10000000")
	return t
}

// Wires is a machine whose APLICs have wires to the harts of their nodes.
func Wires() *Tree {
	return aia("atoll,wires", func(n *Node, node int, machine bool) {
		number := uint32(9)
		if machine {
			number = 11
		}
		h := uint32(phandleHart + 2*node)
		n.Cells("interrupts-extended", h, number, h+1, number)
	})
}

// Messages is a machine whose APLICs send messages to interrupt files of all harts: in a
// group for each node, four pages a hart, since there are files of guests.
func Messages() *Tree {
	t := aia("atoll,messages", func(n *Node, _ int, machine bool) {
		at := uint32(phandleIMSIC)
		if machine {
			at++
		}
		n.Cells("msi-parent", at)
	})
	s := t.Root.Find("soc")
	for i, number := range []uint32{9, 11} {
		base := 0x2800_0000 - uint64(i)*0x400_0000
		var all []uint32
		for h := range uint32(4) {
			all = append(all, phandleHart+h, number)
		}
		s.Add(fmt.Sprintf("imsics@%x", base)).Strings("compatible", "riscv,imsics").Flag("interrupt-controller").Flag("msi-controller").
			Cells("#interrupt-cells", 0).Wide("reg", base, 0x8000, base+0x100_0000, 0x8000).Cells("interrupts-extended", all...).
			Cells("riscv,num-ids", 127).Cells("riscv,guest-index-bits", 2).Cells("riscv,hart-index-bits", 1).
			Cells("riscv,group-index-bits", 1).Cells("riscv,group-index-shift", 24).Cells("phandle", uint32(phandleIMSIC+i))
	}
	return t
}
