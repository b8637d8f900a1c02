package sv39

import (
	"testing"

	"atoll/arch/layout"
)

const rw = layout.R | layout.W

// Sabotage: leave A out of Leaf, or D.
func TestLeafEncoding(t *testing.T) {
	for _, c := range []struct {
		name         string
		pa           uint64
		perm         layout.Perm
		user, global bool
		want         uint64
	}{
		// Worked by hand from figure "Sv39 page table entry".
		{"kernel data", 0x8020_0000, rw, false, true, 0x2008_0000 | 0xe7},
		{"kernel text", 0x8020_0000, layout.R | layout.X, false, true, 0x2008_0000 | 0x6b},
		{"user read-only", 0x1000, layout.R, true, false, 1<<10 | 0x53},
		{"execute only", 0x1000, layout.X, false, false, 1<<10 | 0x49},
		{"highest page", MaxPA - 4096, layout.R, false, false, 1<<54 - 1<<10 | 0x43},
		{"write without read", 0x1000, layout.W, false, false, 0},
		{"write and execute without read", 0x1000, layout.W | layout.X, false, false, 0},
		{"no permission", 0x1000, 0, true, true, 0},
		{"no known permission", 0x1000, 0xf8, false, false, 0},
		{"address too high", MaxPA, rw, false, false, 0},
	} {
		if got := Leaf(c.pa, c.perm, c.user, c.global); got != c.want {
			t.Errorf("%s: Leaf = %#x, want %#x", c.name, got, c.want)
		}
	}
}

func TestLeafKeepsWhatItWasGiven(t *testing.T) {
	for _, perm := range []layout.Perm{layout.R, rw, layout.R | layout.X, rw | layout.X, layout.X} {
		for _, pa := range []uint64{0, 0x1000, 0x4000_0000, 0x23_ffff_f000, MaxPA - 4096} {
			e := Leaf(pa, perm, false, false)
			if PA(e) != pa || Perm(e) != perm || !IsLeaf(e) || IsBranch(e) {
				t.Errorf("Leaf(%#x, %v) = %#x: pa %#x perm %v", pa, perm, e, PA(e), Perm(e))
			}
			if e&A == 0 || (e&D != 0) != (perm&layout.W != 0) {
				t.Errorf("Leaf(%#x, %v) = %#x: A or D wrong", pa, perm, e)
			}
		}
	}
}

func TestBranch(t *testing.T) {
	e := Branch(0x8765_4000)
	if e != 0x8765_4000>>2|1 || !IsBranch(e) || IsLeaf(e) || PA(e) != 0x8765_4000 {
		t.Errorf("Branch = %#x", e)
	}
	if e := Branch(MaxPA); e != 0 {
		t.Errorf("Branch beyond MaxPA = %#x, want 0", e)
	}
	if IsLeaf(R|W) || IsBranch(0) {
		t.Error("an entry without V counts as valid")
	}
}

func TestIndexAndSize(t *testing.T) {
	va := uint64(layout.LinkBase) + 3*layout.MegaPage + 5*layout.PageSize + 7
	for level, want := range []uint64{5, 3, 128} {
		if got := Index(va, level); got != want {
			t.Errorf("Index(%#x, %d) = %d, want %d", va, level, got, want)
		}
	}
	for level, want := range []uint64{layout.PageSize, layout.MegaPage, layout.GigaPage} {
		if got := Size(level); got != want {
			t.Errorf("Size(%d) = %#x, want %#x", level, got, want)
		}
	}
	if got := Index(^uint64(0), 2); got != Entries-1 {
		t.Errorf("Index of the highest address = %d", got)
	}
}

// The leaf of the page behind another is a step more.
func TestStep(t *testing.T) {
	for level := range Levels {
		pa := 3 * Size(level)
		if got := Leaf(pa, layout.R|layout.X, true, false) + Step(level); got != Leaf(pa+Size(level), layout.R|layout.X, true, false) {
			t.Errorf("level %d: a step leads to %#x", level, PA(got))
		}
	}
}

func TestSatp(t *testing.T) {
	if got := Satp(0x8765_4000); got != 0x8000_0000_0008_7654 {
		t.Errorf("Satp = %#x", got)
	}
}
