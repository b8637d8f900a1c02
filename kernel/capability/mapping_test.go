package capability

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"

	"atoll/arch/layout"
	"atoll/arch/sv39"
)

// tables are a root table, a table of each lower level, and frames.
func tables(t *testing.T) (d *Database, a *arena, at func(uint64) Ref) {
	d, a, at = world(t, 4096)
	for i, m := range []Made{
		{Type: VNodeL2, Size: vnodeSize, Count: 1, First: 3},
		{Type: VNodeL1, Size: vnodeSize, Count: 1, First: 4},
		{Type: VNodeL0, Size: vnodeSize, Count: 2, First: 5},
		{Type: Frame, Size: 4 * layout.PageSize, Count: 3, First: 7},
		{Type: RAM, Size: layout.MegaPage * 2, Count: 1, First: 10},
	} {
		m.CNode, m.Offset = at(1), uint64(i)*16*layout.PageSize
		retype(t, d, at(2), m)
	}
	return d, a, at
}

func retype(t *testing.T, d *Database, src Ref, m Made) {
	t.Helper()
	if e := d.Retype(src, m); e != OK {
		t.Fatalf("retype to %+v: %v", m, e)
	}
}

func want(t *testing.T, what string, got, want Error) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %v, want: %v", what, got, want)
	}
}

// What Map refuses, and that it has changed nothing then.
func TestMapRefused(t *testing.T) {
	d, a, at := tables(t)
	if e := d.Mint(at(20), at(7), Read, 0); e != OK {
		t.Fatal(e)
	}
	if e := d.Mint(at(21), at(5), Read, 0); e != OK {
		t.Fatal(e)
	}
	for _, c := range []struct {
		what string
		r    Ref
		p    Place
		want Error
	}{
		{"nothing", at(30), Place{VNode: at(5), Count: 1}, ErrNoSuchCap},
		{"into nothing", at(7), Place{VNode: at(30), Count: 1}, ErrNoSuchCap},
		{"into a frame", at(7), Place{VNode: at(8), Count: 1}, ErrWrongType},
		{"RAM", at(2), Place{VNode: at(5), Count: 1, Rights: Read}, ErrWrongType},
		{"no entries", at(7), Place{VNode: at(5), Rights: Read}, ErrRange},
		{"behind the table", at(7), Place{VNode: at(5), Index: 511, Count: 2, Rights: Read}, ErrRange},
		{"an overflow", at(7), Place{VNode: at(5), Index: 1, Count: ^uint64(0), Rights: Read}, ErrRange},
		{"more than the frame", at(7), Place{VNode: at(5), Count: 5, Rights: Read}, ErrRange},
		{"behind the frame", at(7), Place{VNode: at(5), Count: 1, Offset: 4 * layout.PageSize, Rights: Read}, ErrRange},
		{"far behind the frame", at(7), Place{VNode: at(5), Count: 1, Offset: ^uint64(0) &^ 4095, Rights: Read}, ErrRange},
		{"half a page", at(7), Place{VNode: at(5), Count: 1, Offset: 8, Rights: Read}, ErrRange},
		{"more rights", at(20), Place{VNode: at(5), Count: 1, Rights: Read | Write}, ErrRights},
		{"no rights", at(7), Place{VNode: at(5), Count: 1}, ErrRights},
		{"write only", at(7), Place{VNode: at(5), Count: 1, Rights: Write}, ErrRights},
		{"into a table that may not be changed", at(7), Place{VNode: at(21), Count: 1, Rights: Read}, ErrRights},
		{"a small frame as a large page", at(7), Place{VNode: at(4), Count: 1, Rights: Read}, ErrRange},
		{"a table of the wrong level", at(5), Place{VNode: at(3), Count: 1}, ErrWrongType},
		{"a root table", at(3), Place{VNode: at(4), Count: 1}, ErrWrongType},
		{"two of a table", at(4), Place{VNode: at(3), Count: 2}, ErrRange},
		{"over the kernel's half", at(4), Place{VNode: at(3), Index: UserEntries, Count: 1}, ErrRange},
	} {
		before := a.Copy()
		want(t, c.what, d.Map(c.r, c.p), c.want)
		for i, w := range a.Copy() {
			if w != before[i] {
				t.Fatalf("%s: was refused and has changed word %d", c.what, i)
			}
		}
	}
}

// What is mapped is in the table, and leaves it with the capability, or with the
// table, wherever the capability has moved meanwhile. Sabotages: in delete, leave out
// unmap; in delete, leave out empty; in unmap, leave out Flush.
func TestMappings(t *testing.T) {
	d, a, at := tables(t)
	entry := func(table Ref, i uint64) uint64 { return *a.Word(a.Slot(table).base + 8*i) }
	want(t, "L1 into the root", d.Map(at(4), Place{VNode: at(3), Index: 3, Count: 1}), OK)
	want(t, "L0 into L1", d.Map(at(5), Place{VNode: at(4), Index: 511, Count: 1}), OK)
	want(t, "a frame", d.Map(at(7), Place{VNode: at(5), Index: 8, Count: 3, Offset: layout.PageSize, Rights: Read | Write}), OK)
	checkLeaves(t, d, a)
	want(t, "again", d.Map(at(7), Place{VNode: at(6), Index: 8, Count: 1, Rights: Read}), ErrMapped)
	want(t, "over it", d.Map(at(8), Place{VNode: at(5), Index: 10, Count: 1, Rights: Read}), ErrMapped)
	if pte := entry(at(5), 9); sv39.PA(pte) != a.Slot(at(7)).base+2*layout.PageSize || sv39.Perm(pte) != layout.R|layout.W || pte&sv39.U == 0 {
		t.Errorf("entry %#x", pte)
	}
	if !sv39.IsBranch(entry(at(3), 3)) || sv39.PA(entry(at(3), 3)) != a.Slot(at(4)).base {
		t.Errorf("branch %#x", entry(at(3), 3))
	}
	want(t, "a copy elsewhere", d.Copy(at(20), at(7)), OK)
	want(t, "map it", d.Map(at(20), Place{VNode: at(6), Index: 0, Count: 4, Rights: Read}), OK)
	want(t, "move", d.Move(at(21), at(7)), OK)
	checkLeaves(t, d, a)
	want(t, "delete", d.Delete(at(21)), OK)
	for i := range uint64(512) {
		if entry(at(5), i) != 0 {
			t.Errorf("entry %d outlives its capability", i)
		}
	}
	if entry(at(6), 3) == 0 {
		t.Error("deleting one copy has unmapped the other")
	}
	table := a.Slot(at(6)).base
	want(t, "delete the table", d.Delete(at(6)), OK)
	if *a.Word(table) != 0 || a.Slot(at(20)).mapping != 0 {
		t.Error("a frame is mapped in a table that is gone")
	}
	want(t, "unmap", d.Unmap(at(20)), ErrNotMapped)
	want(t, "unmap a table", d.Unmap(at(5)), OK)
	if a.Stale != 0 {
		t.Errorf("%d entries were emptied and not flushed", a.Stale)
	}
}

// A large page, whose frame must be aligned.
func TestLargePage(t *testing.T) {
	d, a, at := world(t, 4096)
	ram := a.Slot(at(2))
	skip := layout.MegaPage - ram.base%layout.MegaPage
	retype(t, d, at(2), Made{Offset: skip, Type: Frame, Size: 2 * layout.MegaPage, Count: 1, CNode: at(1), First: 3})
	retype(t, d, at(2), Made{Type: VNodeL1, Size: vnodeSize, Count: 1, CNode: at(1), First: 4})
	want(t, "unaligned", d.Map(at(3), Place{VNode: at(4), Count: 1, Offset: layout.PageSize, Rights: Read}), ErrRange)
	want(t, "two large pages", d.Map(at(3), Place{VNode: at(4), Index: 7, Count: 2, Rights: Read | Execute}), OK)
	table := a.Slot(at(4)).base
	if pte := *a.Word(table + 8*8); sv39.PA(pte) != a.Slot(at(3)).base+layout.MegaPage || !sv39.IsLeaf(pte) {
		t.Errorf("entry %#x", pte)
	}
}

// Random mappings, moves and deletions keep entries and slots in step (C4), and MapPage refuses
// what Map does. Sabotages: in move, leave out refer; in MapPage, leave out something that it
// looks at.
func TestRandomMappings(t *testing.T) {
	d, a, at := tables(t)
	retype(t, d, at(2), Made{Offset: 8 * layout.PageSize, Type: Frame, Size: layout.PageSize, Count: 4, CNode: at(1), First: 11})
	r := rand.New(rand.NewPCG(3, 4))
	for i := range 20_000 {
		x, y := at(3+uint64(r.IntN(40))), at(3+uint64(r.IntN(40)))
		switch r.IntN(8) {
		case 0, 1, 2:
			d.Map(x, Place{VNode: y, Index: uint64(r.IntN(16)), Count: uint64(r.IntN(5)), Rights: Rights(r.IntN(8))})
		case 3:
			d.Move(x, y)
		case 4:
			if a.Slot(y).typ == Frame || a.Slot(y).typ.level() >= 0 {
				d.Mint(x, y, Rights(r.IntN(8)), 0)
			}
		case 5:
			if a.Slot(x).typ != RAM && d.copies(x) != 0 {
				d.Delete(x)
			} else {
				d.Unmap(x)
			}
		case 6, 7:
			for r.IntN(8) > 0 && !d.Holds(y, VNodeL0) {
				y = at(3 + uint64(r.IntN(40)))
			}
			p := Place{VNode: y, Index: uint64(505 + r.IntN(8)), Count: 1, Rights: Rights(r.IntN(8))}
			_, _, due := d.mayMap(a.Slot(x), a.Slot(y), &p)
			if r.IntN(3) == 0 {
				d.KeepPage(x, y, p.Index)
			} else if e := d.MapPage(x, y, p.Index, p.Rights); e != due {
				t.Fatalf("MapPage of %+v at %+v: %v, where Map says %v", a.Slot(x), p, e, due)
			}
		}
		if i%50 == 0 {
			checkMappings(t, d, a)
		}
	}
}

// A page that is kept takes its place in a table, where nobody reaches it and it is found.
// Sabotages: in KeepPage, fill the entry, or look at nothing before; in leavesOf, take what is kept.
func TestKeepPage(t *testing.T) {
	d, a, at := tables(t)
	want(t, "L1 into the root", d.Map(at(4), Place{VNode: at(3), Count: 1}), OK)
	want(t, "L0 into L1", d.Map(at(5), Place{VNode: at(4), Count: 1}), OK)
	want(t, "keep", d.KeepPage(at(7), at(5), 9), OK)
	checkMappings(t, d, a)
	if r := d.Mapped(at(5), 9); r != at(7) || d.MappedAs(r) != 0 {
		t.Errorf("in its place is %#x, mapped as %v", r, d.MappedAs(r))
	}
	want(t, "keep again", d.KeepPage(at(7), at(5), 10), ErrMapped)
	want(t, "keep another there", d.KeepPage(at(8), at(5), 9), ErrMapped)
	want(t, "map another there", d.MapPage(at(8), at(5), 9, Read), ErrMapped)
	want(t, "keep a table", d.KeepPage(at(5), at(4), 0), ErrWrongType)
	want(t, "keep beyond the end", d.KeepPage(at(8), at(5), 512), ErrRange)
	want(t, "unmap", d.Unmap(at(7)), OK)
	want(t, "map it there", d.MapPage(at(7), at(5), 9, Read|Write), OK)
	want(t, "keep another", d.KeepPage(at(8), at(5), 10), OK)
	want(t, "delete it", d.Delete(at(8)), OK)
	if r := d.Mapped(at(5), 10); r != 0 {
		t.Errorf("what was deleted is found at %#x", r)
	}
	checkMappings(t, d, a)
}

// Next finds what fills entries, in order, mapped or kept, within its bounds, and nothing in
// what is no table.
// Sabotages: in Next, begin behind from; leave out end; leave out the look at the level.
func TestNext(t *testing.T) {
	d, _, at := tables(t)
	want(t, "map", d.MapPage(at(7), at(5), 9, Read), OK)
	want(t, "keep", d.KeepPage(at(8), at(5), 511), OK)
	*(*uint64)(d.Object(d.Base(at(7)) + layout.PageSize)) = 1 // were it a table, an entry
	for _, c := range []struct {
		vnode     Ref
		from, end uint64
		index     uint64
		r         Ref
	}{
		{at(5), 0, 512, 9, at(7)}, {at(5), 9, 10, 9, at(7)}, {at(5), 10, 512, 511, at(8)}, {at(5), 10, 1 << 60, 511, at(8)},
		{at(5), 0, 9, 9, 0}, {at(5), 10, 511, 511, 0}, {at(5), 512, 512, 512, 0}, {at(5), 1 << 60, 512, 512, 0}, {at(7), 0, 512, 512, 0},
	} {
		if i, r := d.Next(c.vnode, c.from, c.end); i != c.index || r != c.r {
			t.Errorf("%#x from %d to %d: %#x at %d, want %#x at %d", c.vnode, c.from, c.end, r, i, c.r, c.index)
		}
	}
}

// checkMappings looks at each entry of each table and at each slot.
func checkMappings(t *testing.T, d *Database, a *arena) {
	t.Helper()
	filled, claimed := 0, 0
	done := map[uint64]bool{}
	for r := range checkTree(t, d) {
		s := a.Slot(r)
		if s.mapping != 0 {
			claimed += int(s.extra)
		}
		if s.typ.level() < 0 || done[s.base] {
			continue
		}
		done[s.base] = true
		for i := range uint64(512) {
			entry, slot := *a.Word(s.base + 8*i), Ref(*d.filler(s.base, i))
			kept := slot != 0 && a.Slot(slot).typ == Frame && a.Slot(slot).mapped == 0
			if (entry == 0) != (slot == 0 || kept) {
				t.Fatalf("entry %d of %#x is %#x, its slot %#x", i, s.base, entry, slot)
			}
			if slot == 0 {
				continue
			}
			filled++
			table, first := a.Slot(slot).mappedAt()
			if n := uint64(a.Slot(slot).extra); table != s.base || i < first || i >= first+n {
				t.Fatalf("entry %d of %#x is said to be of a slot that is mapped at %#x, %d to %d", i, s.base, table, first, n)
			}
		}
	}
	if filled != claimed {
		t.Fatalf("%d entries are filled, slots claim %d", filled, claimed)
	}
	checkLeaves(t, d, a)
}

// checkLeaves compares Leaves with what a hart would find.
// Sabotages: in Map, do not keep the offset; in Move, leave it; in roots, take each copy.
func checkLeaves(t *testing.T, d *Database, a *arena) {
	t.Helper()
	var got, found []Leaf
	d.Leaves(func(l Leaf) { got = append(got, l) })
	var look func(table uint64, level int, va uint64)
	look = func(table uint64, level int, va uint64) {
		for i := range uint64(512) {
			switch pte, at := *a.Word(table + 8*i), va+i*sv39.Size(level); {
			case pte == 0:
			case sv39.IsBranch(pte):
				look(sv39.PA(pte), level-1, at)
			default:
				found = append(found, Leaf{at, sv39.PA(pte), sv39.Size(level), Rights(sv39.Perm(pte))})
			}
		}
	}
	done := map[uint64]bool{}
	for r := range checkTree(t, d) {
		if s := a.Slot(r); s.typ == VNodeL2 && !done[s.base] {
			done[s.base] = true
			look(s.base, 2, 0)
		}
	}
	order := func(x, y Leaf) int {
		return cmp.Or(cmp.Compare(x.PA, y.PA), cmp.Compare(x.VA, y.VA), cmp.Compare(x.Size, y.Size), cmp.Compare(x.Rights, y.Rights))
	}
	slices.SortFunc(got, order)
	slices.SortFunc(found, order)
	if !slices.Equal(got, found) {
		t.Fatalf("the leaves are said to be %+v; a hart finds %+v", got, found)
	}
}
