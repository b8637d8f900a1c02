package monitor

import (
	"slices"
	"testing"

	"atoll/arch/layout"
	"atoll/kernel/abi"
)

// A core that has no RAM gets it of the next one that has, once; of nobody if none has any, or
// those are dead.
// Sabotages: in borrow, ask one core only, or all; begin with the core itself.
func TestBorrow(t *testing.T) {
	c, land := withPrograms(4)
	simulate(t, c, func(t *testing.T, m *machine) {
		for core := range c.cores {
			land(core).ram = uint64(core) << 20 // core 0 has none
		}
		lends := func(want abi.Error, bytes uint64, by int) {
			t.Helper()
			if e := m.mon(2).borrow(&ramQuestion{Bytes: bytes, Align: 4096, Number: 7}); e != want {
				t.Errorf("%d bytes: %v, want %v", bytes, e, want)
			}
			for core := range c.cores {
				u := land(core)
				u.mu.Lock()
				got, wanted := u.lent, [][4]uint64(nil)
				if u.lent = nil; core == by {
					wanted = [][4]uint64{{2, 7, bytes, 4096}}
				}
				u.mu.Unlock()
				if !slices.Equal(got, wanted) {
					t.Errorf("core %d has lent %v, want %v", core, got, wanted)
				}
			}
		}
		lends(abi.OK, 1<<20, 3)
		lends(abi.OK, 3<<20, 3)
		lends(abi.ErrNoMemory, 4<<20, -1)
		m.harts[3].kill(layout.CausePanic, false)
		settle()
		lends(abi.OK, 1<<20, 1)
		lends(abi.ErrNoMemory, 3<<20, -1)
	})
}
