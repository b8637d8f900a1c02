package monitor

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"atoll/arch/layout"
	"atoll/boot/plan"
	"atoll/monitor/route"
)

// simDevice is a device of a simulated machine, which knows who uses it and can tell
// when two do.
type simDevice struct {
	t    *testing.T
	path string

	mu     sync.Mutex
	reach  map[simUser]bool // whose memory it may reach
	log    []string
	broken error // what Reset says
	slow   bool  // done is not called for Mask
	noIRQ  error // what Enable says
}

// simUser is a life of a core.
type simUser struct {
	core int
	life uint32
}

// simDriver is the driver of a device on a core in one of its lives.
type simDriver struct {
	*simDevice
	h    *simHart
	mon  *Monitor
	user simUser
}

// step notes a step. Whoever the device may reach must have stopped by then.
func (d *simDriver) step(what string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.log = append(d.log, fmt.Sprintf("%s %d.%d", what, d.user.core, d.user.life))
	for u := range d.reach {
		if l := d.h.m.harts[u.core].now(); u != d.user && l.running && l.incarnation == u.life {
			d.t.Errorf("%s: %s by core %d, but core %d uses it", d.path, what, d.user.core, u.core)
		}
	}
}

// later calls done in the event loop after a while.
func (d *simDriver) later(done func(error), err error) {
	time.AfterFunc(time.Millisecond, func() { d.mon.do(func() { done(err) }) })
}

func (d *simDriver) Mask(done func(error)) {
	if d.step("mask"); !d.slow {
		d.later(done, nil)
	}
}

func (d *simDriver) Reset() error {
	d.step("reset")
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.broken == nil {
		d.reach = map[simUser]bool{}
	}
	return d.broken
}

func (d *simDriver) Enable(done func(error)) {
	d.step("enable")
	d.later(done, d.noIRQ)
}

// Start uses the memory of this core, which no device may reach for an earlier life.
func (d *simDriver) Start(polled error) {
	d.step("start")
	d.mu.Lock()
	defer d.mu.Unlock()
	if polled != nil {
		d.log = append(d.log, polled.Error())
	}
	for u := range d.reach {
		if u.core == d.user.core && u != d.user {
			d.t.Errorf("%s: core %d uses memory that it may reach for life %d", d.path, u.core, u.life)
		}
	}
	d.reach[d.user] = true
}

// steps returns the steps since the last call.
func (d *simDevice) steps() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := strings.Join(d.log, ", ")
	d.log = nil
	return s
}

// withDevices is a machine with a console, which has no driver here, a device on its side
// and two on a controller of cores 2 and 3.
func withDevices(t *testing.T, cores int) (config, []*simDevice) {
	kinds := []plan.Device{
		{Kind: plan.DeviceUART, Console: 1, Controller: plan.NoCore},
		{Kind: plan.DeviceRTC, Controller: plan.NoCore},
		{Kind: plan.DeviceVirtioMMIO, Controller: 1, Owner: 2},
		{Kind: plan.DeviceVirtioMMIO, Controller: 1, Owner: 2},
	}
	var list []*simDevice
	for i := range kinds {
		path := fmt.Sprintf("/device-%d", i)
		copy(kinds[i].Path[:], path)
		list = append(list, &simDevice{t: t, path: path, reach: map[simUser]bool{}})
	}
	c := config{cores: cores}
	c.outfit = func(p *plan.Plan) {
		p.NDevices = uint32(copy(p.Devices[:], kinds))
		for core := range cores {
			if core == 2 || core == 3 {
				p.Cores[core].Controller = 1
			}
		}
	}
	c.drive = func(h *simHart, m *Monitor) {
		for i, d := range list {
			if i > 0 {
				m.Drive(i, &simDriver{d, h, m, simUser{h.core, m.incarnation}})
			}
		}
	}
	return c, list
}

// holders waits until all living cores have the same replica and the devices' holders are
// as wanted.
func (m *machine) holders(t *testing.T, want string) {
	t.Helper()
	got := ""
	for range 200 {
		time.Sleep(50 * time.Millisecond)
		if got = m.agreedHolders(); got == want {
			return
		}
	}
	t.Errorf("the holders are %s\nwant %s", got, want)
}

// agreedHolders are the holders as all living cores know them, or says that they differ.
func (m *machine) agreedHolders() (text string) {
	m.peek(func() {
		first := -1
		for core, h := range m.harts {
			if l := h.now(); !l.running || l.frozen {
				continue
			}
			all := h.mon.agreement.replica
			if first < 0 {
				first = core
			} else if !all.Equal(m.harts[first].mon.agreement.replica) {
				text = fmt.Sprintf("cores %d and %d differ", first, core)
				return
			}
		}
		all := m.harts[first].mon.agreement.replica.Devices
		for i := range all.Count() {
			h := all.Get(i)
			text += fmt.Sprintf("%d.%d ", h.Core, h.Incarnation)
			if h.Dirty != 0 && m.harts[first].mon.devices.driven[i] != nil {
				text += fmt.Sprintf("(dirty %#x) ", h.Dirty)
			}
		}
		text = strings.TrimSpace(text)
	})
	return text
}

// Every device is brought up by its first owner, and after deaths by the core that the
// policy names, in the order of a handover, and by nobody else; who comes back takes nothing
// back. The replicas say so.
// Sabotage: let the successor be the owner by the plan; let takeDevices not be agreed on but
// assumed; call Enable before Reset.
func TestHandover(t *testing.T) {
	c, devices := withDevices(t, 5)
	simulate(t, c, func(t *testing.T, m *machine) {
		expect := func(want ...string) {
			t.Helper()
			for i, d := range devices[1:] {
				if got := d.steps(); got != want[i] {
					t.Errorf("%s: %q, want %q", d.path, got, want[i])
				}
			}
		}
		all := func(by string) string { return strings.ReplaceAll("mask #, reset #, enable #, start #", "#", by) }
		m.holders(t, "0.1 0.1 2.1 2.1")
		expect(all("0.1"), all("2.1"), all("2.1"))
		m.harts[2].kill(layout.CausePanic, false)
		m.holders(t, "0.1 0.1 3.1 3.1")
		expect("", all("3.1"), all("3.1"))
		m.harts[0].kill(layout.CausePanic, true)
		m.holders(t, "1.1 1.1 3.1 3.1")
		expect(all("1.1"), "", "")
		for _, core := range []int{0, 2} {
			if err := m.mon(1).StartCore(core); err != nil {
				t.Fatal(err)
			}
		}
		m.holders(t, "1.1 1.1 3.1 3.1")
		expect("", "", "")
		m.harts[3].kill(layout.CausePanic, false)
		m.harts[1].kill(layout.CausePanic, false)
		m.holders(t, "0.2 0.2 2.2 2.2")
		expect(all("0.2"), all("2.2"), all("2.2"))
		m.harts[2].kill(layout.CausePanic, false) // nobody lives whom their interrupts reach
		m.holders(t, "0.2 0.2 0.2 0.2")
		expect("", all("0.2"), all("0.2"))
		if core, ok := m.mon(4).Holder(3); core != 0 || !ok {
			t.Errorf("core %d holds device 3, %v", core, ok)
		}
		if got := m.goal(4, "owner(D, C), D \\== '/device-0'"); fmt.Sprint(got) != "['/device-1' 0 '/device-2' 0 '/device-3' 0]" {
			t.Errorf("the knowledge base says %q", got)
		}
	})
}

// A device that cannot be reset stays out of use, and so does the window that it may reach,
// also in later lives of that core; one that only has no interrupts is polled, and one that
// says nothing is not waited for.
// Sabotage: let windowClear say true; leave stepTime out of expire.
func TestQuarantine(t *testing.T) {
	c, devices := withDevices(t, 4)
	simulate(t, c, func(t *testing.T, m *machine) {
		m.holders(t, "0.1 0.1 2.1 2.1")
		for _, d := range devices {
			d.steps()
		}
		devices[2].broken, devices[3].noIRQ = errors.New("it does not answer"), errors.New("polled")
		devices[1].slow = true
		m.harts[2].kill(layout.CausePanic, false)
		m.holders(t, "0.1 0.1 3.1 (dirty 0x4) 3.1")
		if got := devices[2].steps(); got != "mask 3.1, reset 3.1" {
			t.Errorf("who cannot be reset: %q", got)
		}
		if got := devices[3].steps(); got != "mask 3.1, reset 3.1, enable 3.1, start 3.1, polled" {
			t.Errorf("who has no interrupts: %q", got)
		}
		if err := m.mon(0).StartCore(2); err != nil {
			t.Fatal(err)
		}
		m.harts[0].kill(layout.CausePanic, false)
		time.Sleep(2 * stepTime)
		if got := devices[1].steps(); got != "mask 1.1" {
			t.Errorf("who does not answer: %q", got)
		}
		m.harts[3].kill(layout.CausePanic, false)
		m.holders(t, "1.1 1.1 (dirty 0x1) 2.2 (dirty 0xc) 2.2")
		if got := devices[3].steps(); got != "mask 2.2, reset 2.2, enable 2.2" {
			t.Errorf("core 2 lives again and cannot use its window: %q", got)
		}
		m.harts[2].kill(layout.CausePanic, false)
		devices[2].mu.Lock()
		devices[2].broken = nil
		devices[2].mu.Unlock()
		m.holders(t, "1.1 1.1 (dirty 0x1) 1.1 1.1")
		var said []string
		for core := range 4 {
			for _, l := range m.console.of(core) {
				if strings.Contains(l, "out of use") {
					said = append(said, l)
				}
			}
		}
		if len(said) != 3 {
			t.Errorf("what is out of use: %q", said)
		}
	})
}

// The successions that all keep are the knowledge base's, some time after the machine has
// come up, and the console's heir is the first in its own.
// Sabotage: let agreeOnOrders begin nothing; let heir look at no succession.
func TestRankedHeirs(t *testing.T) {
	for _, cores := range []int{5, 40} {
		c, _ := withDevices(t, cores)
		simulate(t, c, func(t *testing.T, m *machine) {
			time.Sleep(5 * rankAfter)
			for core := range cores {
				m.at(core, func() {
					d := m.mon(core).agreement.replica.Devices
					for i := range d.Count() {
						order := []int{}
						d.Heir(i, func(core int) bool { order = append(order, core); return false })
						if !d.Ranked(i) || len(order) != cores || order[0] != int(m.plan.Devices[i].Owner) {
							t.Errorf("core %d, device %d: %v, ranked: %v", core, i, order, d.Ranked(i))
						}
					}
				})
			}
			if cores > 5 {
				return
			}
			other := []int{3, 2, 1, 4, 0} // another policy's answer
			m.peek(func() {
				for _, h := range m.harts {
					h.mon.agreement.replica.Devices.SetOrder(0, other)
				}
			})
			m.harts[0].kill(layout.CausePanic, false)
			m.harts[3].kill(layout.CausePanic, false)
			settle()
			if m.owner != 2 {
				t.Errorf("the console is at core %d, not at the first living one of %v", m.owner, other)
			}
		})
	}
}

// Deaths at any moment of a handover: one core at most ever uses a device, nobody's window is
// used while it may be reached, and in the end all have the same replica and every device is
// used.
// Sabotage: let commit of a Take clear Dirty; let over say true.
func TestHandoverInDeaths(t *testing.T) {
	c, devices := withDevices(t, 6)
	simulate(t, c, func(t *testing.T, m *machine) {
		m.holders(t, "0.1 0.1 2.1 2.1")
		for step := range 40 {
			victim, _ := m.mon(m.console4()).Holder(2 + step%2)
			m.harts[victim].kill(layout.CausePanic, step%3 == 0)
			time.Sleep(time.Duration(step) * 300 * time.Microsecond)
			if next, _ := m.mon(5).Holder(2 + step%2); next != victim && step%4 != 3 && next != 5 {
				m.harts[next].kill(layout.CausePanic, false)
			}
			settle()
			for core := range 6 {
				if !m.harts[core].now().running {
					m.revive(core)
				}
			}
			settle()
			m.agree(t, route.First(6), "then")
			for i, d := range devices[1:] {
				core, ok := m.mon(5).Holder(i + 1)
				user := simUser{core, m.harts[core].now().incarnation}
				d.mu.Lock()
				if !ok || !d.reach[user] || len(d.reach) != 1 {
					t.Errorf("step %d: core %d holds %s, which reaches %v", step, core, d.path, d.reach)
				}
				d.mu.Unlock()
			}
		}
	})
}

// revive starts a core that has died, as soon as the owner of the console knows that.
func (m *machine) revive(core int) {
	owner := m.mon(m.console4())
	_, err := owner.awaitLife(context.Background(), core, time.Minute, func(l Life) bool { return l.State == Dead })
	if err == nil {
		err = owner.StartCore(core)
	}
	if err != nil {
		m.t.Fatal(err)
	}
}

// Nobody takes a device from a core that was given up, but whose hart runs, before firmware
// says that it has stopped (law L10).
// Sabotage: let over say true.
func TestNoHandoverFromARunningHart(t *testing.T) {
	c, devices := withDevices(t, 4)
	c.silent = map[int]bool{2: true}
	simulate(t, c, func(t *testing.T, m *machine) {
		time.Sleep(2 * stepTime)
		if got := devices[2].steps(); got != "" || m.mon(0).lives.get(2).State != Absent {
			t.Errorf("core 2 is %v, and %q", m.mon(0).lives.get(2).State, got)
		}
		h := m.harts[2]
		h.mu.Lock()
		h.inst.running = false
		h.mu.Unlock()
		m.holders(t, "0.1 0.1 3.1 3.1")
		if got := devices[2].steps(); got != "mask 3.1, reset 3.1, enable 3.1, start 3.1" {
			t.Errorf("when core 2 has stopped: %q", got)
		}
	})
}

// In storms, too, in which cores hang, stand still and are taken for zombies: nobody brings up a
// device that another core may still use, or uses memory that a device may reach, and when all
// live again each device is used by its holder and nobody else.
// Sabotage: let neither heirless nor prepare (monitor/replica) look at Held, and over say true.
func TestDevicesInStorms(t *testing.T) {
	seeds := uint64(2)
	if os.Getenv("ATOLL_SOAK") != "" {
		seeds = 6
	}
	starts := uint64(0)
	for seed := uint64(0); seed < seeds; seed += every {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			c, devices := withDevices(t, 4+int(seed)%2)
			c.seed, c.tick = seed, 100*time.Microsecond
			synctest.Test(t, func(t *testing.T) {
				m := newMachine(t, c)
				defer m.close()
				m.up()
				newStorm(t, m, seed).run(12)
				if strings.Contains(m.agreedHolders(), "differ") {
					t.Error(m.agreedHolders())
				}
				for i, d := range devices[1:] {
					core, ok := m.mon(0).Holder(i + 1)
					user := simUser{core, m.harts[core].now().incarnation}
					steps := d.steps()
					if starts += uint64(strings.Count(steps, "start")); !ok || !d.reach[user] || len(d.reach) != 1 {
						t.Errorf("core %d holds %s, %v, which reaches %v after %s", core, d.path, ok, d.reach, steps)
					}
				}
			})
		})
	}
	if every == 1 && starts < 3*seeds+3 {
		t.Errorf("only %d handovers", starts-3*seeds)
	}
}
