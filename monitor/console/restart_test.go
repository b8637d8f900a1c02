package console

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// The times of a restart are from the order to stop until the core is up.
func TestRestartTimes(t *testing.T) {
	const ms = time.Millisecond
	for line, want := range map[string]string{
		"restart 1":   "core 1 is up after 9.0 ms, in incarnation 2\n@0 restart core=1 times=1 incarnation=2 median=9000000ns max=9000000ns\n",
		"restart 1 2": "core 1 is up after 2 restarts, in incarnation 3; half of them took at most 3.0 ms, all at most 9.0 ms\n@0 restart core=1 times=2 incarnation=3 median=3000000ns max=9000000ns\n",
		"restart 1 3": "median=7000000ns max=9000000ns\n",
		"restart 1 4": "median=3000000ns max=9000000ns\n",
		"restart 1 5": "after 5 restarts, in incarnation 6; half of them took at most 7.0 ms, all at most 20.0 ms\n@0 restart core=1 times=5 incarnation=6 median=7000000ns max=20000000ns\n",
	} {
		synctest.Test(t, func(t *testing.T) {
			sys := newFake(2)
			sys.pace = []time.Duration{9 * ms, 3 * ms, 7 * ms, ms, 20 * ms}
			check(t, sys, line, OK, want)
		})
	}
	synctest.Test(t, func(t *testing.T) {
		sys := newFake(2)
		sys.down[1], sys.pace = true, []time.Duration{42 * ms}
		check(t, sys, "start 1", OK, "core 1 is up after 42.0 ms, in incarnation 2\n@0 start core=1 state=up incarnation=2 time=42000000ns\n")
	})
}

// A core that is up is stopped and started as often as told, a dead one is
// started first.
func TestRestartOrders(t *testing.T) {
	for _, tt := range []struct {
		dead bool
		line string
		want string
	}{
		{false, "restart 1", "[stop[1] start[1]]"},
		{false, "restart 1 2", "[stop[1] start[1] stop[1] start[1]]"},
		{true, "restart 1", "[start[1]]"},
		{true, "restart 1 2", "[start[1] stop[1] start[1]]"},
	} {
		sys := newFake(2)
		sys.down[1] = tt.dead
		check(t, sys, tt.line, OK, "@0 restart core=1 ")
		if got := fmt.Sprint(sys.asked); got != tt.want {
			t.Errorf("%s, dead %v: orders %s, want %s", tt.line, tt.dead, got, tt.want)
		}
	}
}

// A core that dies by itself between two rounds is not taken for one that was
// stopped.
func TestRestartDies(t *testing.T) {
	const want = "restart: round 3 of 9: core 1 has died by itself: it is "
	sys := newFake(2)
	die := func() { sys.down[1], sys.cause[1] = true, "trap" }
	check(t, &restlessSystem{fakeSystem: sys, change: die}, "restart 1 9", Failed, want+"dead (trap) in incarnation 3\n")
	sys = newFake(2)
	live := func() { sys.births[1]++ }
	check(t, &restlessSystem{fakeSystem: sys, change: live}, "restart 1 9", Failed, want+"up in incarnation 4\n")
}

// restlessSystem is a machine on which something happens to core 1 after its
// third incarnation was seen once.
type restlessSystem struct {
	*fakeSystem
	change func()
	seen   int
}

func (f *restlessSystem) With(context.Context) System { return f }

func (r *restlessSystem) States() []CoreState {
	if r.births[1] == 2 {
		if r.seen++; r.seen == 2 {
			r.change()
		}
	}
	return r.fakeSystem.States()
}
