package plan

import (
	"path/filepath"
	"slices"
	"testing"

	"atoll/dts"
	"atoll/dts/saved"
)

// Every saved machine gets a plan that holds the invariants, whichever of its
// harts boots, and every one has a console that core 0 owns.
func TestRealMachines(t *testing.T) {
	for name, blob := range saved.Blobs(t, "../..") {
		in := input(t, blob)
		cpus, _ := in.Tree.CPUs()
		var first *Plan
		for _, c := range cpus {
			if unusable(in.Tree, c) != "" {
				continue
			}
			in.BootHart = c.Hart
			p, notes := mustMake(t, in)
			if first == nil {
				first = p
			}
			if p.NCores != p.Harts || !slices.Equal(hartsOf(p), hartsOf(first)) {
				t.Errorf("%s, boot hart %d: %d cores of %d, %q", name, c.Hart, p.NCores, p.Harts, notes)
			}
			u := device(t, p, DeviceUART)
			if u.Owner != 0 || u.Console != 1 || p.NControllers > 0 && u.Controller != p.Cores[0].Controller {
				t.Errorf("%s: console %+v", name, u)
			}
			if used := p.Cores[0].Memory() * uint64(p.NCores); used < p.RAM*9/10 {
				t.Errorf("%s: about %d of %d MiB are used: %q", name, used/mib, p.RAM/mib, notes)
			}
		}
		if first == nil {
			t.Errorf("%s: no usable hart", name)
		}
	}
}

// What is known of single machines.
func TestKnownMachines(t *testing.T) {
	blobs := saved.Blobs(t, "../..")
	for name, check := range map[string]func(t *testing.T, p *Plan, tree *dts.Tree){
		"linux-6.12/starfive/jh7110-starfive-visionfive-2-v1.3b.dtb": visionFive2,
		"debian-uboot-2025.01/visionfive2-uboot-itb-fdt1.dtb":        visionFive2,
		"linux-6.12/microchip/mpfs-icicle-kit.dtb":                   icicle,
		"smode-view/icicle-opensbi1.1.dtb":                           icicle,
		"qemu-7.2/virt-numa2-smp8.dtb":                               numa2,
		"qemu-7.2/virt-smp64.dtb":                                    smp64,
		"qemu-7.2/sifive_u-smp5.dtb":                                 unleashed,
		"qemu-7.2/virt-smp4-aplic-imsic.dtb":                         aplic,
	} {
		t.Run(filepath.Base(name), func(t *testing.T) {
			blob, ok := blobs[name]
			if !ok {
				t.Skipf("%s is not among the saved device trees", name)
			}
			in := input(t, blob)
			p, _ := mustMake(t, in)
			check(t, p, in.Tree)
		})
	}
}

func visionFive2(t *testing.T, p *Plan, _ *dts.Tree) {
	if !slices.Equal(hartsOf(p), []uint64{1, 2, 3, 4}) || p.Timebase != 4_000_000 {
		t.Errorf("harts %v, %d Hz", hartsOf(p), p.Timebase)
	}
	if p.Cores[0].Row.WindowPA != 0x4000_0000 || p.Cores[3].Context != 8 || p.Cores[0].Row.Flags != 0 {
		t.Errorf("window %v, core 3 %+v", p.window(), p.Cores[3])
	}
	if u := device(t, p, DeviceUART); u.IRQ != 32 || u.RegShift != 2 || u.RegWidth != 4 || u.Regs.Base != 0x1000_0000 {
		t.Errorf("console %+v", u)
	}
}

func icicle(t *testing.T, p *Plan, _ *dts.Tree) {
	if !slices.Equal(hartsOf(p), []uint64{1, 2, 3, 4}) || p.Timebase != 1_000_000 || p.Cores[0].Context != 2 {
		t.Errorf("harts %v, %d Hz, context %d", hartsOf(p), p.Timebase, p.Cores[0].Context)
	}
	for i := range p.Cores[:4] {
		for _, part := range p.Cores[i].Partition() {
			if meets(part, Range{0xbfc0_0000, 0x4040_0000}) {
				t.Errorf("core %d lives in the fabric's memory or in the alias: %v", i, part)
			}
		}
	}
	if u := device(t, p, DeviceUART); u.Regs.Base != 0x2010_0000 || u.IRQ != 91 {
		t.Errorf("console %+v", u)
	}
}

func numa2(t *testing.T, p *Plan, _ *dts.Tree) {
	if p.NControllers != 2 || p.Cores[p.Controllers[0].Owner].Node == p.Cores[p.Controllers[1].Owner].Node {
		t.Errorf("controllers %+v", p.Controllers[:p.NControllers])
	}
	u, v := device(t, p, DeviceUART), device(t, p, DeviceVirtioMMIO)
	if u.Controller != p.Cores[0].Controller || v.Controller == u.Controller || p.Cores[v.Owner].Node != 1 {
		t.Errorf("console %+v, virtio %+v", u, v)
	}
	for i := range p.Cores[:p.NCores] {
		if c := &p.Cores[i]; (c.Reserve.Base >= 0xc000_0000) != (c.Node == 1) {
			t.Errorf("core %d of node %d lives at %v", i, c.Node, c.Partition())
		}
	}
}

func smp64(t *testing.T, p *Plan, _ *dts.Tree) {
	if p.NCores != 64 || p.Cores[63].Row.Hart != 63 || p.Cores[63].Context != 127 || p.Cores[63].Controller != 0 {
		t.Errorf("%d cores, last %+v", p.NCores, p.Cores[63])
	}
}

func unleashed(t *testing.T, p *Plan, _ *dts.Tree) {
	u := device(t, p, DeviceUART)
	if !slices.Equal(hartsOf(p), []uint64{1, 2, 3, 4}) || u.Compatible.String() != "sifive,uart0" || u.IRQ != 4 || u.RegShift != 2 {
		t.Errorf("harts %v, console %+v", hartsOf(p), u)
	}
}

func aplic(t *testing.T, p *Plan, _ *dts.Tree) {
	u := device(t, p, DeviceUART)
	if p.NControllers != 1 || u.Controller != 0 || u.IRQ != 10 || u.Trigger != LevelHigh || p.Controllers[0].Messages != 1 {
		t.Errorf("%d controllers, console %+v", p.NControllers, u)
	}
	for i := range p.Cores[:4] {
		c := &p.Cores[i]
		if c.Context != uint32(i) || c.File != (Range{0x2800_0000 + uint64(i)<<12, 0x1000}) || c.Row.Messages != 255 {
			t.Errorf("core %d: %+v", i, c)
		}
	}
}
