package fdtbuild

import "fmt"

// Phandles of the machines below: harts' interrupt controllers count up from
// phandleHart, interrupt controllers of the machine from phandlePLIC.
const (
	phandleHart  = 1
	phandlePLIC  = 0x100
	phandleClock = 0x200
)

// ISA strings of the machines below.
const (
	isaFull    = "rv64imafdc_zicsr_zifencei_sstc"
	isaPlain   = "rv64imafdc"
	isaMonitor = "rv64imac"
)

// Boards returns every machine of this file by name.
func Boards() map[string]*Tree {
	return map[string]*Tree{
		"virt1":     Virt(1, 256<<20),
		"virt4":     Virt(4, 2<<30),
		"virt64":    Virt(64, 8<<30),
		"numa":      NUMA(),
		"monitor":   Monitor(),
		"aliased":   Aliased(),
		"narrow":    Narrow(),
		"wires":     Wires(),
		"messages":  Messages(),
		"unleashed": Unleashed(),
	}
}

// hart adds a usable hart.
func hart(cpus *Node, id uint32, isa string) *Node {
	n := cpus.Add(fmt.Sprintf("cpu@%x", id)).Strings("device_type", "cpu").Strings("compatible", "riscv").
		Cells("reg", id).Strings("status", "okay").Strings("riscv,isa", isa).Strings("mmu-type", "riscv,sv39")
	n.Add("interrupt-controller").Strings("compatible", "riscv,cpu-intc").Flag("interrupt-controller").
		Cells("#interrupt-cells", 1).Cells("phandle", phandleHart+id)
	return n
}

// harts adds /cpus with usable harts 0..n-1.
func harts(t *Tree, n int, hz uint32, isa string) *Node {
	cpus := t.Root.Add("cpus").Cells("#address-cells", 1).Cells("#size-cells", 0).Cells("timebase-frequency", hz)
	for i := range n {
		hart(cpus, uint32(i), isa)
	}
	return cpus
}

// soc adds /soc with an identity mapping.
func soc(t *Tree) *Node {
	return t.Root.Add("soc").Cells("#address-cells", 2).Cells("#size-cells", 2).
		Strings("compatible", "simple-bus").Flag("ranges")
}

// memory adds a memory node.
func memory(t *Tree, base, size uint64) *Node {
	return t.Root.Add(fmt.Sprintf("memory@%x", base)).Strings("device_type", "memory").Wide("reg", base, size)
}

// firmware reserves what firmware keeps at the start of RAM.
func firmware(t *Tree, base, size uint64) {
	t.Root.Add("reserved-memory").Cells("#address-cells", 2).Cells("#size-cells", 2).Flag("ranges").
		Add(fmt.Sprintf("firmware@%x", base)).Wide("reg", base, size).Flag("no-map")
}

// plic adds a PLIC with a machine and a supervisor context for each hart.
func plic(bus *Node, base uint64, phandle uint32, harts ...uint32) *Node {
	var contexts []uint32
	for _, h := range harts {
		contexts = append(contexts, phandleHart+h, 11, phandleHart+h, 9)
	}
	return bus.Add(fmt.Sprintf("plic@%x", base)).Strings("compatible", "sifive,plic-1.0.0", "riscv,plic0").
		Flag("interrupt-controller").Cells("#interrupt-cells", 1).Cells("#address-cells", 0).
		Wide("reg", base, 0x600000).Cells("riscv,ndev", 95).
		Cells("interrupts-extended", contexts...).Cells("phandle", phandle)
}

// device adds a device with one register range and one interrupt.
func device(bus *Node, name string, base, size uint64, irq, phandle uint32, compatible ...string) *Node {
	return bus.Add(fmt.Sprintf("%s@%x", name, base)).Strings("compatible", compatible...).
		Wide("reg", base, size).Cells("interrupts", irq).Cells("interrupt-parent", phandle)
}

// Virt is a machine in the manner of an emulator's generic board: all harts
// alike, one PLIC, a 16550, eight virtio slots, a clock and a finisher.
func Virt(n int, ram uint64) *Tree {
	t := New("atoll,virt")
	harts(t, n, 10_000_000, isaFull)
	memory(t, 0x8000_0000, ram)
	firmware(t, 0x8000_0000, 512<<10)
	s := soc(t)
	var all []uint32
	for i := range n {
		all = append(all, uint32(i))
	}
	plic(s, 0xc00_0000, phandlePLIC, all...)
	device(s, "serial", 0x1000_0000, 0x100, 10, phandlePLIC, "ns16550a").Cells("clock-frequency", 3_686_400)
	device(s, "rtc", 0x10_1000, 0x1000, 11, phandlePLIC, "google,goldfish-rtc")
	s.Add("test@100000").Strings("compatible", "sifive,test1", "sifive,test0", "syscon").Wide("reg", 0x10_0000, 0x1000)
	for i := range 8 {
		device(s, "virtio_mmio", 0x1000_1000+uint64(i)<<12, 0x1000, uint32(1+i), phandlePLIC, "virtio,mmio")
	}
	t.Root.Add("chosen").Strings("stdout-path", "/soc/serial@10000000").Strings("bootargs", "cores=4 run=\"ps\"").
		Bytes("rng-seed", []byte("a seed of thirty-two bytes, more"))
	return t
}

// NUMA is a machine of two nodes with four harts, 1 GiB and a PLIC each. The
// console hangs on the PLIC of node 1, which the lower harts do not reach.
func NUMA() *Tree {
	t := New("atoll,numa")
	cpus := harts(t, 8, 10_000_000, isaFull)
	for i := range 8 {
		cpus.Find(fmt.Sprintf("cpu@%x", i)).Cells("numa-node-id", uint32(i/4))
	}
	memory(t, 0x8000_0000, 1<<30).Cells("numa-node-id", 0)
	memory(t, 0xc000_0000, 1<<30).Cells("numa-node-id", 1)
	firmware(t, 0x8000_0000, 512<<10)
	s := soc(t)
	plic(s, 0xc00_0000, phandlePLIC, 0, 1, 2, 3).Cells("numa-node-id", 0)
	plic(s, 0xc60_0000, phandlePLIC+1, 4, 5, 6, 7).Cells("numa-node-id", 1)
	device(s, "serial", 0x1000_0000, 0x100, 10, phandlePLIC+1, "ns16550a")
	device(s, "virtio_mmio", 0x1000_1000, 0x1000, 1, phandlePLIC, "virtio,mmio")
	t.Root.Add("chosen").Strings("stdout-path", "/soc/serial@10000000:115200n8")
	return t
}
