package shim

import (
	"math/rand/v2"
	"slices"
	"testing"

	"atoll/arch/layout"
)

// pageMap is a naive areaList: what each of the window's first pages is. All
// behind them is free.
type pageMap []byte

const (
	free     = 0
	reserved = 1
	writable = 2
)

// at returns the address of a page.
func at(page int) uintptr { return layout.HeapBase + uintptr(page)*layout.PageSize }

// set makes pages of a kind.
func (m pageMap) set(lo, hi int, kind byte) {
	for i := lo; i < hi; i++ {
		m[i] = kind
	}
}

// only reports whether all pages are of a kind.
func (m pageMap) only(lo, hi int, kind byte) bool {
	for i := lo; i < hi; i++ {
		if m[i] != kind {
			return false
		}
	}
	return true
}

// areas returns the runs of pages of one kind.
func (m pageMap) areas() []area {
	var list []area
	for i := 0; i < len(m); {
		end := i
		for end < len(m) && m[end] == m[i] {
			end++
		}
		if m[i] != free {
			list = append(list, area{at(i), at(end), uintptr(m[i]) - reserved})
		}
		i = end
	}
	return list
}

// gap returns the first free place for n pages on a multiple of align pages.
func (m pageMap) gap(n, align int) uintptr {
	for i := 0; ; i += align {
		if m.only(min(i, len(m)), min(i+n, len(m)), free) {
			return at(i)
		}
	}
}

func (l *areaList) slice() []area { return l.a[:l.n] }

// step does one random thing to both and returns what it was.
func step(t *testing.T, r *rand.Rand, l *areaList, m pageMap) string {
	lo := r.IntN(len(m))
	hi := min(lo+1+r.IntN(1<<r.IntN(7)), len(m))
	kind := byte(reserved + r.IntN(2))
	what := ""
	switch r.IntN(3) {
	case 0:
		what = "remove"
		if !l.remove(at(lo), at(hi)) {
			t.Fatal("a list that is not full refuses to remove")
		}
		m.set(lo, hi, free)
	default:
		what = "add"
		if !m.only(lo, hi, free) {
			break
		}
		if !l.add(at(lo), at(hi), uintptr(kind-reserved)) {
			t.Fatal("a list that is not full refuses to add")
		}
		m.set(lo, hi, kind)
	}
	return what
}

// The list says the same as a map of pages after each of many random changes:
// the same areas, joined wherever they touch, and the same answers.
// Sabotage: in remove, forget any of the four ways to overlap; in add, forget to
// join on either side or both; be off by one in find, shift, overlaps or gap.
func TestAreasAgainstPageMap(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 0))
		l, m := &areaList{}, make(pageMap, 200)
		for n := range 2000 {
			what := step(t, r, l, m)
			if want := m.areas(); !slices.Equal(l.slice(), want) {
				t.Fatalf("seed %d, step %d, %s: %x, not %x", seed, n, what, l.slice(), want)
			}
			lo := r.IntN(len(m))
			hi := min(lo+1+r.IntN(20), len(m))
			if got, want := l.overlaps(at(lo), at(hi)), !m.only(lo, hi, free); got != want {
				t.Fatalf("seed %d, step %d: overlaps(%d, %d) is %v", seed, n, lo, hi, got)
			}
			pages, align := 1+r.IntN(30), 1<<r.IntN(6)
			if got, want := l.gap(uintptr(pages)*layout.PageSize, uintptr(align)*layout.PageSize), m.gap(pages, align); got != want {
				t.Fatalf("seed %d, step %d: gap(%d, %d) is %x, not %x", seed, n, pages, align, got, want)
			}
			i := l.find(at(lo))
			if i > 0 && l.a[i-1].hi > at(lo) || i < l.n && l.a[i].hi <= at(lo) {
				t.Fatalf("seed %d, step %d: find(%d) is %d", seed, n, lo, i)
			}
		}
	}
}

// The window has an end, and no length is too large to ask for.
// Sabotage: leave the end or the overflow out of gap.
func TestGapAtTheEnd(t *testing.T) {
	const all = layout.HeapEnd - layout.HeapBase
	l := &areaList{}
	for n, want := range map[uintptr]uintptr{
		all: layout.HeapBase, all + layout.PageSize: 0, ^uintptr(0) &^ 4095: 0, ^uintptr(0) - layout.HeapBase + 1: 0,
	} {
		if got := l.gap(n, layout.PageSize); got != want {
			t.Errorf("%#x bytes at %#x, not %#x", n, got, want)
		}
	}
	l.add(layout.HeapBase, layout.HeapBase+layout.PageSize, 0)
	if got := l.gap(all, layout.PageSize); got != 0 {
		t.Errorf("all bytes at %#x beside an area", got)
	}
	if got := l.gap(all-layout.PageSize, layout.PageSize); got != layout.HeapBase+layout.PageSize {
		t.Errorf("all bytes but a page at %#x", got)
	}
	if got := l.gap(all-layout.PageSize, arenaAlign); got != 0 {
		t.Errorf("aligned, they are at %#x", got)
	}
	l.add(layout.HeapBase+2*layout.PageSize, layout.HeapEnd, 0)
	if got := l.gap(layout.PageSize, layout.PageSize); got != layout.HeapBase+layout.PageSize {
		t.Errorf("the last free page is at %#x", got)
	}
	if got := l.gap(2*layout.PageSize, layout.PageSize); got != 0 {
		t.Errorf("two pages at %#x where one is free", got)
	}
}

// arenaAlign is the largest alignment that the runtime asks for.
const arenaAlign = 64 << 20

// A full list refuses what needs another place, without a change, and goes on to
// take what needs none.
// Sabotage: leave the bound out of shift; let remove cut before it has made room.
func TestFullList(t *testing.T) {
	l := &areaList{}
	for i := range maxAreas {
		if !l.add(at(4*i), at(4*i+3), 1) {
			t.Fatalf("full after %d areas", i)
		}
	}
	before := *l
	if l.add(at(4*maxAreas), at(4*maxAreas+1), 1) || l.add(at(3), at(4), 0) || l.remove(at(5), at(6)) || *l != before {
		t.Fatal("a full list takes another area, or changes when it refuses")
	}
	if !l.remove(at(4), at(5)) || !l.remove(at(10), at(11)) || !l.add(at(10), at(11), 1) {
		t.Error("a full list refuses what needs no place")
	}
	if !l.add(at(11), at(12), 1) || l.n != maxAreas-1 {
		t.Errorf("%d areas after two were joined", l.n)
	}
	if !l.remove(at(17), at(18)) || l.n != maxAreas {
		t.Errorf("%d areas after one was split", l.n)
	}
	if !l.remove(layout.HeapBase, layout.HeapEnd) || l.n != 0 {
		t.Errorf("%d areas after all were removed", l.n)
	}
}
