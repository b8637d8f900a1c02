package dts

import (
	"slices"
	"strings"
	"testing"

	"atoll/dts/fdtbuild"
)

func TestChosen(t *testing.T) {
	virt := build(t, fdtbuild.Virt(1, 256<<20))
	if got := virt.BootArgs(); got != `cores=4 run="ps"` {
		t.Errorf("boot arguments: %q", got)
	}
	if len(virt.RNGSeed()) != 32 {
		t.Errorf("seed: %q", virt.RNGSeed())
	}
	if n, opt, err := virt.Stdout(); err != nil || n.Path() != "/soc/serial@10000000" || opt != "" {
		t.Errorf("console by path: %v %q %v", n, opt, err)
	}
	monitor := build(t, fdtbuild.Monitor())
	if n, opt, err := monitor.Stdout(); err != nil || n.Path() != "/soc/serial@10000000" || opt != "115200n8" {
		t.Errorf("console by alias: %v %q %v", n, opt, err)
	}
	if r, err := monitor.Initrd(); err != nil || r != (Region{0x4610_0000, 0x20_0000}) {
		t.Errorf("two-cell initrd: %v %v", r, err)
	}
	narrow := build(t, fdtbuild.Narrow())
	if r, err := narrow.Initrd(); err != nil || r != (Region{0x8200_0000, 0x10_0000}) {
		t.Errorf("one-cell initrd: %v %v", r, err)
	}
	if n, _, err := narrow.Stdout(); n != nil || err != nil {
		t.Errorf("no stdout-path: %v %v", n, err)
	}
	bare := build(t, fdtbuild.New("x"))
	if r, err := bare.Initrd(); bare.BootArgs() != "" || bare.RNGSeed() != nil || r.Size != 0 || err != nil {
		t.Error("a tree without /chosen has something in it")
	}
}

func TestChosenRefused(t *testing.T) {
	for name, f := range map[string]func(c *fdtbuild.Node){
		"backwards": func(c *fdtbuild.Node) { c.Cells("linux,initrd-start", 2).Cells("linux,initrd-end", 1) },
		"no end":    func(c *fdtbuild.Node) { c.Cells("linux,initrd-start", 2) },
		"odd":       func(c *fdtbuild.Node) { c.Cells("linux,initrd-start", 2).Bytes("linux,initrd-end", []byte{3}) },
	} {
		b := fdtbuild.New("x")
		f(b.Root.Add("chosen").Strings("stdout-path", "/nowhere"))
		tree := build(t, b)
		if r, err := tree.Initrd(); err == nil {
			t.Errorf("%s: initrd %v without an error", name, r)
		}
		if n, _, err := tree.Stdout(); err == nil {
			t.Errorf("%s: stdout-path to nowhere gives %v", name, n)
		}
	}
}

func TestMemory(t *testing.T) {
	list, err := build(t, fdtbuild.Aliased()).Memory()
	want := []Region{{0x8000_0000, 0x3000_0000}, {0x10_0000_0000, 0x4000_0000}}
	if err != nil || len(list) != 2 || list[0].Region != want[0] || list[1].Region != want[1] {
		t.Errorf("two ranges and a disabled node: %v %v", list, err)
	}
	list, err = build(t, fdtbuild.NUMA()).Memory()
	if err != nil || len(list) != 2 || list[0].NUMA != 0 || list[1].NUMA != 1 {
		t.Errorf("two nodes: %v %v", list, err)
	}
	b := fdtbuild.New("x")
	b.Root.Add("memory@0").Cells("reg", 1, 2, 3)
	b.Root.Add("memory@1").Wide("reg", 0x1000, 0, 0x2000, 0x1000)
	b.Root.Add("memory-controller@2").Wide("reg", 0x5000, 0x1000)
	list, err = build(t, b).Memory()
	if err == nil || len(list) != 1 || list[0].Region != (Region{0x2000, 0x1000}) {
		t.Errorf("a malformed node beside a good one: %v %v", list, err)
	}
}

// Sabotage: leave t.reserves out of Reserved.
func TestReserved(t *testing.T) {
	list, err := build(t, fdtbuild.Aliased()).Reserved()
	want := []Region{{0x8000_0000, 0x8_0000}, {0xa000_0800, 0x40_0000}, {0x20_7a00_0000, 0x100_0000}}
	if err != nil || len(list) != 3 {
		t.Fatalf("got %v, %v", list, err)
	}
	for i, r := range list {
		if r.Region != want[i] || r.NoMap != (i == 1) || r.Node == nil {
			t.Errorf("reservation %d: %v", i, r)
		}
	}
	list, err = build(t, fdtbuild.Monitor()).Reserved()
	if err != nil || len(list) != 2 || list[0].Node != nil || list[0].Region != (Region{0x4610_0000, 0x20_0000}) {
		t.Errorf("reservation block: %v %v", list, err)
	}
	off := fdtbuild.Aliased()
	off.Root.Find("reserved-memory", "fabric@a0000800").Strings("status", "disabled")
	if list, err = build(t, off).Reserved(); err != nil || len(list) != 2 {
		t.Errorf("a reservation switched off: %v %v", list, err)
	}
	b := fdtbuild.New("x")
	b.Root.Add("reserved-memory").Cells("#address-cells", 2).Cells("#size-cells", 2).Add("bad").Cells("reg", 1)
	if list, err := build(t, b).Reserved(); err == nil {
		t.Errorf("a reservation that cannot be read: %v", list)
	}
	b = fdtbuild.New("x")
	b.Reserve = [][2]uint64{{1 << 63, 1 << 63}}
	if _, err := Parse(b.Blob()); err == nil || !strings.Contains(err.Error(), "wraps") {
		t.Errorf("a reservation that wraps: %v", err)
	}
}

// Sabotage: pass over riscv,isa-extensions, or the time base of a hart's own node.
func TestCPUs(t *testing.T) {
	list, err := build(t, fdtbuild.Aliased()).CPUs()
	if err != nil || len(list) != 5 {
		t.Fatalf("%v %v", list, err)
	}
	var ids []uint64
	for _, c := range list {
		ids = append(ids, c.Hart)
		if c.Timebase != 1_000_000 || c.MMU != "riscv,sv39" || c.IntC == nil || c.Node.Okay() != (c.Hart != 0) {
			t.Errorf("hart %d: %+v", c.Hart, c)
		}
	}
	if !slices.Equal(ids, []uint64{0, 1, 3, 4, 9}) {
		t.Errorf("ids: %v", ids)
	}
	list, _ = build(t, fdtbuild.Monitor()).CPUs()
	if list[0].MMU != "" || list[0].ISA.Has("d") || !list[2].ISA.Has("sstc") || list[1].Timebase != 4_000_000 {
		t.Errorf("monitor core and extension list: %+v", list[:3])
	}
	b := fdtbuild.New("x")
	cpus := b.Root.Add("cpus").Cells("#address-cells", 1).Cells("#size-cells", 0)
	cpus.Add("cpu-map")
	cpus.Add("cpu@0").Strings("device_type", "cpu")
	cpus.Add("cpu@1").Cells("reg", 1)
	cpus.Add("cpu@2").Cells("reg", 1)
	list, err = build(t, b).CPUs()
	if len(list) != 1 || err == nil || strings.Count(err.Error(), "\n") != 1 {
		t.Errorf("one good of three: %v %v", list, err)
	}
	if _, err := build(t, fdtbuild.New("x")).CPUs(); err == nil {
		t.Error("no /cpus: no error")
	}
}

// Sabotage: leave ToLower out of parseISA.
func TestISA(t *testing.T) {
	for s, want := range map[string]string{
		"rv64imafdc":                             "i m a f d c",
		"RV64GC":                                 "i m a f d c g zicsr zifencei",
		"rv64imafdcsu":                           "i c !s !u !su",
		"rv64imafdch_zicsr_sstc":                 "h zicsr sstc !s",
		"rv64imafdcZicsr_Zifencei_Zihpm_Xrocket": "d c zicsr zifencei zihpm xrocket !z !r",
		"rv64i2p1m2p0a2p1f2p2d2p2c2p0_zicsr2p0_zba1p0": "i m a f d c zicsr2p0 !p !2",
		"rv64imafdcv_zba_zbb":                          "v zba zbb !z",
		"rv64imac_p":                                   "p !d",
		"rv64im2pc":                                    "m p c",
		"64imafdc":                                     "!i",
		"":                                             "!i",
		"rv64__imafd":                                  "i d",
	} {
		isa := parseISA(s)
		for _, e := range strings.Fields(want) {
			name, not := strings.CutPrefix(e, "!")
			if isa.Has(name) == not {
				t.Errorf("%q: Has(%q) = %v", s, name, !not)
			}
		}
	}
	if x := parseISA("rv32ima").XLen; x != 32 {
		t.Errorf("rv32: %d", x)
	}
}

func TestQuirks(t *testing.T) {
	tree := build(t, fdtbuild.New("vendor,board", "starfive,jh7110"))
	if len(tree.Quirks()) != 1 || tree.SkipHart(0) == "" || tree.SkipHart(1) != "" {
		t.Errorf("a JH7110: %v", tree.Quirks())
	}
	if other := build(t, fdtbuild.New("vendor,board")); other.SkipHart(0) != "" {
		t.Error("another board skips hart 0")
	}
}

// The nearest node counts, then the board's quirk, then RISC-V's default.
// Sabotage: look at the root alone.
func TestDMACoherent(t *testing.T) {
	for _, c := range []struct {
		name string
		root string
		set  func(soc, device *fdtbuild.Node)
		want bool
	}{
		{"nothing is said", "vendor,board", func(_, _ *fdtbuild.Node) {}, true},
		{"the bus is not", "vendor,board", func(soc, _ *fdtbuild.Node) { soc.Flag("dma-noncoherent") }, false},
		{"the device is, on a bus that is not", "vendor,board", func(soc, device *fdtbuild.Node) {
			soc.Flag("dma-noncoherent")
			device.Flag("dma-coherent")
		}, true},
		{"the board is known", "starfive,jh7100", func(_, _ *fdtbuild.Node) {}, false},
		{"the device is, on a board that is known", "starfive,jh7100", func(_, device *fdtbuild.Node) { device.Flag("dma-coherent") }, true},
		{"another board of the same maker", "starfive,jh7110", func(_, _ *fdtbuild.Node) {}, true},
	} {
		b := fdtbuild.New("vendor,board", c.root)
		soc := b.Root.Add("soc")
		c.set(soc, soc.Add("dma@1000"))
		tree := build(t, b)
		if got := tree.DMACoherent(tree.Root.Child("soc").Child("dma@1000")); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
