package capability

import (
	"slices"
	"testing"

	"atoll/arch/layout"
)

// nest makes CNodes each of which holds the only capability to the one made before.
// That to the last one is in slot 3.
func nest(t *testing.T, d *Database, a *arena, at func(uint64) Ref, depth uint64) {
	retype(t, d, at(2), Made{Type: CNode, Size: layout.PageSize, Count: 1, CNode: at(1), First: 3})
	for i := uint64(1); i < depth; i++ {
		retype(t, d, at(2), Made{Offset: i * layout.PageSize, Type: CNode, Size: layout.PageSize, Count: 1, CNode: at(1), First: 4})
		want(t, "put in", d.Move(a.Slot(at(4)).at(7), at(3)), OK)
		want(t, "turn", d.Move(at(3), at(4)), OK)
	}
}

// CNodes within CNodes go in steps, and the memory is in use until the last one.
// Sabotage: in bury, take CNodes as ended at once.
func TestCleanInSteps(t *testing.T) {
	d, a, at := world(t, 64)
	const depth = 20
	nest(t, d, a, at, depth)
	want(t, "delete", d.Delete(at(3)), OK)
	// The innermost one was made first, and is through last.
	again := Made{Type: Frame, Size: layout.PageSize, Count: 1, CNode: at(1), First: 9}
	steps := 0
	for d.Clean(1) {
		if steps++; d.Retype(at(2), again) == OK {
			t.Fatal("the memory of a CNode that is being cleaned was given to a frame")
		}
		if steps > depth*SlotsPerPage {
			t.Fatal("cleaning does not end")
		}
	}
	if d.Count() != 2 {
		t.Errorf("%d capabilities are left, want 2", d.Count())
	}
	want(t, "all of it again", d.Retype(at(2), Made{Type: Frame, Size: depth * layout.PageSize, Count: 1, CNode: at(1), First: 9}), OK)
}

// Revoke takes as many calls as it needs, and goes also if the capability lies in what
// was made from it. Sabotages: in victim, leave out the copies; in Revoke, delete a
// dying CNode as if it were any other.
func TestRevokeInSteps(t *testing.T) {
	d, a, at := world(t, 64)
	nest(t, d, a, at, 10)
	for i := range uint64(20) {
		want(t, "copy", d.Copy(at(10+i), at(2)), OK)
	}
	calls := 1
	for {
		done, e := d.Revoke(at(2), 3)
		if want(t, "revoke", e, OK); done {
			break
		}
		if calls++; calls > 1000 {
			t.Fatal("it does not end")
		}
	}
	if d.Count() != 2 || calls < 10 {
		t.Errorf("%d capabilities are left after %d calls", d.Count(), calls)
	}

	retype(t, d, at(2), Made{Type: CNode, Size: layout.PageSize, Count: 1, CNode: at(1), First: 3})
	own := a.Slot(at(3)).at(1)
	want(t, "move RAM into what is made from it", d.Move(own, at(2)), OK)
	for done := false; !done; {
		var e Error
		if done, e = d.Revoke(own, 2); e != OK {
			break
		}
	}
	for d.Clean(10) {
	}
	if d.Count() != 1 {
		t.Errorf("%d capabilities are left, want that of the root alone", d.Count())
	}
	if len(a.reclaimed) == 0 {
		t.Error("the memory was lost")
	}
}

// What is buried later does not keep a revoke from its end: another that buries more, in all the
// memory it has, than both clean.
// Sabotage: in bury, put it before the others.
func TestBuriedInTurn(t *testing.T) {
	d, _, at := world(t, 64)
	const size, most = 4 * layout.PageSize, 8
	bury := func(of Ref, i uint64) (ok bool) {
		if e := d.Retype(of, Made{Offset: i * size, Type: CNode, Size: size, Count: 1, CNode: at(1), First: 4}); e == OK {
			want(t, "delete", d.Delete(at(4)), OK)
			return true
		}
		return false // what was there is not clean yet
	}
	retype(t, d, at(2), Made{Offset: most * size, Type: RAM, Size: size, Count: 1, CNode: at(1), First: 3})
	if !bury(at(3), 0) {
		t.Fatal("nothing is buried")
	}
	for calls := 0; ; calls++ {
		for i := range uint64(most) {
			bury(at(2), i)
		}
		d.Clean(size / SlotSize / 2)
		if done, e := d.Revoke(at(3), size/SlotSize/4); done {
			want(t, "revoke", e, OK)
			return
		}
		if calls > 8*most {
			t.Fatal("it does not end")
		}
	}
}

// A long range is cleared in steps. Between them its capability permits nothing, no other can
// be made in the range, and copies keep the object from being made; to delete it gives the
// range back. Sabotages: in clear, put the capability with all rights; in Retype's mayMake, do
// not look for copies; in mayPut, do not except what has been begun.
func TestRetypeInSteps(t *testing.T) {
	d, a, at := world(t, 64)
	const pages, step = 10, 4
	d.atOnce = step * layout.PageSize
	m := Made{Offset: layout.PageSize, Type: Frame, Size: pages * layout.PageSize, Count: 1, CNode: at(1), First: 5}
	base := a.Slot(at(2)).base + m.Offset
	words := a.Words(base, m.Size)
	begin := func() {
		t.Helper()
		for i := range words {
			words[i] = ^uint64(0)
		}
		if done, e := d.RetypeStep(at(2), m); done || e != OK {
			t.Fatalf("the first step: %v, %v", done, e)
		}
	}
	begin()
	if c, _ := d.Identify(at(5)); c != (Cap{Type: Frame, Base: base, Size: m.Size}) {
		t.Errorf("between steps there is %+v", c)
	}
	if i := slices.Index(words, ^uint64(0)); i != step*layout.PageSize/8 {
		t.Errorf("%d words are cleared by one step", i)
	}
	part := Made{Offset: 3 * layout.PageSize, Type: Frame, Size: layout.PageSize, Count: 1, CNode: at(1), First: 7}
	want(t, "a part of it", d.Retype(at(2), part), ErrInUse)
	want(t, "a copy", d.Copy(at(6), at(5)), OK)
	want(t, "the next step", d.Retype(at(2), m), ErrInUse)
	retype(t, d, at(2), Made{Offset: 30 * layout.PageSize, Type: VNodeL0, Size: vnodeSize, Count: 1, CNode: at(1), First: 8})
	for _, r := range []Ref{at(5), at(6)} {
		want(t, "to map it", d.Map(r, Place{VNode: at(8), Count: 1, Rights: Read}), ErrRights)
	}
	want(t, "delete the copy", d.Delete(at(6)), OK)
	steps := 1
	for done := false; !done; steps++ {
		var e Error
		if done, e = d.RetypeStep(at(2), m); e != OK {
			t.Fatal(e)
		}
	}
	if c, _ := d.Identify(at(5)); c != (Cap{Type: Frame, Rights: AllRights, Base: base, Size: m.Size}) || steps != 3 {
		t.Errorf("after %d steps there is %+v", steps, c)
	}
	if slices.IndexFunc(words, func(w uint64) bool { return w != 0 }) >= 0 {
		t.Error("it is not cleared")
	}
	want(t, "delete", d.Delete(at(5)), OK)
	begin()
	want(t, "delete", d.Delete(at(5)), OK)
	want(t, "a part of it now", d.Retype(at(2), part), OK)
	want(t, "delete", d.Delete(at(7)), OK)

	m.Type, m.Size, m.Count = CNode, 2*layout.PageSize, 5 // into slots of which the last will be in use
	want(t, "delete", d.Delete(at(8)), OK)
	begin()
	want(t, "copy", d.Copy(at(9), at(2)), OK)
	want(t, "the next step", d.Retype(at(2), m), ErrNotEmpty)
	want(t, "delete", d.Delete(at(9)), OK)
	want(t, "the rest", d.Retype(at(2), m), OK)
	if n := d.Count(); n != 7 {
		t.Errorf("%d capabilities, want 7", n)
	}
}

// No operation allocates.
func TestNoAllocation(t *testing.T) {
	d, a, at := world(t, 64)
	_ = a
	got := testing.AllocsPerRun(200, func() {
		for i, m := range []Made{
			{Type: VNodeL0, Size: vnodeSize, Count: 1, First: 3},
			{Type: Frame, Size: layout.PageSize, Count: 8, First: 4},
			{Type: CNode, Size: layout.PageSize, Count: 1, First: 12},
		} {
			m.CNode, m.Offset = at(1), uint64(i)*8*layout.PageSize
			if e := d.Retype(at(2), m); e != OK {
				t.Fatal(e)
			}
		}
		d.Copy(at(20), at(4))
		d.Map(at(4), Place{VNode: at(3), Count: 1, Rights: Read})
		d.Move(at(21), at(4))
		d.Delete(at(12))
		for d.Clean(16) {
		}
		if done, e := d.Revoke(at(2), 100); !done || e != OK {
			t.Fatal(done, e)
		}
	})
	if got != 0 {
		t.Errorf("%v allocations", got)
	}
}

// Find checks every index and right on the way.
func TestFind(t *testing.T) {
	d, a, at := world(t, 64)
	retype(t, d, at(2), Made{Type: CNode, Size: layout.PageSize, Count: 1, CNode: at(1), First: 3})
	want(t, "mint", d.Mint(at(4), at(3), Read, 0), OK)
	for _, c := range []struct {
		a    Address
		need Rights
		r    Ref
		e    Error
	}{
		{2 << 16, Read, at(2), OK},
		{63 << 16, Write, at(63), OK},
		{0, Read, 0, ErrNoSuchCap},
		{5, Read, 0, ErrNoSuchCap},
		{64 << 16, Read, 0, ErrNoSuchCap},
		{0xffff << 16, Read, 0, ErrNoSuchCap},
		{3<<16 | 1, Write, a.Slot(at(3)).at(1), OK},
		{3<<16 | 64, Read, 0, ErrNoSuchCap},
		{2<<16 | 1, Read, 0, ErrNoSuchCap},
		{9<<16 | 1, Read, 0, ErrNoSuchCap},
		{4<<16 | 1, Read, a.Slot(at(3)).at(1), OK},
		{4<<16 | 1, Write, 0, ErrRights},
	} {
		if r, e := d.Find(at(1), c.a, c.need); r != c.r || e != c.e {
			t.Errorf("Find(%#x): %#x, %v; want %#x, %v", c.a, r, e, c.r, c.e)
		}
	}
}

// The slots for what Retype makes are looked at in their order: the first that is in use, or
// none, is the reason. Sabotage: in mayPut, look at the end of the CNode before the slots.
func TestRetypeInto(t *testing.T) {
	d, _, at := world(t, 16)
	const last = SlotsPerPage - 1
	want(t, "copy", d.Copy(at(last), at(2)), OK)
	m := Made{Type: Frame, Size: layout.PageSize, Count: 2, CNode: at(1), First: last}
	want(t, "into a slot in use, and behind the end", d.Retype(at(2), m), ErrNotEmpty)
	want(t, "delete", d.Delete(at(last)), OK)
	want(t, "into a slot, and behind the end", d.Retype(at(2), m), ErrNoSuchCap)
	m.First = SlotsPerPage
	want(t, "behind the end", d.Retype(at(2), m), ErrNoSuchCap)
	m.First = 0
	want(t, "into the kernel's", d.Retype(at(2), m), ErrNoSuchCap)
}

// Everything that can be refused has a sentence of its own.
func TestErrors(t *testing.T) {
	seen := map[string]bool{}
	for e := range numErrors {
		if s := e.Error(); s == "" || seen[s] {
			t.Errorf("error %d: %q", e, s)
		} else {
			seen[s] = true
		}
	}
	if numErrors.Error() != "unknown error" {
		t.Error("an error that is none has a sentence")
	}
}
