package walk

import (
	"reflect"
	"slices"
	"testing"

	"atoll/arch/layout"
)

// run makes a mapping of n pages; addresses are given in pages.
func run(va, pa, n uint64, perm layout.Perm) layout.Mapping {
	return layout.Mapping{VA: va * page, PA: pa * page, Pages: n, Perm: perm}
}

func TestMerge(t *testing.T) {
	got := Merge([]layout.Mapping{
		run(12, 102, 1, rw), run(10, 100, 2, rw), // joined, out of order
		run(13, 103, 1, rx), // other permissions
		run(14, 204, 1, rx), // elsewhere in memory
		run(16, 206, 1, rx), // a hole in between
	})
	want := []layout.Mapping{run(10, 100, 3, rw), run(13, 103, 1, rx), run(14, 204, 1, rx), run(16, 206, 1, rx)}
	if !slices.Equal(got, want) {
		t.Errorf("got %+v", got)
	}
}

func TestSubtract(t *testing.T) {
	a := []layout.Mapping{run(10, 100, 10, rw)}
	for _, c := range []struct {
		name    string
		b, want []layout.Mapping
	}{
		{"nothing", nil, a},
		{"itself", a, nil},
		{"in pieces", []layout.Mapping{run(15, 105, 5, rw), run(10, 100, 5, rw)}, nil},
		{"more than itself", []layout.Mapping{run(0, 90, 40, rw)}, nil},
		{"a hole", []layout.Mapping{run(10, 100, 3, rw), run(14, 104, 9, rw)}, []layout.Mapping{run(13, 103, 1, rw)}},
		{"other memory", []layout.Mapping{run(10, 100, 3, rw), run(13, 200, 2, rw), run(15, 105, 5, rw)}, []layout.Mapping{run(13, 103, 2, rw)}},
		{"other permissions", []layout.Mapping{run(10, 100, 9, rw), run(19, 109, 1, rx)}, []layout.Mapping{run(19, 109, 1, rw)}},
		{"elsewhere", []layout.Mapping{run(0, 0, 5, rw), run(90, 90, 5, rw)}, a},
	} {
		if got := Subtract(a, c.b); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %+v", c.name, got)
		}
	}
}

func TestOverlaps(t *testing.T) {
	got := Overlaps([][]layout.Mapping{
		{run(0, 100, 10, rx), run(50, 300, 5, rw), run(60, 300, 5, layout.R)},
		{run(7, 104, 4, layout.R), run(0, 110, 3, rw)},
		{run(9, 103, 3, layout.R), run(10, 302, 1, layout.R), run(90, 400, 1, rw)},
	})
	perms := func(p ...layout.Perm) []layout.Perm { return p }
	want := []Overlap{
		{103 * page, 1, []int{0, 2}, perms(rx, layout.R)},
		{104 * page, 2, []int{0, 1, 2}, perms(rx, layout.R, layout.R)},
		{106 * page, 2, []int{0, 1}, perms(rx, layout.R)},
		{302 * page, 1, []int{0, 2}, perms(rw, layout.R)},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
	for i, writable := range []bool{false, false, false, true} {
		if i < len(got) && got[i].Writable() != writable {
			t.Errorf("overlap %d: writable is %v", i, !writable)
		}
	}
	if got := Overlaps([][]layout.Mapping{{run(0, 0, 4, rw), run(8, 2, 4, rw)}, nil}); len(got) != 0 {
		t.Errorf("one space overlaps itself: %+v", got)
	}
}
