package capability

import (
	"testing"

	"atoll/arch/layout"
	"atoll/arch/sv39"
)

// After Replace each capability to the page, in whatever slot and with whatever rights,
// names the other, and each entry leads there with the rights that it had. Sabotages: in
// replaceOne, map with the capability's rights; leave out SetEntry of the new page; in
// Move, leave out mapped; in Replace, leave out Flush.
func TestReplace(t *testing.T) {
	d, a, at := tables(t)
	const old, page = 0x40_0000_0000, 0x40_0000_5000
	want(t, "plant", d.PlantShared(at(20), old), OK)
	want(t, "plant", d.PlantShared(at(21), old+layout.PageSize), OK)
	for i := range uint64(10) {
		want(t, "mint", d.Mint(at(30+i), at(20), Read|Write, 0), OK)
	}
	entry := func(i uint64) uint64 { return *a.Word(a.Slot(at(5)).base + 8*i) }
	rights := []Rights{Read, Read | Write}
	for i := range uint64(4) {
		want(t, "map", d.Map(at(30+i), Place{VNode: at(5), Index: i, Count: 1, Rights: rights[i%2]}), OK)
	}
	want(t, "map the neighbour", d.Map(at(21), Place{VNode: at(5), Index: 9, Count: 1, Rights: Read}), OK)
	want(t, "move", d.Move(at(50), at(30)), OK)
	steps := 1
	for d.Replace(old, page, 3) {
		steps++
	}
	if steps != 4 {
		t.Errorf("11 capabilities took %d steps of 3", steps)
	}
	for i := range uint64(4) {
		if e := entry(i); sv39.PA(e) != page || sv39.Perm(e) != layout.Perm(rights[i%2]) || e&sv39.U == 0 {
			t.Errorf("entry %d is %#x", i, e)
		}
	}
	if sv39.PA(entry(9)) != old+layout.PageSize {
		t.Errorf("the neighbour's entry is %#x", entry(9))
	}
	checkMappings(t, d, a)
	if a.Stale != 0 {
		t.Errorf("%d entries were emptied and not flushed", a.Stale)
	}
	for r, c := range checkTree(t, d) {
		if c.Base == old {
			t.Errorf("the slot at %#x still names the page", r)
		}
	}
	if len(a.reclaimed) != 0 {
		t.Errorf("reclaimed: %v", a.reclaimed)
	}
	for d.RevokeShared(page, 4) {
		steps++
	}
	if steps != 4+2 {
		t.Errorf("11 capabilities were deleted in %d steps of 4", steps-3)
	}
	for r, c := range checkTree(t, d) {
		if c.Base == page {
			t.Errorf("the slot at %#x still names the page", r)
		}
	}
	if entry(1) != 0 || entry(9) == 0 || a.Stale != 0 {
		t.Errorf("at the end the entry is %#x, the neighbour's %#x; %d are not flushed", entry(1), entry(9), a.Stale)
	}
}

// A shared page may lie in RAM, which has other pages beside, and RAM of the page's own size.
// Sabotage: in shared, do not look at the type.
func TestSharedInRAM(t *testing.T) {
	d, a, at := world(t, 64)
	ram := a.Slot(at(2)).base
	page := ram + 4*layout.PageSize
	retype(t, d, at(2), Made{Offset: 4 * layout.PageSize, Type: RAM, Size: layout.PageSize, Count: 1, CNode: at(1), First: 3})
	*a.Word(page) = 77
	want(t, "plant", d.PlantShared(at(4), page), OK)
	want(t, "plant over it", d.PlantShared(at(4), page), ErrNotEmpty)
	want(t, "plant the other end's", d.PlantShared(at(5), page), OK)
	if *a.Word(page) != 77 {
		t.Error("the page was cleared, and may be in use")
	}
	if d.RevokeShared(page, 5) || a.Slot(at(4)).typ != Null || a.Slot(at(5)).typ != Null || a.Slot(at(3)).typ != RAM {
		t.Error("what was planted was not deleted, or more was")
	}
}
