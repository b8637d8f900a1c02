package slots

import (
	"testing"

	"atoll/kernel/abi"
	"atoll/user/sys"
)

// TestSlots takes all slots of the root and of a CNode: each is another one, none is taken
// from the start, and the last is refused. Sabotages: forget the kernel's index 0 in In;
// leave SlotKernel out of root.
func TestSlots(t *testing.T) {
	const cnode = 9 << 16
	for _, row := range []struct {
		s           *Slots
		first, last sys.Cap
		n           int
	}{
		{root(), abi.SlotFree, (abi.RootSlots - 1) << 16, abi.RootSlots - int(abi.SlotFree>>16)},
		{In(cnode, 64), cnode | 1, cnode | 63, 63},
	} {
		if row.s.Free() != row.n {
			t.Errorf("%d are free, want %d", row.s.Free(), row.n)
		}
		seen := map[sys.Cap]bool{}
		for range row.n {
			c, err := row.s.Take()
			if err != nil || seen[c] || c < row.first || c > row.last {
				t.Fatalf("took %#x, %v", c, err)
			}
			seen[c] = true
			of, index := row.s.Place(c)
			if row.s.At(index) != c || of != row.s.cnode {
				t.Errorf("%#x is index %d of %#x", c, index, of)
			}
		}
		if _, err := row.s.Take(); err != ErrNone {
			t.Errorf("one more: %v", err)
		}
		row.s.Give(row.last)
		if c, err := row.s.Take(); c != row.last || err != nil {
			t.Errorf("after it was given back: %#x, %v", c, err)
		}
		row.s.GiveRun(row.first, 3)
		if c, err := row.s.TakeRun(3); c != row.first || err != nil {
			t.Errorf("a run: %#x, %v", c, err)
		}
	}
}
