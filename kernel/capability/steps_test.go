package capability

import (
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
	// The outermost one was made last, and is through last.
	again := Made{Offset: (depth - 1) * layout.PageSize, Type: Frame, Size: layout.PageSize, Count: 1, CNode: at(1), First: 9}
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
