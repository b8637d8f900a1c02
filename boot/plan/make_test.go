package plan

import (
	"slices"
	"strings"
	"testing"

	"atoll/arch/layout"
	"atoll/dts/fdtbuild"
)

// hartsOf returns the harts in core order.
func hartsOf(p *Plan) []uint64 {
	var list []uint64
	for i := range p.Cores[:p.NCores] {
		list = append(list, p.Cores[i].Row.Hart)
	}
	return list
}

// has reports whether a note contains all the words.
func has(notes []string, words ...string) bool {
	return slices.ContainsFunc(notes, func(n string) bool {
		return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(n, w) })
	})
}

// device returns the first device of a kind.
func device(t *testing.T, p *Plan, kind DeviceKind) *Device {
	t.Helper()
	for i := range p.Devices[:p.NDevices] {
		if p.Devices[i].Kind == kind {
			return &p.Devices[i]
		}
	}
	t.Fatalf("no %v in the plan", kind)
	return nil
}

func TestEveryBoard(t *testing.T) {
	for name, b := range fdtbuild.Boards() {
		in := input(t, b.Blob())
		cpus, _ := in.Tree.CPUs()
		for _, n := range []int{0, 1, 2, 3, len(cpus)} {
			in.MaxCores = n
			for _, c := range cpus {
				if unusable(in.Tree, c) == "" {
					in.BootHart = c.Hart
					p, _ := mustMake(t, in)
					if want := min(p.Harts, MaxCores); n == 0 && p.NCores != want {
						t.Errorf("%s: %d cores of %d", name, p.NCores, p.Harts)
					}
				}
			}
		}
	}
}

func TestVirt(t *testing.T) {
	in := input(t, fdtbuild.Virt(4, 2<<30).Blob())
	in.BootHart = 2
	p, _ := mustMake(t, in)
	if !slices.Equal(hartsOf(p), []uint64{0, 1, 2, 3}) || p.BootCore != 2 || p.BootArgs() != `cores=4 run="ps"` {
		t.Errorf("harts %v, boot core %d, arguments %q", hartsOf(p), p.BootCore, p.BootArgs())
	}
	if p.Cores[3].Context != 7 || p.Cores[3].Claim.Base != 0xc20_7000 || p.Cores[0].Row.Flags != layout.RowSstc {
		t.Errorf("core 3: %+v", p.Cores[3])
	}
	u := device(t, p, DeviceUART)
	if u.Owner != 0 || u.IRQ != 10 || u.RegShift != 0 || u.RegWidth != 1 || u.Clock != 3_686_400 || u.Console != 1 {
		t.Errorf("console: %+v", u)
	}
	if pl := device(t, p, DevicePLIC); pl.Regs != (Range{0xc00_0000, 0x3000}) {
		t.Errorf("controller: %v", pl.Regs)
	}
	if f := device(t, p, DeviceFinisher); f.Controller != NoCore || f.Owner != 0 {
		t.Errorf("finisher: %+v", f)
	}
	if v := device(t, p, DeviceVirtioMMIO); v.Regs.Base != 0x1000_1000 || v.IRQ != 1 || p.NDevices != 12 {
		t.Errorf("%d devices, first virtio %+v", p.NDevices, v)
	}
	if p.Cores[0].Row.WindowPA != 0x8000_0000 || p.Cores[0].Row.WindowGB != 2 || p.WindowVA(0x8000_1000) != layout.WindowBase+0x1000 {
		t.Errorf("window: %+v", p.Cores[0].Row)
	}
}

// The console's controller decides who is core 0, whichever hart booted.
// Sabotage: in controller.parse, take the contexts of M-mode, interrupt 11.
func TestCoreZero(t *testing.T) {
	in := input(t, fdtbuild.NUMA().Blob())
	for _, boot := range []uint64{0, 5} {
		in.BootHart = boot
		p, _ := mustMake(t, in)
		if want := []uint64{4, 0, 1, 2, 3, 5, 6, 7}; !slices.Equal(hartsOf(p), want) {
			t.Errorf("boot hart %d: harts %v, want %v", boot, hartsOf(p), want)
		}
		u, v := device(t, p, DeviceUART), device(t, p, DeviceVirtioMMIO)
		if u.Owner != 0 || u.Controller != p.Cores[0].Controller || v.Owner != 1 || v.Controller != p.Cores[1].Controller {
			t.Errorf("console %+v, virtio %+v", u, v)
		}
		if p.NControllers != 2 || p.Controllers[0].Owner != 0 || p.Controllers[1].Owner != 1 {
			t.Errorf("controllers %+v", p.Controllers[:p.NControllers])
		}
		for i := range p.Cores[:8] {
			c := &p.Cores[i]
			if inNode1 := c.Reserve.Base >= 0xc000_0000; inNode1 != (c.Row.Hart >= 4) || c.Node != uint32(c.Row.Hart/4) {
				t.Errorf("hart %d of node %d lives at %v", c.Row.Hart, c.Node, c.Partition())
			}
		}
	}
}

func TestLimit(t *testing.T) {
	in := input(t, fdtbuild.NUMA().Blob())
	for _, c := range []struct {
		limit int
		boot  uint64
		want  []uint64
	}{
		{3, 0, []uint64{4, 0, 1}},
		{3, 7, []uint64{4, 0, 7}},
		{2, 4, []uint64{4, 0}},
		{1, 4, []uint64{4}},
		{1, 6, []uint64{6}},
		{1, 2, []uint64{2}},
		{99, 2, []uint64{4, 0, 1, 2, 3, 5, 6, 7}},
	} {
		in.MaxCores, in.BootHart = c.limit, c.boot
		p, notes := mustMake(t, in)
		if !slices.Equal(hartsOf(p), c.want) || p.Harts != 8 || has(notes, "limit") != (c.limit < 8) {
			t.Errorf("cores=%d boot %d: harts %v, want %v (%q)", c.limit, c.boot, hartsOf(p), c.want, notes)
		}
		if c.boot == 2 && c.limit == 1 {
			u := device(t, p, DeviceUART)
			if u.Controller != NoCore || !has(notes, "serial", "polled") {
				t.Errorf("a console out of reach: %+v, %q", u, notes)
			}
		}
	}
}

// Harts that are not what they seem, and contexts that are not those of an emulator: a
// context is the place in interrupts-extended.
// Sabotage: in controller.parse, let every S-mode context be an odd one; in dts, pass over
// riscv,isa-extensions.
func TestMonitor(t *testing.T) {
	p, notes := mustMake(t, input(t, fdtbuild.Monitor().Blob()))
	if !slices.Equal(hartsOf(p), []uint64{1, 2, 3, 4}) || !has(notes, "hart 0", "mmu") {
		t.Errorf("harts %v, notes %q", hartsOf(p), notes)
	}
	for i := range p.Cores[:4] {
		if c := &p.Cores[i]; c.Context != uint32(2*c.Row.Hart) || (c.Row.Flags == layout.RowSstc) != (c.Row.Hart == 2) {
			t.Errorf("hart %d: context %d, flags %d", c.Row.Hart, c.Context, c.Row.Flags)
		}
	}
	u := device(t, p, DeviceUART)
	if u.RegShift != 2 || u.RegWidth != 4 || u.Clock != 24_000_000 || u.IRQ != 32 || u.Compatible.String() != "snps,dw-apb-uart" {
		t.Errorf("console: %+v", u)
	}
	if p.Initrd != (Range{0x4610_0000, 0x20_0000}) || p.Cores[0].Row.WindowPA != 0x4000_0000 {
		t.Errorf("initrd %v, window %v", p.Initrd, p.window())
	}
}

// A board in the quirk table loses its hart 0 even if the tree praises it, but
// not if that very hart is running us.
// Sabotage: leave SkipHart out of unusable.
func TestQuirk(t *testing.T) {
	b := fdtbuild.Virt(3, 256<<20)
	b.Root.Strings("compatible", "vendor,board", "starfive,jh7110")
	in := input(t, b.Blob())
	in.BootHart = 1
	if p, notes := mustMake(t, in); !slices.Equal(hartsOf(p), []uint64{1, 2}) || !has(notes, "hart 0", "S7") {
		t.Errorf("harts %v, notes %q", hartsOf(p), notes)
	}
	in.BootHart = 0
	if p, _ := mustMake(t, in); !slices.Equal(hartsOf(p), []uint64{0, 1, 2}) {
		t.Errorf("harts %v", hartsOf(p))
	}
}

// Every rule of unusable keeps a hart out, with its sentence, and none keeps the boot hart.
// Sabotage: leave any case or any extension out of unusable.
func TestUnusableHarts(t *testing.T) {
	for want, spoil := range map[string]func(n *fdtbuild.Node){
		"status":      func(n *fdtbuild.Node) { n.Strings("status", "fail") },
		"no mmu-type": func(n *fdtbuild.Node) { n.Remove("mmu-type") },
		"no MMU":      func(n *fdtbuild.Node) { n.Strings("mmu-type", "riscv,none") },
		"64-bit":      func(n *fdtbuild.Node) { n.Strings("riscv,isa", "rv32imafdc") },
		"ISA":         func(n *fdtbuild.Node) { n.Remove("riscv,isa") },
		"extension d": func(n *fdtbuild.Node) { n.Strings("riscv,isa", "rv64imafc") },
	} {
		b := fdtbuild.Virt(2, 256<<20)
		spoil(b.Root.Find("cpus", "cpu@1"))
		in := input(t, b.Blob())
		if p, notes := mustMake(t, in); p.NCores != 1 || !has(notes, "hart 1", want) {
			t.Errorf("%s: harts %v, notes %q", want, hartsOf(p), notes)
		}
		in.BootHart = 1
		if p, _ := mustMake(t, in); p.NCores != 2 || p.BootCore != 1 {
			t.Errorf("%s: the boot hart is not used: %v", want, hartsOf(p))
		}
	}
}

// A hart that does not tell its time base has the boot hart's.
// Sabotage: leave the case of no time base out of fillCores, or in dts the property of the
// hart's own node.
func TestTimebase(t *testing.T) {
	b := fdtbuild.Virt(3, 256<<20)
	b.Root.Find("cpus").Remove("timebase-frequency").Find("cpu@1").Cells("timebase-frequency", 1_000_000)
	b.Root.Find("cpus", "cpu@2").Cells("timebase-frequency", 2_000_000)
	in := input(t, b.Blob())
	in.BootHart = 1
	p, _ := mustMake(t, in)
	for i, want := range []uint64{1_000_000, 1_000_000, 2_000_000} {
		if got := p.Cores[i].Row.Timebase; got != want {
			t.Errorf("core %d: %d Hz, want %d", i, got, want)
		}
	}
}

// A time base that cannot be is none.
func TestImpossibleTimebase(t *testing.T) {
	b := fdtbuild.Virt(2, 256<<20)
	b.Root.Find("cpus", "cpu@1").Cells("timebase-frequency", 1<<31, 0)
	in := input(t, b.Blob())
	if p, notes := mustMake(t, in); p.Cores[1].Row.Timebase != p.Timebase || len(notes) == 0 {
		t.Errorf("core 1: %d Hz, notes %q", p.Cores[1].Row.Timebase, notes)
	}
	b.Root.Find("cpus").Cells("timebase-frequency", 9999)
	in = input(t, b.Blob())
	if _, _, err := Make(in); err == nil || !strings.Contains(err.Error(), "timebase") {
		t.Errorf("a time base of 9999 Hz: %v", err)
	}
}

func TestRefused(t *testing.T) {
	in := input(t, fdtbuild.Virt(2, 256<<20).Blob())
	for want, spoil := range map[string]func(in *Input){
		"aligned":         func(in *Input) { in.Image.Base += 0x1000 },
		"empty":           func(in *Input) { in.Image.Size = 0 },
		"wraps":           func(in *Input) { in.Scratch = Range{1 << 63, 1 << 63} },
		"no partition of": func(in *Input) { in.Scratch = Range{}; in.Image.Size = 250 << 20 },
		"hart 7":          func(in *Input) { in.BootHart = 7 },
		"no free memory":  func(in *Input) { in.Blob.Size = 256 << 20 },
	} {
		bad := in
		spoil(&bad)
		if _, _, err := Make(bad); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error with %q", err, want)
		}
	}
	for want, spoil := range map[string]func(b *fdtbuild.Tree){
		"no memory":          func(b *fdtbuild.Tree) { b.Root.Find("memory@80000000").Strings("status", "disabled") },
		"timebase":           func(b *fdtbuild.Tree) { b.Root.Find("cpus").Remove("timebase-frequency") },
		"reserved memory is": func(b *fdtbuild.Tree) { b.Root.Find("reserved-memory", "firmware@80000000").Cells("reg", 1) },
	} {
		b := fdtbuild.Virt(2, 256<<20)
		good := input(t, b.Blob())
		spoil(b)
		good.Tree = parse(t, b.Blob())
		if _, _, err := Make(good); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error with %q", err, want)
		}
	}
}
