package plan

import (
	"fmt"
	"testing"

	"atoll/arch/layout"
	"atoll/dts/fdtbuild"
)

// serial returns the console's node of the Virt machine.
func serial(b *fdtbuild.Tree) *fdtbuild.Node { return b.Root.Find("soc", "serial@10000000") }

// What is wrong with a device costs that device or its interrupt, not the plan.
func TestConsoleSpoiled(t *testing.T) {
	for name, c := range map[string]struct {
		spoil  func(b *fdtbuild.Tree)
		polled bool // else there is no console at all
		note   string
	}{
		"no registers": {func(b *fdtbuild.Tree) { serial(b).Remove("reg") }, false, "no registers"},
		"in memory":    {func(b *fdtbuild.Tree) { serial(b).Wide("reg", 0x8800_0000, 0x100) }, false, "lie in memory"},
		"in the PLIC":  {func(b *fdtbuild.Tree) { serial(b).Wide("reg", 0xc20_1000, 0x100) }, false, "interrupt controller"},
		"beyond Sv39":  {func(b *fdtbuild.Tree) { serial(b).Wide("reg", 1<<60, 0x100) }, false, "beyond"},
		"too large":    {func(b *fdtbuild.Tree) { serial(b).Wide("reg", 0x1000_0000, 1<<24) }, false, "not 1 to"},
		"unknown":      {func(b *fdtbuild.Tree) { serial(b).Strings("compatible", "v,odd\x1b") }, false, `"v,odd\x1b"`},
		"disabled":     {func(b *fdtbuild.Tree) { serial(b).Strings("status", "disabled") }, false, `"disabled"`},
		"no interrupt": {func(b *fdtbuild.Tree) { serial(b).Remove("interrupts") }, true, ""},
		"bad source":   {func(b *fdtbuild.Tree) { serial(b).Cells("interrupts", 96) }, true, "interrupt 96 is not one of the 95"},
		"source zero":  {func(b *fdtbuild.Tree) { serial(b).Cells("interrupts", 0) }, true, "interrupt 0"},
		"no parent":    {func(b *fdtbuild.Tree) { serial(b).Remove("interrupt-parent") }, true, "without an interrupt parent"},
		"other parent": {func(b *fdtbuild.Tree) { serial(b).Cells("interrupt-parent", 1) }, true, "no core takes"},
		"not known": {func(b *fdtbuild.Tree) {
			b.Root.Find("soc", "plic@c000000").Strings("compatible", "vendor,odd-intc")
		}, true, "no core takes interrupts from /soc/plic@c000000"},
	} {
		b := fdtbuild.Virt(2, 256<<20)
		c.spoil(b)
		p, notes := mustMake(t, input(t, b.Blob()))
		var found *Device
		for i := range p.Devices[:p.NDevices] {
			if p.Devices[i].Console == 1 {
				found = &p.Devices[i]
			}
		}
		if c.polled && (found == nil || found.Controller != NoCore || found.Owner != 0) {
			t.Errorf("%s: console %+v", name, found)
		}
		if !c.polled && found != nil || c.note != "" && !has(notes, c.note) {
			t.Errorf("%s: console %v, notes %q", name, found != nil, notes)
		}
	}
}

// A stdout-path that leads nowhere is noted, and the first UART takes over.
func TestConsoleNowhere(t *testing.T) {
	b := fdtbuild.Virt(2, 256<<20)
	b.Root.Find("chosen").Strings("stdout-path", "/x")
	p, notes := mustMake(t, input(t, b.Blob()))
	if u := device(t, p, DeviceUART); u.IRQ != 10 || u.Console != 1 || !has(notes, "names no node") {
		t.Errorf("console %+v, notes %q", u, notes)
	}
	serial(b).Strings("status", "disabled")
	p, notes = mustMake(t, input(t, b.Blob()))
	if p.Devices[1].Kind == DeviceUART || !has(notes, "no console") {
		t.Errorf("devices %+v, notes %q", p.Devices[:2], notes)
	}
}

func TestControllerSpoiled(t *testing.T) {
	for note, spoil := range map[string]func(n *fdtbuild.Node){
		"no registers": func(n *fdtbuild.Node) { n.Remove("reg") },
		"contexts":     func(n *fdtbuild.Node) { n.Cells("interrupts-extended", 77, 9) },
		"not aligned":  func(n *fdtbuild.Node) { n.Wide("reg", 0xc00_0000, 0x20_0000) },
		"in memory":    func(n *fdtbuild.Node) { n.Wide("reg", 0x8000_0000, 0x60_0000) },
		"reaches no":   func(n *fdtbuild.Node) { n.Cells("interrupts-extended", 1, 11, 2, 11) },
	} {
		b := fdtbuild.Virt(2, 256<<20)
		spoil(b.Root.Find("soc", "plic@c000000"))
		p, notes := mustMake(t, input(t, b.Blob()))
		if p.NControllers != 0 || p.Cores[0].Controller != NoCore || !has(notes, "plic@c000000", note) {
			t.Errorf("%s: %d controllers, notes %q", note, p.NControllers, notes)
		}
		if u := device(t, p, DeviceUART); u.Controller != NoCore {
			t.Errorf("%s: console %+v", note, u)
		}
	}
}

// Two devices of different owners in one page get one owner; the one whose
// interrupt cannot get there is polled.
func TestSharedPage(t *testing.T) {
	b := fdtbuild.NUMA()
	b.Root.Find("soc", "virtio_mmio@10001000").Wide("reg", 0x1000_0800, 0x1000)
	p, notes := mustMake(t, input(t, b.Blob()))
	u, v := device(t, p, DeviceUART), device(t, p, DeviceVirtioMMIO)
	if u.Owner != 0 || v.Owner != 0 || u.IRQ != 10 || v.Controller != NoCore || !has(notes, "shares a page") {
		t.Errorf("console %+v, virtio %+v, notes %q", u, v, notes)
	}
	if v.VA-u.VA != 0x800 {
		t.Errorf("one page at %#x and %#x", u.VA, v.VA)
	}
}

func TestTooManyDevices(t *testing.T) {
	b := fdtbuild.Virt(1, 256<<20)
	for i := range MaxDevices {
		at := 0x3000_0000 + uint64(i)<<12
		b.Root.Find("soc").Add(fmt.Sprintf("virtio@%x", at)).Strings("compatible", "virtio,mmio").Wide("reg", at, 0x1000)
	}
	p, notes := mustMake(t, input(t, b.Blob()))
	if p.NDevices != MaxDevices || !has(notes, "12 devices", "left out") {
		t.Errorf("%d devices, notes %q", p.NDevices, notes)
	}
}

func TestTooManyHartsAndControllers(t *testing.T) {
	b := fdtbuild.Virt(MaxCores+6, 8<<30)
	for i := range uint32(MaxControllers + 2) {
		base := 0x4000_0000 + uint64(i)<<24
		// Hart i's own controller, before the one that reaches all.
		n := b.Root.Add(fmt.Sprintf("plic@%x", base)).Strings("compatible", "riscv,plic0").
			Wide("reg", base, 0x60_0000).Cells("interrupts-extended", 1+i, 9)
		n.Cells("#interrupt-cells", 1)
	}
	b.Root.Find("soc", "plic@c000000").Strings("status", "disabled")
	in := input(t, b.Blob())
	in.BootHart = MaxCores + 5
	p, notes := mustMake(t, in)
	if p.NCores != MaxCores || p.BootCore != MaxCores-1 || !has(notes, "limit is 64") {
		t.Errorf("%d cores, boot core %d, notes %q", p.NCores, p.BootCore, notes)
	}
	if p.NControllers != MaxControllers || p.Cores[MaxControllers].Controller != NoCore {
		t.Errorf("%d controllers", p.NControllers)
	}
}

// No tree can fill the device window: the bounds multiply to less than it.
func TestDeviceWindowBound(t *testing.T) {
	const most = MaxDevices*(maxRegs+layout.PageSize) + MaxControllers*plicContext + MaxCores*plicContextSize
	if most > layout.GigaPage {
		t.Errorf("devices may take %#x bytes", most)
	}
}

// A device that masters a bus that is not coherent is left out with a sentence; the
// console, which reads no memory, is not.
// Sabotage: leave DMACoherent out of addDevice.
func TestDeviceWithoutCoherence(t *testing.T) {
	b := fdtbuild.Virt(1, 256<<20)
	b.Root.Find("soc").Flag("dma-noncoherent")
	p, notes := mustMake(t, input(t, b.Blob()))
	for _, d := range p.Devices[:p.NDevices] {
		if d.Kind == DeviceVirtioMMIO {
			t.Errorf("%s is in the plan", d.Path)
		}
	}
	if u := device(t, p, DeviceUART); u.Console != 1 || !has(notes, "does not see the caches") {
		t.Errorf("console %+v, notes %q", u, notes)
	}
}
