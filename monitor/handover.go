package monitor

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"atoll/boot/plan"
	"atoll/monitor/agree"
	"atoll/monitor/replica"
	"atoll/monitor/skb"
)

// Every device has one holder, on which the cores agree. At first that is the owner by
// the plan. When a holder has died the first member of the view in the device's
// succession takes it; what is on the console's side goes to who has the console. The
// succession is the knowledge base's answer (monitor/skb/policy.pl), which the core
// that runs it has all agree on while all live, so that no death waits for it; until
// then skb.Succession says the same. Who comes back takes nothing back.
//
// A device that has a Driver here is handed over in this order:
//
//	the holder has stopped  firmware's word, and no member of the view
//	Take                    all agree that it is this core's
//	Mask                    no core gets its interrupts
//	Reset                   it reaches no memory any more
//	Enable                  this core gets its interrupts; what is missing is completed
//	Clear                   all agree that nobody's memory is reached by it
//	Start                   the driver uses it
//
// Memory of a DMA window is used again only after that: no driver starts on a core as
// long as a device with a driver was held by an earlier life of the core and has not been
// reset. What cannot be masked or reset stays out of use, and so do those windows.

// Driver brings up one device on the core that holds it. The event loop calls its
// methods, in the order above, once in a life of the core: they must not block. Where
// there is a done it is called once, in the event loop, then or later (do), within stepTime;
// whatever it waits for has to end when a peer dies.
type Driver interface {
	// Mask disables the device's interrupt source for every core. Where the device has
	// none there is nothing to do.
	Mask(done func(error))
	// Reset stops the device, DMA included, in whatever state the last holder, or
	// firmware, has left it.
	Reset() error
	// Enable lets the device's interrupts through to this core, and completes one that
	// the last holder had claimed.
	Enable(done func(error))
	// Start lets the driver use the device. polled is why there are no interrupts, nil
	// if there are.
	Start(polled error)
}

// Bounds.
const (
	// stepTime is how long Mask or Enable may take.
	stepTime = 10 * time.Second
	// rankAfter is how long after the machine has come up the knowledge base is asked for
	// the succession, which nothing waits for.
	rankAfter = time.Second
)

// devices is this core's part. It belongs to the event loop.
type devices struct {
	driven  map[int]*driven // by the device's place in the plan
	bounded int             // of them, whose stage has a bound: the event loop asks in each turn
	console int             // the console's device, -1 = none
	taking  bool            // a Take is under way
	ranking bool            // the knowledge base is asked
	rankAt  uint64          // when it is to be, 0 = not
}

// driven is a device with a driver.
type driven struct {
	device int
	driver Driver
	stage  handoverStage
	polled error  // why it has no interrupts
	until  uint64 // when the stage must be over, 0 = no bound
}

type handoverStage uint8

const (
	notHeld     handoverStage = iota
	masking                   // Mask has been called
	enabling                  // Enable has been called
	clearing                  // Clear is to be agreed on
	awaiting                  // for this core's own window
	driving                   // Start has been called
	quarantined               // out of use
)

func (d *devices) init(m *Monitor) {
	d.driven = map[int]*driven{}
	d.console = slices.IndexFunc(m.plan.Devices[:m.plan.NDevices], func(v plan.Device) bool { return v.Console != 0 })
}

// Drive gives a device of the plan, by its place there, a driver on this core, which
// counts when the core holds the device. All cores have to drive the same devices. Call
// it before Run.
func (m *Monitor) Drive(device int, d Driver) {
	if device < 0 || device >= int(m.plan.NDevices) || m.devices.driven[device] != nil {
		panic(fmt.Sprintf("monitor: device %d has a driver, or is none", device))
	}
	m.devices.driven[device] = &driven{device: device, driver: d}
}

// Holder returns the core that holds a device of the plan, false while none that lives
// does, as far as this core knows. Not for the event loop.
func (m *Monitor) Holder(device int) (core int, ok bool) {
	m.wait(func() {
		d := m.agreement.replica.Devices
		core, ok = int(d.Get(device).Core), d.Held(device)
	})
	return core, ok
}

// handingOver reports whether a device with a driver has no living holder, or is on its way
// to this core.
func (m *Monitor) handingOver() bool {
	if len(m.devices.driven) > 0 && (!m.birth.over || !m.agreement.node.Open()) {
		return true
	}
	all := m.agreement.replica.Devices
	for i, v := range m.devices.driven {
		mine := all.Get(i).Holder == replica.Holder{Core: uint8(m.self), Incarnation: m.incarnation}
		if !all.Held(i) || mine && v.stage != driving && v.stage != quarantined {
			return true
		}
	}
	return false
}

// holders lists who holds which device, by their place in the plan.
func (m *Monitor) holders() (list []skb.Life) {
	d := m.agreement.replica.Devices
	for i := range d.Count() {
		h := d.Get(i).Holder
		list = append(list, skb.Life{Core: int(h.Core), Incarnation: h.Incarnation})
	}
	return list
}

// keepDevices takes what this core is to hold, and goes on with the handovers. It is
// called when what was agreed on may have changed.
func (m *Monitor) keepDevices() {
	d := &m.devices
	if m.plan.NDevices == 0 || !m.birth.over || !m.agreement.node.Open() {
		return
	}
	if set := m.heirless(); set != 0 && !d.taking {
		m.takeDevices(set)
	}
	for i := range int(m.plan.NDevices) {
		if v := d.driven[i]; v != nil {
			m.handOver(v)
		}
	}
	m.rankLater()
}

// heirless is the set of devices without a living holder that this core is to take.
func (m *Monitor) heirless() (set uint64) {
	all := m.agreement.replica
	for i := range all.Devices.Count() {
		if all.Devices.Held(i) || m.successor(i) != m.self {
			continue
		}
		if m.over(all.Devices.Get(i).Holder) {
			set |= 1 << i
		} else { // it is no member, but its hart runs: law L10
			m.agreeLater()
		}
	}
	return set
}

// successor is the core that follows as the holder of a device.
func (m *Monitor) successor(device int) int {
	all := m.agreement.replica
	if skb.ConsoleSide(m.plan, device) {
		return m.owner
	}
	member := func(core int) bool { return all.Cores.IsMember(core, all.Cores.Get(core).Incarnation) }
	return all.Devices.Heir(device, member)
}

// over reports whether a life has ended, by firmware's word or because a later one has
// begun.
func (m *Monitor) over(h replica.Holder) bool {
	core := int(h.Core)
	if core == m.self {
		return h.Incarnation < m.incarnation
	}
	return m.hart.Stopped(core) || m.latest(core) > h.Incarnation
}

// takeDevices has all agree that devices are this core's.
func (m *Monitor) takeDevices(set uint64) {
	d := &m.devices
	err := m.beginOperation(&Operation{replica.Take, true, replica.TakeData(set)}, func(what agree.EventKind, commit bool) {
		if what != agree.Finished {
			return
		}
		if d.taking = false; commit {
			m.lookAgain()
		} else {
			m.agreeLater()
		}
	})
	switch {
	case err == nil:
		d.taking = true
	case !errors.Is(err, agree.ErrChanging): // then the next view goes on
		m.agreeLater()
	}
}

// handOver takes the next steps of the handover of a device to this core.
func (m *Monitor) handOver(v *driven) {
	all := m.agreement.replica.Devices
	switch {
	case all.Get(v.device).Holder != replica.Holder{Core: uint8(m.self), Incarnation: m.incarnation}:
		return
	case v.stage == notHeld:
		v.enter(m, masking)
		v.driver.Mask(func(err error) { v.masked(m, err) })
	case v.stage == clearing:
		switch err := m.beginOperation(&Operation{replica.Clear, false, replica.ClearData(1 << v.device)}, func(agree.EventKind, bool) {}); {
		case err == nil:
			v.stage = awaiting
			m.lookAgain()
		case !errors.Is(err, agree.ErrChanging):
			m.agreeLater()
		}
	case v.stage == awaiting && m.windowClear():
		v.stage = driving
		v.driver.Start(v.polled)
	}
}

// windowClear reports whether no device reaches the DMA window of this core for an
// earlier life of it.
func (m *Monitor) windowClear() bool {
	if m.incarnation == 1 {
		return true
	}
	for i := range m.devices.driven {
		d := m.agreement.replica.Devices.Get(i)
		if d.Dirty>>m.self&1 != 0 || int(d.Core) == m.self && d.Incarnation != m.incarnation {
			return false
		}
	}
	return true
}

// enter begins a stage that has a bound.
func (v *driven) enter(m *Monitor, s handoverStage) {
	v.stage = s
	v.bound(m, m.hart.Now()+m.hart.Ticks(stepTime))
}

// bound says when the stage must be over, 0 = no bound.
func (v *driven) bound(m *Monitor, until uint64) {
	if v.until != 0 {
		m.devices.bounded--
	}
	if until != 0 {
		m.devices.bounded++
	}
	v.until = until
}

// masked goes on when no core gets the device's interrupts.
func (v *driven) masked(m *Monitor, err error) {
	if v.stage != masking {
		return
	}
	if err == nil {
		err = v.driver.Reset()
	}
	if err != nil {
		v.quarantine(m, err)
		return
	}
	v.enter(m, enabling)
	v.driver.Enable(func(err error) { v.enabled(m, err) })
}

// enabled goes on when this core gets the device's interrupts, or will not.
func (v *driven) enabled(m *Monitor, err error) {
	if v.stage == enabling {
		v.stage, v.polled = clearing, err
		v.bound(m, 0)
		m.lookAgain()
	}
}

// quarantine leaves a device out of use.
func (v *driven) quarantine(m *Monitor, why error) {
	v.stage = quarantined
	v.bound(m, 0)
	m.lines.printf("core %d leaves %s out of use, and the DMA windows that it may reach: %v\n", m.self, m.plan.Devices[v.device].Path.String(), why)
}

// deadline returns when to look again, 0 = not.
func (d *devices) deadline() uint64 {
	first := d.rankAt
	if d.bounded == 0 {
		return first
	}
	earlier := func(t uint64) {
		if t != 0 && (first == 0 || t < first) {
			first = t
		}
	}
	for _, v := range d.driven {
		earlier(v.until)
	}
	return first
}

// expire acts when a deadline has passed.
func (d *devices) expire(m *Monitor, now uint64) {
	if d.rankAt != 0 && d.rankAt <= now {
		d.rankAt = 0
		m.rank()
	}
	for _, v := range d.driven {
		switch {
		case v.until == 0 || v.until > now:
		case v.stage == masking:
			v.quarantine(m, fmt.Errorf("its interrupts were not masked within %v", stepTime))
		default:
			v.enabled(m, fmt.Errorf("its interrupts were not enabled within %v", stepTime))
		}
	}
}
