package plan

import (
	"maps"
	"runtime"
	"slices"
	"testing"

	"atoll/arch/layout"
	"atoll/dts"
	"atoll/dts/fdtbuild"
	"atoll/test/brief"
)

// FuzzMake holds that no tree makes Make panic, and that every plan it makes
// holds the invariants.
func FuzzMake(f *testing.F) {
	brief.Shorten(f)
	boards := fdtbuild.Boards()
	for _, name := range slices.Sorted(maps.Keys(boards)) {
		b := boards[name]
		in := input(f, b.Blob())
		f.Add(b.Blob(), in.Image.Base, in.Image.Size, in.Scratch.Size, in.Blob.Base, in.BootHart, 0)
		f.Add(b.Blob(), in.Image.Base, in.Image.Size, in.Scratch.Size, in.Blob.Base, in.BootHart, 2)
	}
	f.Fuzz(func(t *testing.T, blob []byte, image, imageSize, scratch, blobAt, boot uint64, cores int) {
		tree, err := dts.Parse(blob)
		if err != nil {
			return
		}
		in := Input{Tree: tree, Image: Range{image &^ (layout.MegaPage - 1), imageSize},
			Blob: Range{blobAt, uint64(tree.Size())}, BootHart: boot, MaxCores: cores}
		in.Scratch = Range{in.Image.Base + in.Image.Size, scratch}
		p, _, err := Make(in)
		if err != nil {
			return
		}
		checkPlan(t, in, p)
		_ = p.String()
		_ = p.JSON()
	})
}

// A tree that is as full as the bounds allow of what the planner collects costs
// a small multiple of its size.
func TestFullTree(t *testing.T) {
	b := fdtbuild.Virt(1, 1<<30)
	var regs, contexts []uint32
	for i := range uint32(256) {
		regs = append(regs, 0x10, i<<16, 0, 0x8000)
	}
	for range 15872 {
		contexts = append(contexts, 1, 9)
	}
	for range 160 {
		b.Root.Add("memory").Cells("reg", regs...)
		b.Root.Find("reserved-memory").Add("r").Cells("reg", regs...)
	}
	b.Root.Find("soc", "plic@c000000").Cells("interrupts-extended", contexts...).Wide("reg", 0x1_0000_0000, 0x1000_0000)
	for range 1000 {
		b.Root.Find("soc").Add("virtio").Strings("compatible", "virtio,mmio").Wide("reg", 0x3000_0000, 0x1000)
	}
	blob := b.Blob()
	in := input(t, blob)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	in.Tree = parse(t, blob)
	p, _, err := Make(in)
	runtime.ReadMemStats(&after)
	if err != nil {
		t.Fatal(err)
	}
	checkPlan(t, in, p)
	t.Logf("tree of %d KiB, %d KiB allocated", len(blob)>>10, (after.TotalAlloc-before.TotalAlloc)>>10)
	if used := after.TotalAlloc - before.TotalAlloc; used > 32*uint64(len(blob)) {
		t.Errorf("%d KiB allocated for a tree of %d KiB", used>>10, len(blob)>>10)
	}
}
