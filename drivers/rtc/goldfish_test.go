package rtc

import (
	"testing"

	"atoll/drivers/reg/regtest"
)

// goldfish models the latch: the high half is that of the last load of the low
// half. Its time moves on with every load.
type goldfish struct{ now, step, latched uint64 }

func (g *goldfish) Load(off uintptr, _ int) uint64 {
	defer func() { g.now += g.step }()
	switch off {
	case 0x0:
		g.latched = g.now
		return g.now & 0xffff_ffff
	case 0x4:
		return g.latched >> 32
	}
	return 0
}

func (g *goldfish) Store(uintptr, int, uint64) {}

func TestNow(t *testing.T) {
	for _, now := range []uint64{1, 0xffff_ffff, 1 << 32, 1_774_000_000_123_456_789, 1<<63 - 1} {
		// The low half wraps between the two loads.
		c := New(regtest.New(&goldfish{now: now, step: 1 << 32}))
		if got, err := c.Now(); err != nil || got != now {
			t.Errorf("Now = %d, %v, want %d", got, err, now)
		}
	}
}

func TestNowRefusesImplausibleTime(t *testing.T) {
	for _, m := range []regtest.Model{regtest.Constant(0), regtest.Constant(^uint64(0)), &goldfish{now: 1 << 63}} {
		if got, err := New(regtest.New(m)).Now(); err != ErrTime || got != 0 {
			t.Errorf("Now = %d, %v, want ErrTime", got, err)
		}
	}
}
