package plan

import (
	"testing"

	"atoll/dts/fdtbuild"
)

// Each APLIC of a machine of two nodes belongs to the lowest core of its node, and the
// devices behind it with it.
// Sabotage: in controllerOf, leave the look for a near one out.
func TestAPLIC(t *testing.T) {
	for name, b := range map[string]*fdtbuild.Tree{"wires": fdtbuild.Wires(), "messages": fdtbuild.Messages()} {
		p, notes := mustMake(t, input(t, b.Blob()))
		u, v := device(t, p, DeviceUART), device(t, p, DeviceVirtioMMIO)
		if len(notes) != 0 || p.NControllers != 2 || u.Owner != 0 || v.Owner != 2 || u.Controller != 0 || v.Controller != 1 ||
			u.Trigger != LevelHigh || v.Trigger != RisingEdge || p.Controllers[1].Owner != 2 {
			t.Errorf("%s: %d controllers, console %+v, virtio %+v, %q", name, p.NControllers, u, v, notes)
		}
		for i := range p.Cores[:4] {
			c := &p.Cores[i]
			want := Core{Controller: uint32(i / 2), Context: uint32(i % 2)}
			if name == "messages" {
				// Four pages a hart; the second group 16 MiB further.
				want.Context = uint32(i)
				want.File = Range{0x2800_0000 + uint64(i/2)<<24 + uint64(i%2)<<14, 0x1000}
				want.Row.Messages = 127
			}
			if c.Controller != want.Controller || c.Context != want.Context || c.File != want.File || c.Row.Messages != want.Row.Messages || c.Claim.Size != 0 {
				t.Errorf("%s: core %d: %+v", name, i, c)
			}
		}
	}
}

// What is wrong with interrupt files or a domain costs the interrupts behind it, with a
// sentence, and nothing else.
// Sabotage: leave any check out of parseIMSIC or place.
func TestAIASpoiled(t *testing.T) {
	files := func(f func(n *fdtbuild.Node)) func(*fdtbuild.Tree) {
		return func(b *fdtbuild.Tree) { f(b.Root.Find("soc", "imsics@28000000")) }
	}
	domain := func(f func(n *fdtbuild.Node)) func(*fdtbuild.Tree) {
		return func(b *fdtbuild.Tree) { f(b.Root.Find("soc", "aplic@d000000")) }
	}
	for want, spoil := range map[string]func(b *fdtbuild.Tree){
		"62 identities, not 63 to 2047":                  files(func(n *fdtbuild.Node) { n.Cells("riscv,num-ids", 62) }),
		"4095 identities, not 63 to 2047":                files(func(n *fdtbuild.Node) { n.Cells("riscv,num-ids", 4095) }),
		"0 identities":                                   files(func(n *fdtbuild.Node) { n.Remove("riscv,num-ids") }),
		"room for 1 files of 4":                          files(func(n *fdtbuild.Node) { n.Wide("reg", 0x2800_0000, 0x4000) }),
		"does not fit in the pattern":                    files(func(n *fdtbuild.Node) { n.Wide("reg", 0x2800_0000, 0x8000, 0x2b00_0000, 0x8000) }),
		"9 bits for a guest":                             files(func(n *fdtbuild.Node) { n.Cells("riscv,guest-index-bits", 9) }),
		"from bit 20 for a group":                        files(func(n *fdtbuild.Node) { n.Cells("riscv,group-index-shift", 20) }),
		"there are 0 of them":                            files(func(n *fdtbuild.Node) { n.Remove("interrupts-extended") }),
		"lie in memory":                                  files(func(n *fdtbuild.Node) { n.Wide("reg", 0x8800_0000, 0x8000, 0x8900_0000, 0x8000) }),
		"no controller takes the messages":               files(func(n *fdtbuild.Node) { n.Strings("status", "disabled") }),
		"not aligned or not the 0x4000 bytes":            domain(func(n *fdtbuild.Node) { n.Wide("reg", 0xd00_0000, 0x2000) }),
		"interrupt 10 is not one of the 0":               domain(func(n *fdtbuild.Node) { n.Remove("riscv,num-sources") }),
		"no core takes interrupts from /soc/aplic@d0000": domain(func(n *fdtbuild.Node) { n.Remove("reg") }),
	} {
		b := fdtbuild.Messages()
		spoil(b)
		p, notes := mustMake(t, input(t, b.Blob()))
		if u := device(t, p, DeviceUART); u.Controller != NoCore || !has(notes, want) || p.NCores != 4 {
			t.Errorf("%s: console %+v, %q", want, u, notes)
		}
	}
	// Harts without the CSRs take no messages.
	b := fdtbuild.Messages()
	for i := range 4 {
		b.Root.Find("cpus", []string{"cpu@0", "cpu@1", "cpu@2", "cpu@3"}[i]).Strings("riscv,isa", "rv64imafdc")
	}
	if p, notes := mustMake(t, input(t, b.Blob())); p.NControllers != 0 || p.Cores[0].File.Size != 0 || !has(notes, "reaches no core") {
		t.Errorf("harts without Ssaia: %q", notes)
	}
}
