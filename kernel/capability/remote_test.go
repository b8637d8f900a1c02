package capability

import (
	"testing"

	"atoll/arch/layout"
)

// lendable is a world with a frame in slot 3, two pages into the RAM of slot 2, and its
// capability.
func lendable(t *testing.T) (*Database, *arena, func(uint64) Ref, Cap) {
	d, a, at := world(t, 16)
	want(t, "retype", d.Retype(at(2), Made{Offset: 2 * layout.PageSize, Type: Frame, Size: layout.PageSize, Count: 1, CNode: at(1), First: 3}), OK)
	f, _ := d.Identify(at(3))
	return d, a, at, f
}

// An anchor keeps memory in use when nobody here has a capability to it, and stops a revoke,
// until it is released.
// Sabotages: in revoke, delete anchors; in PlantAnchor, do not mark it.
func TestAnchor(t *testing.T) {
	d, _, at, f := lendable(t)
	want(t, "anchor", d.PlantAnchor(at(20), f), OK)
	want(t, "delete", d.Delete(at(3)), OK)
	again := Made{Offset: 2 * layout.PageSize, Type: Frame, Size: layout.PageSize, Count: 1, CNode: at(1), First: 4}
	want(t, "retype what is lent", d.Retype(at(2), again), ErrInUse)
	if done, _ := d.Revoke(at(2), 100); done {
		t.Error("what is lent has been revoked")
	}
	if c, is := d.Blocked(); !is || !c.same(f) {
		t.Errorf("the revoke has stopped at %v", c)
	}
	d.Release(at(20))
	if _, is := d.Blocked(); is {
		t.Error("nothing is left that stops a revoke")
	}
	if done, _ := d.Revoke(at(2), 100); !done {
		t.Error("the revoke is not done")
	}
	want(t, "retype", d.Retype(at(2), again), OK)
}

// A copy that comes from elsewhere is refused if there is something in its place that is no
// copy of it, nor made of it.
// Sabotage: in inTheWay, answer false for any case.
func TestInTheWay(t *testing.T) {
	d, _, at, f := lendable(t)
	ram, _ := d.Identify(at(2))
	page := func(typ Type, first, pages uint64) Cap {
		return Cap{Type: typ, Rights: Read, Base: ram.Base + first*layout.PageSize, Size: pages * layout.PageSize}
	}
	for i, row := range []struct {
		c    Cap
		want Error
	}{
		{f, OK}, {page(Frame, 5, 1), OK}, {page(RAM, 2, 1), OK}, {page(RAM, 1, 3), OK}, {page(RAM, 8, 2), OK},
		{page(Frame, 1, 2), ErrInUse}, {page(Frame, 2, 2), ErrInUse}, {page(Frame, 9, 1), OK}, {page(Frame, 8, 2), ErrInUse},
		{page(CNode, 6, 1), ErrWrongType}, {Cap{Type: Frame, Base: ram.Base, Size: 100}, ErrSize},
		{page(Frame, 1<<30, 1), OK}, {Cap{Type: Frame, Base: ^uint64(0) &^ 4095, Size: 2 * layout.PageSize}, ErrSize},
		{Cap{Type: Frame, Base: uint64(at(0)), Size: layout.PageSize}, ErrInUse},
	} {
		want(t, "plant", d.PlantCopy(at(uint64(20+i)), row.c), row.want)
	}
	want(t, "plant where something is", d.PlantCopy(at(20), f), ErrNotEmpty)
	checkTree(t, d)
}

// Wipe takes copies and what was made of them, and leaves the one slot, anchors, and others.
// Sabotages: in wiped, do not look at keep, or at anchors; begin with the copies.
func TestWipe(t *testing.T) {
	d, _, at, f := lendable(t)
	for i := range uint64(10) {
		want(t, "copy", d.Copy(at(20+i), at(3)), OK)
	}
	want(t, "anchor", d.PlantAnchor(at(40), f), OK)
	steps := 1
	for !d.Wipe(f, at(25), 4) {
		steps++
	}
	if steps != 3 || !d.Has(f) || d.Empty(at(25)) || d.Empty(at(40)) || !d.Empty(at(3)) || d.Count() != 4 {
		t.Errorf("%d steps, %d capabilities", steps, d.Count())
	}
	ram, _ := d.Identify(at(2))
	if !d.MadeOf(ram, f.Base, f.Base+f.Size) || d.MadeOf(ram, f.Base+f.Size, f.Base+2*f.Size) {
		t.Error("what was made of the RAM is not told")
	}
	for !d.Wipe(ram, 0, 4) {
	}
	if !d.Empty(at(2)) || !d.Empty(at(25)) || d.Empty(at(40)) {
		t.Error("what was made of RAM has stayed, or an anchor has not")
	}
	d.Release(at(40))
	if d.Has(f) || d.Has(ram) {
		t.Error("what is gone is there")
	}
}

// What is frozen, and what was made of it, is not copied, mapped or retyped; all else is.
// Sabotages: leave out the look at frozen in Mint, mayMap or mayMake; in Thaw, do nothing.
func TestFreeze(t *testing.T) {
	d, _, at, f := lendable(t)
	ram, _ := d.Identify(at(2))
	make := Made{Offset: 5 * layout.PageSize, Type: Frame, Size: layout.PageSize, Count: 1, CNode: at(1), First: 30}
	want(t, "table", d.Retype(at(2), Made{Offset: 8 * layout.PageSize, Type: VNodeL0, Size: 2 * layout.PageSize, Count: 1, CNode: at(1), First: 4}), OK)
	d.Freeze(f)
	want(t, "copy", d.Copy(at(20), at(3)), ErrRevoked)
	want(t, "map", d.Map(at(3), Place{VNode: at(4), Count: 1, Rights: Read}), ErrRevoked)
	want(t, "map a page", d.MapPage(at(3), at(4), 0, Read), ErrRevoked)
	want(t, "copy of another", d.Copy(at(20), at(2)), OK)
	d.Freeze(ram)
	want(t, "retype", d.Retype(at(2), make), ErrRevoked)
	d.Thaw(f)
	want(t, "copy of what is made of it", d.Copy(at(21), at(3)), ErrRevoked)
	d.Thaw(ram)
	want(t, "copy", d.Copy(at(21), at(3)), OK)
	want(t, "retype", d.Retype(at(2), make), OK)
}

// The end of frames and RAM is told once, with the last copy, when it is gone.
// Sabotages: in delete, tell before drop; tell of copies.
func TestEnded(t *testing.T) {
	d, _, at, f := lendable(t)
	var told []Cap
	d.Ended = func(c Cap) {
		told = append(told, c)
		if d.Has(f) {
			t.Error("it is told before it is gone")
		}
	}
	want(t, "copy", d.Copy(at(20), at(3)), OK)
	want(t, "delete", d.Delete(at(3)), OK)
	want(t, "delete", d.Delete(at(20)), OK)
	if len(told) != 1 || !told[0].same(f) {
		t.Errorf("%v", told)
	}
}
