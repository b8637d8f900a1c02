package monitor

import (
	"slices"
	"strings"
	"testing"
	"time"

	"atoll/boot/plan"
	"atoll/monitor/console"
)

var _ console.System = (*System)(nil)

// What the console asks of the machine is answered by the core that it concerns, and
// what cannot be is an error.
// Sabotage: ask another core, or take one field for another, in any of them.
func TestSystem(t *testing.T) {
	simulate(t, config{cores: 3}, func(t *testing.T, m *machine) {
		drains := 0
		s := NewSystem(m.mon(0), func() { drains++ })
		s.SetReady(7 * time.Second)
		m.harts[2].space = mappings(2, 50)
		if s.Self() != 0 || !slices.Equal(s.Alive(), cores(3)) || s.Plan() != m.plan || s.BootTime() != 7*time.Second {
			t.Errorf("self %d, alive %v, ready in %v", s.Self(), s.Alive(), s.BootTime())
		}
		stat, err := s.Stat(2)
		if err != nil || stat.Core != 2 || stat.Hart != 102 || stat.State != "up" || stat.Up != time.Second || stat.Goroutines != 2 || stat.MsgsIn == 0 || stat.MsgsOut == 0 {
			t.Errorf("%+v, %v", stat, err)
		}
		if got, err := s.Mappings(2); err != nil || !slices.Equal(got, m.harts[2].space) {
			t.Errorf("%d mappings, %v", len(got), err)
		}
		if r, err := s.Ping(1, 2, 30); err != nil || r.Count != 30 || r.Lost+r.Doubled+r.Reordered != 0 || r.Min <= 0 || r.Median < r.Min || r.P99 < r.Median || r.Max < r.P99 {
			t.Errorf("%+v, %v", r, err)
		}
		if r, err := s.BenchUMP(1, 2, 30); err != nil || r.Bare.Median <= 0 || r.Round.Median <= 0 || r.Round.P99 < r.Round.Median || r.OneWay <= 0 {
			t.Errorf("%+v, %v", r, err)
		}
		if err := s.PowerOff(3); err == nil || drains != 1 || !slices.Equal(m.harts[0].ended, []int{3}) {
			t.Errorf("power off: %v, %d drains, %v", err, drains, m.harts[0].ended)
		}
		if err := s.Reboot(); err == nil || drains != 2 || !slices.Equal(m.harts[0].ended, []int{3, -1}) {
			t.Errorf("reboot: %v, %d drains, %v", err, drains, m.harts[0].ended)
		}
		if s.Halt(); drains != 3 || !slices.Equal(m.harts[0].ended, []int{3, -1, -2}) {
			t.Errorf("halt: %d drains, %v", drains, m.harts[0].ended)
		}
	})
}

// The same for lives.
// Sabotage: let Crash take any word; leave drain out of Stop.
func TestSystemLives(t *testing.T) {
	simulate(t, config{cores: 3}, func(t *testing.T, m *machine) {
		drains := 0
		s := NewSystem(m.mon(0), func() { drains++ })
		for _, word := range []string{"", "stop", "joy"} {
			if err := s.Crash(1, word); err == nil || !strings.Contains(err.Error(), "no instance can die by") {
				t.Errorf("death by %q: %v", word, err)
			}
		}
		if err := s.Start(1); err == nil || err.Error() != "core 1 is up" {
			t.Errorf("started a core that is up: %v", err)
		}
		for _, end := range []func() error{func() error { return s.Crash(1, "panic") }, func() error { return s.Stop(1) }} {
			drains = 0
			if err := end(); err != nil || drains != 1 {
				t.Errorf("%v, %d drains", err, drains)
			}
			if got := s.States()[1]; got.State != "dead" || got.Hart != 101 || got.Core != 1 || got.Cause == "" {
				t.Errorf("%+v", got)
			}
			if _, err := s.Stat(1); err == nil || err.Error() != "core 1 is not up" {
				t.Errorf("asked a dead core: %v", err)
			}
			if err := s.Start(1); err != nil {
				t.Error(err)
			}
		}
		want := console.CoreState{Core: 1, Hart: 101, State: "up", Incarnation: 3, Cause: "stopped"}
		if got := s.States()[1]; got != want {
			t.Errorf("%+v, not %+v", got, want)
		}
	})
}

// The plan that is shown has every device at its present holder, and controllers with
// theirs; the plan itself stays as it is.
// Sabotage: let movedPlan change the plan, or forget the controllers.
func TestMovedPlan(t *testing.T) {
	p := &plan.Plan{NCores: 4, NDevices: 3, NControllers: 1}
	p.Devices[0] = plan.Device{Kind: plan.DeviceRTC, Owner: 2}
	p.Devices[1] = plan.Device{Kind: plan.DeviceUART, Console: 1, Owner: 1}
	p.Devices[2] = plan.Device{Kind: plan.DevicePLIC, Owner: 1}
	p.Controllers[0] = plan.Controller{Device: 2, Owner: 1}
	before := *p
	if got := ConsoleOwner(p); got != 1 {
		t.Errorf("core %d owns the console", got)
	}
	if movedPlan(p, func(i int) uint32 { return p.Devices[i].Owner }) != p {
		t.Error("where nothing has moved there is a copy")
	}
	c := movedPlan(p, func(i int) uint32 { return []uint32{2, 3, 0}[i] })
	owners := []uint32{c.Devices[0].Owner, c.Devices[1].Owner, c.Devices[2].Owner, c.Controllers[0].Owner}
	if !slices.Equal(owners, []uint32{2, 3, 0, 0}) || *p != before {
		t.Errorf("owners %v", owners)
	}
	if ConsoleOwner(&plan.Plan{}) != 0 {
		t.Error("without a console, core 0 does not own it")
	}
}
