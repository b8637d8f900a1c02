package ram

import (
	"errors"
	"testing"

	"atoll/arch/layout"
	"atoll/kernel/capability"
)

// foreign is RAM of another core, for which there is no memory in these tests.
func foreign(n uint64) capability.Cap {
	return capability.Cap{Type: capability.RAM, Rights: capability.Read | capability.Write, Base: 1<<40 + n<<20, Size: 4 * layout.PageSize}
}

// RAM of another core is charged until nothing is left of it, or the other core has taken it
// back for who gives it back, or ends.
// Sabotages: in Borrow, do not Charge; in Lost, do not look whether there is something left, or
// charge on; in end, do not look at foreign; in endForeign, call ended at once.
func TestBorrow(t *testing.T) {
	w := newWorld(t, 64)
	d := w.m.NewDomain(10 * layout.PageSize)
	var recalled []capability.Cap
	var done func()
	w.m.Recall = func(c capability.Cap, f func()) { recalled, done = append(recalled, c), f }
	borrow := func(n uint64) capability.Ref {
		t.Helper()
		slot, _ := w.m.Slot()
		if e := w.db.PlantCopy(slot, foreign(n)); e != capability.OK {
			t.Fatal(e)
		}
		if err := d.Borrow(foreign(n)); err != nil {
			t.Fatal(err)
		}
		return slot
	}
	holds := func(pages uint64) {
		t.Helper()
		if held, _ := d.Held(); held != pages*layout.PageSize {
			t.Errorf("the domain has %d bytes, want %d pages", held, pages)
		}
	}
	first, part := borrow(1), capability.Ref(0)
	borrow(2)
	if err := d.Borrow(foreign(3)); !errors.Is(err, ErrLimit) {
		t.Errorf("more than it may have: %v", err)
	}
	part, _ = w.m.Slot()
	if e := w.db.Carve(first, part, capability.Made{Type: capability.RAM, Size: layout.PageSize}); e != capability.OK {
		t.Fatal(e)
	}
	w.db.Delete(first)
	w.m.Lost(foreign(1))
	holds(8)
	w.db.Delete(part)
	w.m.Lost(foreign(1))
	holds(4)
	w.m.Lost(foreign(1))
	holds(4)
	if err := d.Give(borrow(4)); err != nil || len(recalled) != 1 || recalled[0].Base != foreign(4).Base {
		t.Errorf("%v, recalled %+v", err, recalled)
	}
	holds(8)
	w.m.Lost(foreign(4)) // it counts already
	done()
	holds(4)
	over := false
	d.End(func() { over = true })
	if over || len(recalled) != 2 {
		t.Errorf("over: %v, recalled %+v", over, recalled)
	}
	if done(); !over {
		t.Error("its end does not end")
	}
	if err := d.Borrow(foreign(5)); !errors.Is(err, ErrEnded) {
		t.Errorf("after its end: %v", err)
	}
}

// What was lent is free when it is given back, once, also if there is no capability to it.
// Sabotage: in GiveBack, give nothing back.
func TestGiveBack(t *testing.T) {
	w := newWorld(t, 64)
	d := w.m.NewDomain(1 << 40)
	slot, _ := w.m.Slot()
	free := w.pool.Free()
	if err := d.Take(4*layout.PageSize, 0, slot); err != nil {
		t.Fatal(err)
	}
	is, _ := w.db.Identify(slot)
	w.db.Delete(slot)
	d.GiveBack(foreign(1))
	if w.rest(); w.pool.Free() != free-4 {
		t.Errorf("%d pages are free, want %d", w.pool.Free(), free-4)
	}
	d.GiveBack(is)
	d.GiveBack(is)
	if w.rest(); w.pool.Free() != free || w.db.Count() != 1 {
		t.Errorf("%d pages are free, want %d; %d capabilities", w.pool.Free(), free, w.db.Count())
	}
}
