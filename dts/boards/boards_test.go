package boards

import (
	"bytes"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"atoll/arch/layout"
	"atoll/boot/plan"
	"atoll/dts"
)

// compile returns the tree, or skips the test where there is no dtc.
func compile(t *testing.T, name string) []byte {
	t.Helper()
	blob, err := Compile(name)
	if errors.Is(err, ErrMissing) && os.Getenv("ATOLL_REQUIRE_QEMU") == "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return blob
}

// facts are what the manuals say of a board.
type facts struct {
	compatible string // of the SoC
	harts      []uint64
	timebase   uint64
	ram        []plan.Range
	context    uint32 // of core 0 in its interrupt controller
	uart       string
	regs       uint64
	irq        uint32
	shift      uint32
	width      uint32
}

var (
	u54    = []uint64{1, 2, 3, 4}
	rocket = []uint64{0, 1, 2, 3}

	known = map[string]facts{
		"icicle": {"microchip,mpfs", u54, 1_000_000, []plan.Range{{Base: 0x8000_0000, Size: 1 << 30}, {Base: 0x10_4000_0000, Size: 1 << 30}},
			2, "microchip,mpfs-uart", 0x2010_0000, 91, 2, 4},
		"icicle-qemu": {"microchip,mpfs", u54, 1_000_000, []plan.Range{{Base: 0x8000_0000, Size: 1 << 30}, {Base: 0x10_0000_0000, Size: 1 << 30}},
			2, "microchip,mpfs-uart", 0x2010_0000, 91, 2, 4},
		"visionfive2": {"starfive,jh7110", u54, 4_000_000, []plan.Range{{Base: 0x4000_0000, Size: 2 << 30}},
			2, "snps,dw-apb-uart", 0x1000_0000, 32, 2, 4},
		"visionfive2-v1.2a": {"starfive,jh7110", u54, 4_000_000, []plan.Range{{Base: 0x4000_0000, Size: 2 << 30}},
			2, "snps,dw-apb-uart", 0x1000_0000, 32, 2, 4},
		"visionfive1": {"starfive,jh7100", []uint64{0, 1}, 6_250_000,
			[]plan.Range{{Base: 0x8000_0000, Size: 0x7a00_0000}, {Base: 0xfb00_0000, Size: 8<<30 - 0x7b00_0000}},
			1, "snps,dw-apb-uart", 0x1244_0000, 73, 2, 4},
		"unmatched": {"sifive,fu740", u54, 1_000_000, []plan.Range{{Base: 0x8000_0000, Size: 16 << 30}},
			2, "sifive,uart0", 0x1001_0000, 39, 2, 4},
		"rocket": {"freechips,rocketchip-vivado", rocket, 1_000_000, []plan.Range{{Base: 0x8000_0000, Size: 1 << 30}},
			1, "riscv,axi-uart-1.0", 0x6001_0000, 1, 2, 4},
		"litex": {"litex,soc", rocket, 500_000, []plan.Range{{Base: 0x8000_0000, Size: 512 << 20}},
			1, "litex,liteuart", 0x1200_9000, 1, 2, 4},
	}
)

// TestBoards plans a machine from each tree, whichever of its harts boots, and holds
// the plan against what the manuals say.
func TestBoards(t *testing.T) {
	for _, name := range Names() {
		f, ok := known[name]
		if !ok {
			t.Errorf("nothing is known of %s", name)
			continue
		}
		blob := compile(t, name)
		tree, err := dts.Parse(blob)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, boot := range f.harts {
			checkBoard(t, name, f, tree, boot, len(blob))
		}
	}
}

// checkBoard plans the machine with this boot hart. Image and tree lie where U-Boot
// puts them at most boards: 2 MiB into RAM, and a good way above.
func checkBoard(t *testing.T, name string, f facts, tree *dts.Tree, boot uint64, blob int) {
	t.Helper()
	ram := f.ram[0].Base
	p, notes, err := plan.Make(plan.Input{
		Tree:     tree,
		Blob:     plan.Range{Base: ram + 96<<20, Size: uint64(blob)},
		Image:    plan.Range{Base: ram + 2<<20, Size: 5 << 20},
		Scratch:  plan.Range{Base: ram + 7<<20, Size: 3 << 20},
		BootHart: boot,
	})
	if err != nil {
		t.Errorf("%s, boot hart %d: %v, %q", name, boot, err, notes)
		return
	}
	if tree.Root.Match(f.compatible) == "" {
		t.Errorf("%s is not compatible with %s", name, f.compatible)
	}
	var harts []uint64
	for i := range p.Cores[:p.NCores] {
		c := &p.Cores[i]
		harts = append(harts, c.Row.Hart)
		for _, part := range c.Partition() {
			if !slices.ContainsFunc(f.ram, func(r plan.Range) bool { return r.Base <= part.Base && part.End() <= r.End() }) {
				t.Errorf("%s: core %d lives at %v, outside RAM", name, i, part)
			}
		}
	}
	if !slices.Equal(harts, f.harts) || p.Timebase != f.timebase || p.Cores[0].Context != f.context {
		t.Errorf("%s, boot hart %d: harts %v, %d Hz, context %d", name, boot, harts, p.Timebase, p.Cores[0].Context)
	}
	checkConsole(t, name, f, p)
}

func checkConsole(t *testing.T, name string, f facts, p *plan.Plan) {
	t.Helper()
	for _, d := range p.Devices[:p.NDevices] {
		if d.Kind != plan.DeviceUART {
			continue
		}
		if d.Console != 1 || d.Owner != 0 || d.Compatible.String() != f.uart || d.Regs.Base != f.regs ||
			d.IRQ != f.irq || d.RegShift != f.shift || d.RegWidth != f.width {
			t.Errorf("%s: console %+v", name, d)
		}
		return
	}
	t.Errorf("%s has no console", name)
}

// Every board's boot loader has room for the largest image that there may be, and for
// an initial RAM disk.
func TestLoads(t *testing.T) {
	const image = 8 << 20
	for i := range table {
		b := &table[i]
		for _, l := range b.Loads {
			if err := l.Check(image, 2<<20, image+layout.Scratch, 16<<20); err != nil {
				t.Errorf("%s: %v", b.Name, err)
			}
		}
		if len(b.Loads) == 0 {
			t.Errorf("%s: where is anything loaded to?", b.Name)
		}
	}
}

// TestOverlaps moves things of a good layout over each other.
func TestOverlaps(t *testing.T) {
	for _, c := range []struct {
		name string
		set  func(l *Loads)
		want string
	}{
		{"good", func(*Loads) {}, ""},
		{"no tree is loaded", func(l *Loads) { l.FDT, l.Ramdisk = 0, 0 }, ""},
		{"file over the tree", func(l *Loads) { l.Kernel = l.FDT - 4<<20 }, "the kernel's file, 0x84c00000..0x85400000, reaches the device tree at 0x85000000"},
		{"kernel over the tree", func(l *Loads) { l.FDT = 0x8100_0000 }, "the kernel, 0x80200000..0x81a00000, reaches the device tree"},
		{"kernel over extlinux.conf", func(l *Loads) { l.Pxefile = 0x8190_0000 }, "reaches extlinux.conf"},
		{"tree over the RAM disk", func(l *Loads) { l.FDT = 0x85ff_0001 }, "reaches the initial RAM disk"},
		{"tree as loaded", func(l *Loads) { l.Tree = 0x8020_0000 }, "reaches the device tree as loaded"},
		{"unpacked over the tree", func(l *Loads) { l.Comp = 0x8480_0001 }, "the kernel as unpacked at 0x84800001 reaches the device tree"},
		{"file below RAM", func(l *Loads) { l.Kernel = 0x7fff_0000 }, "leaves the memory"},
		{"RAM disk too long", func(l *Loads) { l.End = 0x8680_0000 }, "the initial RAM disk, 0x86000000..0x87000000, leaves the memory"},
	} {
		l := Loads{Loader: "U-Boot", RAM: 0x8000_0000, End: 0x9000_0000, Kernel: 0x8200_0000, FDT: 0x8500_0000, Ramdisk: 0x8600_0000}
		c.set(&l)
		err := l.Check(8<<20, 2<<20, 24<<20, 16<<20)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestCompileTwice(t *testing.T) {
	if !bytes.Equal(compile(t, "visionfive2"), compile(t, "visionfive2")) {
		t.Error("the tree differs from one run to the next")
	}
}

func TestCompileFails(t *testing.T) {
	if _, err := Compile("toaster"); err == nil || !strings.Contains(err.Error(), "there are icicle, ") {
		t.Errorf("unknown tree: %v", err)
	}
	t.Setenv("PATH", "/nowhere")
	if _, err := Compile("icicle"); !errors.Is(err, ErrMissing) || !strings.Contains(err.Error(), "device-tree-compiler") {
		t.Errorf("no dtc: %v", err)
	}
}
