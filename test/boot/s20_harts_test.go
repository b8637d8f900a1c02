package boot

import (
	"testing"

	"atoll/test/qemu"
)

// TestS20Cores asks every core what it is, at each number of harts.
func TestS20Cores(t *testing.T) {
	t.Parallel()
	eachSMP(t, 1, func(t *testing.T, harts int) {
		f := only(t, bootSized(t, harts), "cores")
		if f.Int("up") != harts || f.Int("planned") != harts {
			t.Errorf("up=%s planned=%s, want %d", f.Values["up"], f.Values["planned"], harts)
		}
	})
}

// TestS20JSON checks that the cores listed one by one are the cores that came up,
// each on its hart.
func TestS20JSON(t *testing.T) {
	t.Parallel()
	const harts = 4
	console := run(t, machine(harts), "cores -json")
	up := map[int]int{}
	for _, f := range qemu.Facts(console, "up") {
		up[f.Core] = f.Int("hart")
	}
	listed := 0
	for _, o := range objects(t, console) {
		if o["event"] != "core" {
			continue
		}
		listed++
		core, hart := int(o["core"].(float64)), int(o["hart"].(float64))
		if o["state"] != "up" || up[core] != hart {
			t.Errorf("core %d on hart %d is %v; the boot lines say hart %d", core, hart, o["state"], up[core])
		}
	}
	if listed != harts {
		t.Errorf("%d cores are listed, want %d", listed, harts)
	}
}
