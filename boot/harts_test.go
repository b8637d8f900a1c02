package boot

import (
	"testing"

	"atoll/boot/plan"
)

func TestOthers(t *testing.T) {
	for _, c := range []struct {
		harts []uint64
		boot  uint32
		want  string
	}{
		{[]uint64{7}, 0, ""},
		{[]uint64{0, 1, 2, 3}, 0, "1-3"},
		{[]uint64{0, 1, 2, 3}, 2, "0-1 3"},
		{[]uint64{9, 1, 4, 2, 1 << 40}, 1, "2 4 9 1099511627776"},
	} {
		var p plan.Plan
		p.NCores, p.BootCore = uint32(len(c.harts)), c.boot
		for i, h := range c.harts {
			p.Cores[i].Row.Hart = h
		}
		if got := othersOf(&p); got != c.want {
			t.Errorf("harts %v but that of core %d: %q, want %q", c.harts, c.boot, got, c.want)
		}
	}
}
