package boot

import (
	"strings"
	"testing"

	"atoll/arch/layout"
	"atoll/test/walk"
)

// The machine of TestPlanted: two cores that share text and one frame.
const (
	textPA    = 0x8020_0000
	framePA   = 0x8100_0000
	privatePA = 0x9000_0000 // and as much further on for core 1
	tablePA   = 0x9800_0000
	apart     = 0x1000_0000
)

// lawful returns the machine as it should be: what it maps, and what it reports.
func lawful() ([]walk.Space, [][]layout.Mapping) {
	spaces := make([]walk.Space, 2)
	reported := make([][]layout.Mapping, 2)
	for core := range uint64(2) {
		at := core * apart
		reported[core] = []layout.Mapping{
			{VA: layout.LinkBase, PA: textPA, Pages: 8, Perm: layout.R | layout.X, Kind: layout.Text},
			{VA: layout.CoreArea, PA: privatePA + at, Pages: 4, Perm: layout.R | layout.W, Kind: layout.Private},
			{VA: layout.HeapBase, PA: privatePA + at + 0x10000, Pages: 2, Perm: layout.R | layout.W, Kind: layout.Private},
			{VA: layout.TableWindow, PA: tablePA + at, Pages: 1, Perm: layout.R | layout.W, Kind: layout.Table},
			{VA: layout.WindowBase, PA: framePA, Pages: 1, Perm: layout.R | layout.W, Kind: layout.Channel},
		}
		for _, m := range reported[core] {
			for i := range m.Pages {
				off := i * layout.PageSize
				spaces[core].Leaves = append(spaces[core].Leaves, walk.Leaf{VA: m.VA + off, PA: m.PA + off, Size: layout.PageSize, Perm: m.Perm})
			}
		}
		spaces[core].Tables = []uint64{tablePA + at, tablePA + at + layout.PageSize}
	}
	return spaces, reported
}

// leaf adds a page to what a core maps.
func leaf(s *walk.Space, va, pa uint64, perm layout.Perm) {
	s.Leaves = append(s.Leaves, walk.Leaf{VA: va, PA: pa, Size: layout.PageSize, Perm: perm})
}

const rw = layout.R | layout.W

// planted are the faults, one at a time.
var planted = []struct {
	name  string
	plant func(s []walk.Space, r [][]layout.Mapping)
	want  string // "" if it is allowed
	given []given
}{
	{"nothing", func([]walk.Space, [][]layout.Mapping) {}, "", nil},
	{"heap grew", func(s []walk.Space, _ [][]layout.Mapping) { leaf(&s[0], layout.HeapBase+1<<20, 0x9200_0000, rw) }, "", nil},
	{"table window moved", func(s []walk.Space, _ [][]layout.Mapping) {
		leaf(&s[0], layout.TableWindow+layout.PageSize, tablePA+layout.PageSize, rw)
	}, "", nil},
	{"table window on other memory", func(s []walk.Space, _ [][]layout.Mapping) {
		leaf(&s[0], layout.TableWindow+layout.PageSize, privatePA, rw)
	}, "core 0 maps, but does not report", nil},
	{"unreported device", func(s []walk.Space, _ [][]layout.Mapping) { leaf(&s[0], layout.DeviceBase, 0x1000_0000, rw) }, "core 0 maps, but does not report", nil},
	{"executable heap", func(s []walk.Space, _ [][]layout.Mapping) {
		leaf(&s[1], layout.HeapBase+1<<20, 0xa200_0000, rw|layout.X)
	}, "core 1 maps, but does not report", nil},
	{"reported text is not mapped", func(s []walk.Space, _ [][]layout.Mapping) { s[0].Leaves = s[0].Leaves[1:] }, "core 0 reports, but does not map", nil},
	{"other permissions", func(s []walk.Space, _ [][]layout.Mapping) { s[0].Leaves[0].Perm = layout.R }, "core 0 reports, but does not map", nil},
	{"no tables", func(s []walk.Space, _ [][]layout.Mapping) { s[1] = walk.Space{} }, "core 1 has no page tables", nil},
	{"much is gone", func(s []walk.Space, r [][]layout.Mapping) { r[0][2].Pages = 100 }, "no longer maps", nil},
	{"shared heap", func(s []walk.Space, _ [][]layout.Mapping) { leaf(&s[1], layout.HeapBase+1<<20, privatePA+0x10000, rw) }, "cores [0 1] share the page at 0x90010000", nil},
	{"peer's memory to read", func(s []walk.Space, _ [][]layout.Mapping) { leaf(&s[1], layout.HeapBase+1<<20, privatePA, layout.R) }, "cores [0 1] share", nil},
	{"writable text", func(s []walk.Space, _ [][]layout.Mapping) { s[0].Leaves[3].Perm |= layout.W }, "share the page at 0x80203000", nil},
	{"peer's tables to read", func(s []walk.Space, _ [][]layout.Mapping) {
		leaf(&s[1], layout.HeapBase+1<<20, tablePA+layout.PageSize, layout.R)
	}, "core 1 can reach page tables of core 0", nil},
	{"writable and executable", func(s []walk.Space, _ [][]layout.Mapping) { s[0].Leaves[9].Perm |= layout.X }, "with rwx", nil},
	{"for U-mode", func(s []walk.Space, _ [][]layout.Mapping) { s[0].Leaves[0].User = true }, "for U-mode: true", nil},
	{"frame that no core reports", func(s []walk.Space, r [][]layout.Mapping) {
		r[0][4].Kind, r[1][4].Kind = layout.Private, layout.Private
	}, "no channel frame", nil},
	{"page that is granted", lend, "", []given{{0, 1, lentPA, 1, rw}}},
	{"page that nobody has granted", lend, "cores [0 1] share the page at 0x90400000", nil},
	{"page granted the other way", lend, "", []given{{1, 0, lentPA, 1, rw}}},
	{"page granted to read", lend, "core 1 maps the page at 0x90400000 with rw-, which core 0 has granted it with r--", []given{{0, 1, lentPA, 1, layout.R}}},
	{"neighbour of what is granted", lend, "cores [0 1] share the page at 0x90400000", []given{{0, 1, lentPA - layout.PageSize, 1, rw}, {0, 1, lentPA + layout.PageSize, 1, rw}}},
	{"page that two have granted", lend, "is granted by core 0 and by core 1", []given{{0, 1, lentPA, 1, rw}, {1, 0, lentPA, 1, rw}}},
	{"page granted to a third core", lend, "cores [0 1] share the page at 0x90400000", []given{{0, 2, lentPA, 1, rw}}},
}

// lentPA is a page that lend lets both cores write, as one that is granted.
const lentPA = 0x9040_0000

func lend(s []walk.Space, r [][]layout.Mapping) {
	for core := range s {
		leaf(&s[core], layout.WindowBase+lentPA, lentPA, rw)
		kind := [2]layout.Kind{layout.User, layout.Grant}[core]
		r[core] = append(r[core], layout.Mapping{VA: layout.WindowBase + lentPA, PA: lentPA, Pages: 1, Perm: rw, Kind: kind})
	}
}

// TestPlanted plants each fault into a lawful machine, and checks that the look from
// outside finds it.
func TestPlanted(t *testing.T) {
	for _, c := range planted {
		t.Run(c.name, func(t *testing.T) {
			spaces, reported := lawful()
			c.plant(spaces, reported)
			problems := lawless(spaces, reported, c.given)
			for core := range spaces {
				problems = append(problems, compare(core, reported[core], spaces[core])...)
			}
			all := strings.Join(problems, "\n")
			if c.want == "" && all != "" || !strings.Contains(all, c.want) {
				t.Errorf("problems:\n%s\nwant %q", all, c.want)
			}
		})
	}
}
