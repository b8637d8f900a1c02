package kernel

import (
	"slices"
	"testing"

	"atoll/arch/layout"
)

// Every window of an instance is what the layout says, from its first byte to its
// last; the plan is asked where it decides, and nowhere else.
// Sabotage: move any bound by a byte, or leave a case out.
func TestKindAt(t *testing.T) {
	const data = layout.LinkBase + 0x345000
	const plan = layout.NumKinds // stands for the plan's word
	for _, w := range []struct {
		lo, hi uint64
		kind   layout.Kind
	}{
		{layout.LinkBase, data, layout.Text},
		{data, layout.CoreBase, layout.Private},
		{layout.CoreBase, layout.TableWindow, layout.Private},
		{layout.TableWindow, layout.PlanBase, layout.Table},
		{layout.PlanBase, layout.DeviceBase, layout.Plan},
		{layout.DeviceBase, layout.HeapBase, plan},
		{layout.HeapBase, layout.HeapEnd, layout.Private},
		{layout.WindowBase, layout.WindowEnd, plan},
	} {
		for _, va := range []uint64{w.lo, w.hi - 1} {
			if got := kindAt(va, data, func() layout.Kind { return plan }); got != w.kind {
				t.Errorf("%#x is %v, not %v", va, got, w.kind)
			}
		}
	}
}

// Mappings are joined if one goes on where the last ends, in both address spaces,
// with the same permissions for the same purpose, and else not.
// Sabotage: leave any of the four comparisons out.
func TestJoin(t *testing.T) {
	const page = layout.PageSize
	first := layout.Mapping{VA: 0x1000, PA: 0x80000000, Pages: 2, Perm: layout.R, Kind: layout.Text}
	next := layout.Mapping{VA: 0x1000 + 2*page, PA: 0x80000000 + 2*page, Pages: 3, Perm: layout.R, Kind: layout.Text}
	joined := first
	joined.Pages = 5
	if got := join(join(nil, first), next); !slices.Equal(got, []layout.Mapping{joined}) {
		t.Errorf("%+v", got)
	}
	for name, change := range map[string]func(m *layout.Mapping){
		"VA":   func(m *layout.Mapping) { m.VA += page },
		"PA":   func(m *layout.Mapping) { m.PA -= page },
		"perm": func(m *layout.Mapping) { m.Perm |= layout.W },
		"kind": func(m *layout.Mapping) { m.Kind = layout.Private },
	} {
		other := next
		change(&other)
		if got := join(join(nil, first), other); !slices.Equal(got, []layout.Mapping{first, other}) {
			t.Errorf("another %s: %+v", name, got)
		}
	}
}
