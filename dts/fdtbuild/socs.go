package fdtbuild

import "fmt"

// Monitor is a machine of 4+1 harts in the manner of small SoCs: hart 0 is a
// monitor core that calls itself okay but has no MMU and only a machine-mode
// context; the console is a memory-mapped 16550 variant behind an alias and
// takes its clock from a clock node; RAM begins at 0x40000000.
func Monitor() *Tree {
	t := New("atoll,monitor")
	cpus := harts(t, 5, 4_000_000, isaPlain)
	cpus.Find("cpu@0").Strings("riscv,isa", isaMonitor).Remove("mmu-type")
	cpus.Find("cpu@2").Strings("riscv,isa-base", "rv64i").
		Strings("riscv,isa-extensions", "i", "m", "a", "f", "d", "c", "zicsr", "sstc")
	memory(t, 0x4000_0000, 4<<30)
	firmware(t, 0x4000_0000, 256<<10)
	s := soc(t).Cells("interrupt-parent", phandlePLIC)
	p := plic(s, 0xc00_0000, phandlePLIC)
	contexts := []uint32{phandleHart, 11}
	for h := uint32(1); h < 5; h++ {
		contexts = append(contexts, phandleHart+h, 11, phandleHart+h, 9)
	}
	p.Cells("interrupts-extended", contexts...).Cells("riscv,ndev", 136)
	s.Add("serial@10000000").Strings("compatible", "snps,dw-apb-uart").Wide("reg", 0x1000_0000, 0x10000).
		Cells("interrupts", 32).Cells("reg-shift", 2).Cells("reg-io-width", 4).Cells("clocks", phandleClock)
	t.Root.Add("oscillator").Strings("compatible", "fixed-clock").Cells("#clock-cells", 0).
		Cells("clock-frequency", 24_000_000).Cells("phandle", phandleClock)
	t.Root.Add("aliases").Strings("serial0", "/soc/serial@10000000")
	t.Root.Add("chosen").Strings("stdout-path", "serial0:115200n8").
		Wide("linux,initrd-start", 0x4610_0000).Wide("linux,initrd-end", 0x4630_0000)
	t.Reserve = [][2]uint64{{0x4610_0000, 0x20_0000}}
	return t
}

// Aliased is a machine whose RAM shows up twice on the bus: only what the memory
// nodes name may be used. It has a node of two ranges, a node that is switched
// off, a reservation in the middle of RAM and one outside it, and harts with
// sparse ids, one of which is disabled. Two devices share a page.
func Aliased() *Tree {
	t := New("atoll,aliased")
	cpus := t.Root.Add("cpus").Cells("#address-cells", 2).Cells("#size-cells", 0)
	for _, id := range []uint32{9, 1, 3, 4, 0} {
		hart(cpus, id, isaPlain).Cells("reg", 0, id).Wide("timebase-frequency", 1_000_000)
	}
	cpus.Find("cpu@0").Strings("status", "disabled")
	t.Root.Add("memory@80000000").Strings("device_type", "memory").
		Wide("reg", 0x8000_0000, 0x3000_0000, 0x10_0000_0000, 0x4000_0000)
	memory(t, 0xc000_0000, 1<<30).Strings("status", "disabled")
	r := t.Root.Add("reserved-memory").Cells("#address-cells", 2).Cells("#size-cells", 2).Flag("ranges")
	r.Add("firmware@80000000").Wide("reg", 0x8000_0000, 0x8_0000)
	r.Add("fabric@a0000800").Wide("reg", 0xa000_0800, 0x40_0000).Flag("no-map")
	r.Add("dma@107a000000").Wide("reg", 0x20_7a00_0000, 0x100_0000)
	r.Add("pool").Wide("size", 0x100_0000)
	s := soc(t)
	plic(s, 0xc00_0000, phandlePLIC, 0, 1, 3, 4, 9)
	device(s, "serial", 0x2010_0400, 0x100, 91, phandlePLIC, "ns16550a").Cells("reg-shift", 2).Cells("reg-io-width", 4)
	device(s, "virtio_mmio", 0x2010_0800, 0x200, 92, phandlePLIC, "virtio,mmio")
	t.Root.Add("chosen").Strings("stdout-path", "/soc/serial@20100400")
	return t
}

// Narrow is an FPGA machine with 1-cell addresses, a bus whose addresses are
// shifted by its ranges, capital letters in its ISA string and no stdout-path.
func Narrow() *Tree {
	t := New("atoll,narrow")
	t.Root.Cells("#address-cells", 1).Cells("#size-cells", 1)
	cpus := harts(t, 0, 500_000, "")
	for i := range uint32(2) {
		hart(cpus, i, "rv64imafdcZicsr_Zifencei_Xfast").Remove("status")
	}
	t.Root.Add("memory@80000000").Strings("device_type", "memory").Cells("reg", 0x8000_0000, 0x1000_0000)
	s := t.Root.Add("soc").Cells("#address-cells", 1).Cells("#size-cells", 1).
		Cells("ranges", 0, 0x1000_0000, 0x1000_0000).Cells("interrupt-parent", phandlePLIC)
	s.Add("interrupt-controller@2000000").Strings("compatible", "riscv,plic0").Flag("interrupt-controller").
		Cells("#interrupt-cells", 1).Cells("reg", 0x200_0000, 0x400_0000).Cells("riscv,ndev", 8).
		Cells("interrupts-extended", phandleHart, 11, phandleHart, 9, phandleHart+1, 11, phandleHart+1, 9).
		Cells("phandle", phandlePLIC)
	for i := range uint32(2) {
		s.Add(fmt.Sprintf("serial@%x", 0x9000+0x1000*i)).Strings("compatible", "sifive,uart0").
			Cells("reg", 0x9000+0x1000*i, 0x1000).Cells("interrupts", 1+i)
	}
	s.Find("serial@9000").Strings("status", "disabled")
	t.Root.Add("chosen").Cells("linux,initrd-start", 0x8200_0000).Cells("linux,initrd-end", 0x8210_0000)
	return t
}

// Shaped is QEMU's virt machine with five harts, described in the manner of a VisionFive
// 2 as far as the machine's devices allow: the SoC's name, a monitor hart 0 with this
// status, a time base of 4 MHz (the machine's is 10 MHz), a DesignWare UART (the
// machine's 16550 has its registers), RAM at this base.
func Shaped(status string, base, size uint64) *Tree {
	t := New("starfive,visionfive-2-v1.3b", "starfive,jh7110")
	cpus := harts(t, 5, 4_000_000, isaPlain)
	cpus.Find("cpu@0").Strings("status", status)
	memory(t, base, size)
	s := soc(t)
	plic(s, 0xc00_0000, phandlePLIC, 0, 1, 2, 3, 4)
	var timers []uint32
	for h := range uint32(5) {
		timers = append(timers, phandleHart+h, 3, phandleHart+h, 7)
	}
	s.Add("clint@2000000").Strings("compatible", "sifive,clint0").Wide("reg", 0x200_0000, 0x1_0000).
		Cells("interrupts-extended", timers...)
	device(s, "serial", 0x1000_0000, 0x100, 10, phandlePLIC, "snps,dw-apb-uart").Cells("clock-frequency", 3_686_400)
	s.Add("test@100000").Strings("compatible", "sifive,test1", "sifive,test0", "syscon").Wide("reg", 0x10_0000, 0x1000)
	device(s, "virtio_mmio", 0x1000_8000, 0x1000, 8, phandlePLIC, "virtio,mmio")
	t.Root.Add("chosen").Strings("stdout-path", "/soc/serial@10000000")
	return t
}

// Unleashed is the emulator's sifive_u with a tree that is wrong: hart 0, a monitor core
// without supervisor mode, is described like the others. Its run= asks for what shows the
// others to be well.
func Unleashed() *Tree {
	t := New("atoll,unleashed")
	harts(t, 5, 1_000_000, isaPlain)
	memory(t, 0x8000_0000, 1<<30)
	firmware(t, 0x8000_0000, 512<<10)
	s := soc(t)
	contexts := []uint32{phandleHart, 11}
	for h := uint32(1); h < 5; h++ {
		contexts = append(contexts, phandleHart+h, 11, phandleHart+h, 9)
	}
	plic(s, 0xc00_0000, phandlePLIC).Cells("interrupts-extended", contexts...).Cells("riscv,ndev", 53).Wide("reg", 0xc00_0000, 0x400_0000)
	device(s, "serial", 0x1001_0000, 0x1000, 4, phandlePLIC, "sifive,uart0")
	t.Root.Add("chosen").Strings("stdout-path", "/soc/serial@10010000").Strings("bootargs", `run="cores; audit"`)
	return t
}
