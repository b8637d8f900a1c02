package plan

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"atoll/arch/layout"
	"atoll/dts"
	"atoll/dts/fdtbuild"
)

func parse(t testing.TB, blob []byte) *dts.Tree {
	t.Helper()
	tree, err := dts.Parse(blob)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// subtract agrees with a set of bytes under random pieces and holes.
func TestSubtract(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		var pieces []piece
		var want [64]bool
		for at := rng.Uint64N(8); at < 60; at += 1 + rng.Uint64N(6) {
			size := min(1+rng.Uint64N(10), 64-at)
			pieces = append(pieces, piece{Range{at, size}, 0})
			for i := at; i < at+size; i++ {
				want[i] = true
			}
			at += size
		}
		var holes []Range
		for range rng.IntN(8) {
			h := Range{rng.Uint64N(64), rng.Uint64N(12)}
			holes = append(holes, h)
			for i := h.Base; i < min(h.End(), 64); i++ {
				want[i] = false
			}
		}
		var got [64]bool
		for _, p := range subtract(pieces, holes) {
			for i := p.Base; i < p.End(); i++ {
				if got[i] || p.Size == 0 {
					t.Fatalf("%v less %v: %v overlap or are empty", pieces, holes, p)
				}
				got[i] = true
			}
		}
		if got != want {
			t.Fatalf("%v less %v: wrong bytes", pieces, holes)
		}
	}
}

func TestAlign(t *testing.T) {
	top := ^uint64(0)
	for _, c := range []struct{ r, in, out Range }{
		{Range{0x1000, 0x2000}, Range{0x1000, 0x2000}, Range{0x1000, 0x2000}},
		{Range{0x1001, 0x1ffe}, Range{0x2000, 0}, Range{0x1000, 0x2000}},
		{Range{0x1001, 0x2fff}, Range{0x2000, 0x2000}, Range{0x1000, 0x3000}},
		{Range{0x1001, 1}, Range{}, Range{0x1000, 0x1000}},
		{Range{top - 1, 1}, Range{}, Range{top &^ 0xfff, 0}},
		{Range{top - 0x2000, 0x2000}, Range{top - 0x1fff, 0x1000}, Range{top - 0x2fff, 0x2000}},
	} {
		if in := c.r.inward(0x1000); in.Size != c.in.Size || in.Size > 0 && in != c.in {
			t.Errorf("%#x inward is %#x, want %#x", c.r, in, c.in)
		}
		if out := c.r.outward(0x1000); out != c.out {
			t.Errorf("%#x outward is %#x, want %#x", c.r, out, c.out)
		}
	}
}

// Only what /memory names is used: not the alias, not the node switched off.
// Sabotage: in dts, take memory nodes that are not okay; in findRAM, look at the first range
// only.
func TestAliased(t *testing.T) {
	p, notes := mustMake(t, input(t, fdtbuild.Aliased().Blob()))
	if !slices.Equal(hartsOf(p), []uint64{1, 3, 4, 9}) || !has(notes, "hart 0", `"disabled"`) {
		t.Errorf("harts %v, notes %q", hartsOf(p), notes)
	}
	high := 0
	for i := range p.Cores[:p.NCores] {
		if p.Cores[i].Reserve.Base >= 0x10_0000_0000 {
			high++
		}
		for _, part := range p.Cores[i].Partition() {
			if meets(part, Range{0xb000_0000, 0xf_5000_0000}) {
				t.Errorf("core %d lives in an alias: %v", i, part)
			}
		}
	}
	if high == 0 || p.Cores[0].Row.WindowGB != 63 {
		t.Errorf("%d cores in high memory, window %v", high, p.window())
	}
	// The UART and a virtio slot share the page 0x20100000.
	u, v := device(t, p, DeviceUART), device(t, p, DeviceVirtioMMIO)
	if u.Owner != v.Owner || v.VA-u.VA != 0x400 || u.VA != layout.DeviceBase+0x3000+0x400 {
		t.Errorf("shared page: %#x and %#x", u.VA, v.VA)
	}
}

func TestNarrow(t *testing.T) {
	p, _ := mustMake(t, input(t, fdtbuild.Narrow().Blob()))
	u, c := device(t, p, DeviceUART), device(t, p, DevicePLIC)
	if u.Regs.Base != 0x1000_a000 || u.RegShift != 2 || u.RegWidth != 4 || u.IRQ != 2 || c.Regs.Base != 0x1200_0000 {
		t.Errorf("console %+v, controller %+v", u, c)
	}
	if p.Initrd.Base != 0x8200_0000 || p.NCores != 2 || p.Timebase != 500_000 {
		t.Errorf("initrd %v, %d cores, %d Hz", p.Initrd, p.NCores, p.Timebase)
	}
}

// Where memory is short the plan uses fewer harts and never drops the one that
// booted; where there is none for it, there is no plan.
func TestShortMemory(t *testing.T) {
	last := 0
	for size := uint64(16); size <= 256; size += 8 {
		in := input(t, fdtbuild.Virt(8, 512<<20).Blob())
		in.Tree = parse(t, fdtbuild.Virt(8, size<<20).Blob())
		in.Blob = Range{0x8020_0000 + 5*mib, 0x2000}
		in.Scratch = Range{0x8020_0000 + 6*mib, 2 * mib}
		in.BootHart = 6
		p, notes, err := Make(in)
		if err != nil {
			if !strings.Contains(err.Error(), "memory") || size >= 32 {
				t.Errorf("%d MiB: %v", size, err)
			}
			continue
		}
		checkPlan(t, in, p)
		short := p.NCores < 8
		if short != has(notes, "hart", "memory is short") || int(p.NCores) < last || p.Harts != 8 {
			t.Errorf("%d MiB: %d cores, notes %q", size, p.NCores, notes)
		}
		if p.NCores > 1 && p.Cores[0].Row.Hart != 0 {
			t.Errorf("%d MiB: core 0 is hart %d", size, p.Cores[0].Row.Hart)
		}
		last = int(p.NCores)
	}
	if last != 8 {
		t.Errorf("256 MiB: %d cores", last)
	}
}

// A core whose node has no memory, or not enough, lives elsewhere.
func TestForeignNode(t *testing.T) {
	b := fdtbuild.NUMA()
	b.Root.Find("memory@c0000000").Wide("reg", 0xc000_0000, 40<<20)
	p, notes := mustMake(t, input(t, b.Blob()))
	far := 0
	for i := range p.Cores[:p.NCores] {
		if c := &p.Cores[i]; c.Node == 1 && c.Reserve.Base < 0xc000_0000 {
			far++
		}
	}
	if p.NCores != 8 || far != 2 || !has(notes, "node 0", "own node 1") {
		t.Errorf("%d cores, %d far from home, notes %q", p.NCores, far, notes)
	}
	if p.Cores[0].Reserve.Base < 0xc000_0000 {
		t.Error("core 0 chooses after others")
	}
}

// RAM that the window cannot show is left out, with a sentence.
// Sabotage: in findRAM, leave limit out of end.
func TestWindow(t *testing.T) {
	b := fdtbuild.Virt(2, 4<<30)
	b.Root.Add("memory@2000000000").Strings("device_type", "memory").Wide("reg", 0x20_0000_0000, 1<<30)
	b.Root.Add("memory@1060000000").Strings("device_type", "memory").Wide("reg", 0x10_6000_0000, 1<<30)
	p, notes := mustMake(t, input(t, b.Blob()))
	if !has(notes, "1536 MiB", "window shows 64 GiB") || p.Cores[0].Row.WindowGB != 64 {
		t.Errorf("window %v, notes %q", p.window(), notes)
	}
	b = fdtbuild.Virt(1, 256<<20)
	b.Root.Add("memory@beyond").Wide("reg", 1<<56, 1<<30)
	b.Root.Add("memory@tiny").Wide("reg", 0x9000_0800, 0x1000)
	if _, notes = mustMake(t, input(t, b.Blob())); !has(notes, "0x100000000000000", "left out") || !has(notes, "0x90000800", "left out") {
		t.Errorf("notes %q", notes)
	}
}

// Memory below the image is left alone exactly when nothing in it is reserved.
func TestFirmware(t *testing.T) {
	b := fdtbuild.Virt(1, 256<<20)
	if p, notes := mustMake(t, input(t, b.Blob())); has(notes, "firmware") || p.Area.Base >= 0x8020_0000 {
		t.Errorf("with a reservation: plan at %v, notes %q", p.Area, notes)
	}
	b.Root.Find("reserved-memory", "firmware@80000000").Strings("status", "disabled")
	if p, notes := mustMake(t, input(t, b.Blob())); !has(notes, "2048 KiB", "firmware") || p.Area.Base < 0x8020_0000 {
		t.Errorf("without: plan at %v, notes %q", p.Area, notes)
	}
}

// Nothing that is reserved is used, by whatever the tree says it: a node with no-map or
// without, an entry of the reservation block, the initial RAM disk. What lies outside
// memory does no harm.
// Sabotage: in findMemory, pass over the nodes that have no-map, or those that have not, or
// leave p.findInitrd() out; in dts, leave t.reserves out of Reserved.
func TestReservations(t *testing.T) {
	b := fdtbuild.Virt(20, 512<<20) // so many that all memory is used
	r := b.Root.Find("reserved-memory")
	r.Add("mapped@88000000").Wide("reg", 0x8800_0000, 0x10_0000)
	r.Add("unmapped@8a000000").Wide("reg", 0x8a00_0000, 0x10_0000).Flag("no-map")
	r.Add("outside@2000000000").Wide("reg", 0x20_0000_0000, 0x10_0000)
	r.Add("astride@9ff00000").Wide("reg", 0x9ff0_0000, 0x20_0000)
	b.Reserve = [][2]uint64{{0x8c00_0000, 0x10_0000}}
	b.Root.Find("chosen").Wide("linux,initrd-start", 0x8e00_0000).Wide("linux,initrd-end", 0x8e10_0000)
	p, notes := mustMake(t, input(t, b.Blob()))
	for i := range p.Cores[:p.NCores] {
		for _, held := range []uint64{0x8800_0000, 0x8a00_0000, 0x8c00_0000, 0x8e00_0000, 0x9ff0_0000} {
			for _, part := range p.Cores[i].Partition() {
				if meets(part, Range{held, 0x10_0000}) {
					t.Errorf("core %d lives in what is reserved at %#x: %v", i, held, part)
				}
			}
		}
	}
	if p.NCores != 20 || p.Initrd.Base != 0x8e00_0000 {
		t.Errorf("%d cores, initrd %v, %q", p.NCores, p.Initrd, notes)
	}
}

// A page that is reserved in part is not used.
// Sabotage: round holes inward in findMemory.
func TestReservedInPart(t *testing.T) {
	b := fdtbuild.Virt(1, 256<<20)
	b.Root.Find("reserved-memory", "firmware@80000000").Wide("reg", 0x8000_0000, 0x8_0800)
	if p, _ := mustMake(t, input(t, b.Blob())); p.Area.Base != 0x8008_1000 {
		t.Errorf("plan at %v", p.Area)
	}
}

// Banks that touch are one piece; banks that overlap are not used twice.
// Sabotage: in findRAM, leave seen out of base.
func TestBanks(t *testing.T) {
	b := fdtbuild.Virt(1, 128<<20)
	b.Root.Add("memory@88000000").Strings("device_type", "memory").Wide("reg", 0x8800_0000, 128<<20)
	in := input(t, b.Blob())
	in.Blob.Base += 128 << 20
	p, _ := mustMake(t, in)
	if part := p.Cores[0].Partition()[0]; part.Base >= 0x8800_0000 || part.End() <= 0x8800_0000 {
		t.Errorf("one core lives at %v", part)
	}
	b = fdtbuild.Virt(4, 256<<20)
	b.Root.Add("memory@88000000").Strings("device_type", "memory").Wide("reg", 0x8800_0000, 256<<20)
	if p, _ = mustMake(t, input(t, b.Blob())); p.RAM > 384<<20 {
		t.Errorf("%d MiB of 384", p.RAM/mib)
	}
}

// Where the scratch leaves little room for the plan's own pages, harts are
// dropped until the pages fit, and never the one that booted.
func TestShortOutsideScratch(t *testing.T) {
	in := input(t, fdtbuild.Virt(64, 4<<30).Blob())
	in.Blob = Range{0x8070_0000, 0x10000}
	in.Scratch = Range{0x8071_0000, 0x8000_0000 + 4<<30 - 0x8071_0000}
	in.BootHart = 63
	p, notes := mustMake(t, in)
	n := p.NCores // whose pages fit between firmware and image, n+1's do not
	fit := func(n uint32) bool { return planSize/4096+1+uint64(n*(n-1)/2+n) <= 0x18_0000/4096 }
	if !fit(n) || fit(n+1) || p.BootCore != n-1 || !has(notes, "hart 62", "memory is short") {
		t.Errorf("%d cores, boot core %d, notes %q", n, p.BootCore, notes)
	}
}

func TestInitrdOutside(t *testing.T) {
	b := fdtbuild.Virt(1, 256<<20)
	b.Root.Find("chosen").Cells("linux,initrd-start", 0x1000).Cells("linux,initrd-end", 0x2000)
	if p, notes := mustMake(t, input(t, b.Blob())); p.Initrd.Size != 0 || !has(notes, "initial RAM disk", "ignored") {
		t.Errorf("initrd %v, notes %q", p.Initrd, notes)
	}
	in := input(t, b.Blob())
	at := in.Image.End() - 1
	b.Root.Find("chosen").Cells("linux,initrd-start", uint32(at)).Cells("linux,initrd-end", uint32(at+0x1000))
	if p, notes := mustMake(t, input(t, b.Blob())); p.Initrd.Size != 0 || !has(notes, "initial RAM disk", "image lies there") {
		t.Errorf("initrd %v, notes %q", p.Initrd, notes)
	}
}

func TestLongArgs(t *testing.T) {
	b := fdtbuild.Virt(1, 256<<20)
	b.Root.Find("chosen").Strings("bootargs", strings.Repeat("x", MaxArgs+5))
	if p, notes := mustMake(t, input(t, b.Blob())); len(p.BootArgs()) != MaxArgs || p.ArgsGiven != MaxArgs+5 || !has(notes, "arguments") {
		t.Errorf("%d bytes, notes %q", len(p.BootArgs()), notes)
	}
}

// The partitions of ranges are of one size, which is the largest of which there is room for
// all, and lie apart; no more is lost than what range ends leave that is too small for a kernel
// reserve. Sabotage: in cut, do not take what is left of the range before; in mayReserve, allow
// any; let share begin at half of all.
func TestShare(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		var ranges []Range
		for range 1 + rng.IntN(4) {
			ranges = append(ranges, Range{uint64(len(ranges)) << 32, (8 + rng.Uint64N(100)) * layout.MegaPage})
		}
		n := 1 + rng.IntN(seats(ranges, MinPartition))
		size, whole := share(ranges, n), uint64(MinPartition)
		for at := whole; seats(ranges, at) >= n; at += layout.MegaPage {
			whole = at
		}
		if size < whole {
			t.Fatalf("%d shares of %v: %#x, in one piece %#x", n, ranges, size, whole)
		}
		checkCut(t, ranges, n, size)
	}
}

// checkCut checks that so many partitions of a size can be cut out of ranges, and none larger.
func checkCut(t *testing.T, ranges []Range, n int, size uint64) {
	t.Helper()
	var all []Range
	fits := cut(ranges, n, size, func(i int, reserve, rest Range) {
		if usual := min(max(size/2, 12*mib), 1<<30); reserve.Size < usual/4-mib || reserve.Size < 12*mib || reserve.Size > 2*usual || reserve.Size+rest.Size != size || i != len(all)/2 {
			t.Errorf("partition %d of %d: reserve %v, rest %v", i, n, reserve, rest)
		}
		all = append(all, reserve, rest)
	})
	for i, r := range all {
		if !slices.ContainsFunc(ranges, r.within) || slices.ContainsFunc(all[:i], r.overlaps) {
			t.Errorf("%d partitions of %#x in %v: %v", n, size, ranges, all)
		}
	}
	if !fits || len(all) != 2*n || cut(ranges, n, size+layout.MegaPage, func(int, Range, Range) {}) && size+layout.MegaPage <= sum(ranges)/uint64(n) {
		t.Errorf("%d partitions of %#x in %v: fits %v, %d parts, or more would fit", n, size, ranges, fits, len(all))
	}
}

// An initial RAM disk in the midst of memory costs no more memory than it takes, whatever the
// number of cores; there are small pieces at both ends, too. Sabotage: as in TestShare, the first.
func TestInitrdInMidst(t *testing.T) {
	for cores := 1; cores <= 8; cores++ {
		b := fdtbuild.Virt(cores, 1<<30)
		b.Root.Find("chosen").Wide("linux,initrd-start", 0x8820_0000).Wide("linux,initrd-end", 0x8820_0000+20<<20)
		p, notes := mustMake(t, input(t, b.Blob()))
		if used := p.Cores[0].Memory() * uint64(cores); used+uint64(24*mib+cores*layout.MegaPage) < p.RAM {
			t.Errorf("%d cores: %d of %d MiB are used, %q", cores, used/mib, p.RAM/mib, notes)
		}
	}
}

// Pair frames are distinct for every pair and the same from both ends.
func TestPair(t *testing.T) {
	p, _ := mustMake(t, input(t, fdtbuild.Virt(64, 4<<30).Blob()))
	seen := map[uint64]string{}
	for a := range 64 {
		for b := range a {
			at := p.Pair(a, b)
			if other := seen[at]; other != "" || at != p.Pair(b, a) || !p.Channels.Contains(at) {
				t.Fatalf("frame of %d and %d at %#x, taken by %q", a, b, at, other)
			}
			seen[at] = fmt.Sprint(a, b)
		}
	}
	if uint64(len(seen))*layout.PageSize != p.Channels.Size {
		t.Errorf("%d frames in %v", len(seen), p.Channels)
	}
}
