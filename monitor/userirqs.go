package monitor

import (
	"slices"
	"time"

	"atoll/arch/layout"
	"atoll/boot/plan"
	"atoll/kernel/abi"
	"atoll/kernel/domain"
	"atoll/monitor/replica"
)

// Interrupt sources that programs have. A program gets the source of a device that its core
// holds, that has no driver in the kernel, and that reaches no memory by itself. The cores
// agree on who holds a device (handover.go), so no two of them give it away, nor map its
// registers; when a core has died its devices can be taken on the next holder.

// forPrograms are the kinds of devices whose sources and registers programs can have. None of
// them reaches memory.
var forPrograms = []plan.DeviceKind{plan.DeviceRTC}

// userSource is a source that a program has; it is a domain.Source.
type userSource struct {
	m      *Monitor
	device int
	dev    *plan.Device
}

// Sources returns what has the interrupts of devices, for this core's CPU driver.
func (m *Monitor) Sources() domain.Sources { return sourceGiver{m} }

type sourceGiver struct{ m *Monitor }

// Take takes a source, in the event loop.
func (g sourceGiver) Take(source uint64, came func(), done func(domain.Source, abi.Error)) {
	g.m.do(func() { g.m.takeSource(source, heirLooks, came, done) })
}

// Bounds of the wait for a device whose holder has died to have another.
const (
	heirLooks = 100
	heirGap   = 50 * time.Millisecond
)

func (m *Monitor) takeSource(source uint64, looks int, came func(), done func(domain.Source, abi.Error)) {
	device := m.deviceOf(source)
	switch {
	case device >= 0 && looks > 0 && m.holderless(device):
		time.AfterFunc(heirGap, func() { m.do(func() { m.takeSource(source, looks-1, came, done) }) })
		return
	case m.irq == nil || device < 0 || !m.mayGive(device):
		done(nil, abi.ErrSource)
		return
	case m.users.sources[device] != nil:
		done(nil, abi.ErrOwned)
		return
	}
	s := &userSource{m, device, &m.plan.Devices[device]}
	m.users.sources[device] = s
	m.irq.kept[s.dev] = true
	m.attach(device, came, func(err error) {
		if err != nil {
			s.free()
			done(nil, abi.ErrSource)
			return
		}
		done(s, abi.OK)
	})
}

// holderless reports whether a device's holder has died: also one that is a member yet, for
// the view changes a while after firmware has said so.
func (m *Monitor) holderless(device int) bool {
	all := m.agreement.replica.Devices
	return !all.Held(device) || m.over(all.Get(device).Holder)
}

// deviceOf is the device of the plan that has a source, a number that a program has made up;
// -1 if there is none.
func (m *Monitor) deviceOf(source uint64) int {
	return slices.IndexFunc(m.plan.Devices[:m.plan.NDevices], func(d plan.Device) bool {
		return d.Controller < m.plan.NControllers && source == uint64(d.IRQ)|uint64(d.Controller)<<32
	})
}

// mayGive reports whether a device can be a program's of this core.
func (m *Monitor) mayGive(device int) bool {
	dev := &m.plan.Devices[device]
	return slices.Contains(forPrograms, dev.Kind) && m.devices.driven[device] == nil && m.ownPages(dev) &&
		m.agreement.replica.Devices.Get(device).Holder == replica.Holder{Core: uint8(m.self), Incarnation: m.incarnation}
}

// ownPages reports whether a device's registers are whole pages, and no other device's.
func (m *Monitor) ownPages(dev *plan.Device) bool {
	r := dev.Regs
	if r.Base%layout.PageSize != 0 || r.Size%layout.PageSize != 0 || r.Size == 0 {
		return false
	}
	return !slices.ContainsFunc(m.plan.Devices[:m.plan.NDevices], func(o plan.Device) bool {
		return o.Path != dev.Path && o.Regs.Base < r.End() && r.Base < o.Regs.End()
	})
}

// free frees the source: in the event loop.
func (s *userSource) free() {
	delete(s.m.irq.kept, s.dev)
	delete(s.m.users.sources, s.device)
	s.m.irq.detach(s.dev)
}

// What the CPU driver calls: see domain.Source.

func (s *userSource) Registers() (base, size uint64) { return s.dev.Regs.Base, s.dev.Regs.Size }

func (s *userSource) Again() {
	s.m.do(func() {
		if s.m.users.sources[s.device] == s {
			s.m.irq.release(s.dev)
		}
	})
}

func (s *userSource) Drop() { s.m.do(s.free) }
