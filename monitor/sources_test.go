package monitor

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"atoll/arch/layout"
	"atoll/boot/plan"
)

// simRouter is a controller's shared side. Its log is that of a mutex since a test reads
// it.
type simRouter struct {
	mu  sync.Mutex
	log []string
	bad error // what route says
}

func (r *simRouter) note(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.log = append(r.log, fmt.Sprintf(format, args...))
}

func (r *simRouter) route(source uint32, _ plan.Trigger, to *plan.Core, id uint32) error {
	r.note("route %d to core %d as %d", source, to.Row.Core, id)
	return r.bad
}
func (r *simRouter) mask(source uint32) error  { r.note("mask %d", source); return nil }
func (r *simRouter) again(source uint32) error { r.note("again %d", source); return nil }

// seen returns the log since the last call.
func (r *simRouter) seen() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := strings.Join(r.log, ", ")
	r.log = nil
	return s
}

// simTaker is a core's own side, with the lines that will come.
type simTaker struct{ lines, opened, completed []uint32 }

func (t *simTaker) claim() (line uint32, ok bool) {
	if len(t.lines) == 0 {
		return 0, false
	}
	line, t.lines = t.lines[0], t.lines[1:]
	return line, true
}
func (t *simTaker) open(line uint32) error           { t.opened = append(t.opened, line); return nil }
func (t *simTaker) complete(line uint32, stray bool) { t.completed = append(t.completed, line) }

// withSources is a machine of four cores in which core 1 has the controller of a device
// that core 2 has: kind and whether it sends messages are given.
func withSources(kind plan.DeviceKind, messages uint32, r *simRouter, takers *[4]*simTaker) config {
	c := config{cores: 4}
	c.outfit = func(p *plan.Plan) {
		p.NDevices, p.NControllers = 3, 1
		p.Devices[0] = plan.Device{Kind: plan.DeviceUART, Console: 1, Controller: plan.NoCore}
		p.Devices[1] = plan.Device{Kind: kind, Controller: plan.NoCore, Owner: 1}
		p.Devices[2] = plan.Device{Kind: plan.DeviceVirtioMMIO, Controller: 0, IRQ: 8, Owner: 2}
		p.Controllers[0] = plan.Controller{Device: 1, Owner: 1, Sources: 96, Messages: messages}
		for core := range p.Cores[:4] {
			p.Cores[core].Controller = plan.NoCore
			if core > 0 && core < 3 {
				p.Cores[core].Controller = 0
				p.Cores[core].File = plan.Range{Base: 0x2800_0000, Size: layout.PageSize}
			}
		}
	}
	c.drive = func(h *simHart, m *Monitor) {
		takers[h.core] = &simTaker{}
		x := newInterrupts(m.plan, h.core, nil, nil)
		x.taker = takers[h.core]
		if h.core == 1 {
			x.routers[0] = r
		}
		m.irq, x.tellServed = x, m.tellServed
	}
	return c
}

// attachIn has a core attach device 2 and returns what came of it.
func attachIn(t *testing.T, m *machine, core int, serve func()) error {
	t.Helper()
	agreed := func() bool { return m.mon(core).agreement.replica.Devices.Held(1) }
	m.soon(t, "holder of the controller", time.Second, core, agreed)
	came := make(chan error, 1)
	m.at(core, func() { m.mon(core).attach(2, serve, func(err error) { came <- err }) })
	select {
	case err := <-came:
		return err
	case <-time.After(2 * askTime):
		t.Fatal("neither attached nor refused")
		return nil
	}
}

// A core has an interrupt from a controller of another core, asked for by message; with
// messages, the wire is looked at again when it has been served.
// Sabotage: let tryAttach not say errRemote; leave tellServed out of again.
func TestSourceOfAnother(t *testing.T) {
	for messages, want := range map[uint32]string{0: "route 8 to core 2 as 8", 1: "route 8 to core 2 as 4"} {
		var r simRouter
		var takers [4]*simTaker
		simulate(t, withSources(plan.DevicePLIC, messages, &r, &takers), func(t *testing.T, m *machine) {
			served := 0
			if err := attachIn(t, m, 2, func() { served++ }); err != nil {
				t.Fatal(err)
			}
			if got := r.seen(); got != want {
				t.Errorf("messages %d: the controller was told %q, want %q", messages, got, want)
			}
			line := []uint32{8, 4}[messages]
			m.at(2, func() {
				if k := takers[2]; !slices.Equal(k.opened, []uint32{line}) || !slices.Equal(k.completed, []uint32{line}) {
					t.Errorf("opened %v, completed %v", k.opened, k.completed)
				}
				takers[2].lines = []uint32{line, 77}
				m.mon(2).irq.serve()
			})
			if again := []string{"", "again 8"}[messages]; served != 1 {
				t.Errorf("served %d times", served)
			} else {
				m.soon(t, "look at the wire", time.Second, 1, func() bool { return r.seen() == again })
			}
			m.at(2, func() {
				if list, stray := m.mon(2).irq.lines(); len(list) != 1 || list[0] != (InterruptLine{2, uint64(line), 1}) || stray != 1 {
					t.Errorf("lines %v, %d stray", list, stray)
				}
			})
		})
	}
}

// What cannot be had is refused with a sentence, and the device is polled: a controller
// that does not reach the core, that nobody has, or that does not have the source; and
// the device of another who lives.
// Sabotage: leave the case of another who lives out of letThrough.
func TestSourceRefused(t *testing.T) {
	for want, c := range map[string]struct {
		kind  plan.DeviceKind
		core  int
		spoil func(t *testing.T, m *machine, r *simRouter)
	}{
		"does not reach core 3": {plan.DevicePLIC, 3, nil},
		"does not reach core 2": {plan.DeviceAPLIC, 2, nil},
		"no such source":        {plan.DevicePLIC, 2, func(_ *testing.T, _ *machine, r *simRouter) { r.bad = errors.New("no such source") }},
		"core 1 does not have the interrupt controller": {plan.DevicePLIC, 2, func(_ *testing.T, m *machine, _ *simRouter) {
			m.at(1, func() { m.mon(1).irq.routers[0] = nil })
		}},
	} {
		var r simRouter
		var takers [4]*simTaker
		simulate(t, withSources(c.kind, 0, &r, &takers), func(t *testing.T, m *machine) {
			if c.spoil != nil {
				c.spoil(t, m, &r)
			}
			err := attachIn(t, m, c.core, func() {})
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%q: %v", want, err)
			}
			m.at(c.core, func() {
				if list, _ := m.mon(c.core).irq.lines(); len(list) != 1 || list[0].Line != 0 {
					t.Errorf("%q: it is not polled: %v", want, list)
				}
			})
		})
	}
	var r simRouter
	var takers [4]*simTaker
	simulate(t, withSources(plan.DevicePLIC, 1, &r, &takers), func(t *testing.T, m *machine) {
		for device, want := range map[uint64]string{2: "is not core 0's but core 2's", 3: "there is no device 3", 1 << 40: "there is no device", 0: "does not have the interrupt controller"} {
			if _, err := query(m.mon(0), 1, askSource, askTime, sourceQuestion{device}); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("device %d: %v, want %q", device, err, want)
			}
		}
		before := m.dropped(1)
		m.at(0, func() {
			for _, device := range []uint64{2, 9, 1 << 60} {
				post(m.mon(0), m.mon(0).peers[1], servedTold, servedMessage{device})
			}
		})
		m.soon(t, "drop", time.Second, 1, func() bool { return m.mon(1).counted().dropped == before+3 })
		if got := r.seen(); got != "" {
			t.Errorf("the controller was told %q", got)
		}
	})
}
