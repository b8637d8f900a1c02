package monitor

import (
	"context"
	"errors"
	"fmt"

	"atoll/boot/plan"
	"atoll/monitor/message"
)

// Who drives a device need not have the device's interrupt controller. Then it asks the
// core that has, by message, to let the source through to it; and where the controller
// sends messages, it tells that core when it has served the device, since only there the
// wire can be looked at again. If the other core dies meanwhile the device is polled, or is
// once more served when the controller has a new holder (ownAPLIC).

// sourceQuestion asks the holder of a controller to let the source of a device of the plan
// through to the core that asks, and to no other.
type sourceQuestion struct{ Device uint64 }

// servedMessage tells it that the device has been served.
type servedMessage struct{ Device uint64 }

var (
	askSource  = message.DeclareRequest[sourceQuestion, message.None](102, "interrupt-source")
	servedTold = message.Declare[servedMessage](103, "interrupt-served")
)

func init() {
	serve(askSource, func(m *Monitor, who client, q sourceQuestion) (message.None, error) {
		return message.None{}, m.letThrough(who.core, q.Device)
	})
	handle(servedTold, (*Monitor).serveAgain)
}

// sourceOf returns a device and the router of its controller, if this core has that.
func (m *Monitor) sourceOf(device uint64) (*plan.Device, router, error) {
	if device >= uint64(m.plan.NDevices) {
		return nil, nil, fmt.Errorf("there is no device %d", device)
	}
	dev := &m.plan.Devices[device]
	if m.irq == nil || dev.Controller >= m.plan.NControllers || m.irq.routers[dev.Controller] == nil {
		return nil, nil, fmt.Errorf("core %d does not have the interrupt controller of %s", m.self, dev.Path.String())
	}
	return dev, m.irq.routers[dev.Controller], nil
}

// letThrough routes a device's source to another core. What the peer asks is checked: no
// source of a device that somebody else who lives holds.
func (m *Monitor) letThrough(core int, device uint64) error {
	dev, r, err := m.sourceOf(device)
	if err != nil {
		return err
	}
	to := &m.plan.Cores[core]
	switch d := m.agreement.replica.Devices; {
	case d.Held(int(device)) && int(d.Get(int(device)).Core) != core:
		return fmt.Errorf("%s is not core %d's but core %d's", dev.Path.String(), core, d.Get(int(device)).Core)
	case !m.irq.canReach(dev.Controller, to):
		return fmt.Errorf("the interrupt controller of %s does not reach core %d", dev.Path.String(), core)
	}
	return r.route(dev.IRQ, dev.Trigger, to, m.irq.line(dev))
}

// serveAgain looks at a source again that another core has served.
func (m *Monitor) serveAgain(p *peer, s servedMessage) {
	dev, r, err := m.sourceOf(s.Device)
	if err != nil || dev.Controller >= m.plan.NControllers || !m.irq.canReach(dev.Controller, &m.plan.Cores[p.core]) {
		m.drop(servedTold.Number())
		return
	}
	r.again(dev.IRQ)
}

// attach lets a device's interrupt through to this core and has serve called for it. done
// is called once, in the event loop, then or later, with why there is none. Call it in the
// event loop.
func (m *Monitor) attach(device int, serve func(), done func(error)) {
	x, dev := m.irq, &m.plan.Devices[device]
	if x == nil {
		done(errors.New("this core takes no interrupts of devices"))
		return
	}
	err := x.tryAttach(dev, serve)
	if err != errRemote {
		x.attached(dev, err)
		done(err)
		return
	}
	d := m.agreement.replica.Devices
	controller := int(m.plan.Controllers[dev.Controller].Device)
	holder := int(d.Get(controller).Core)
	if err = x.expect(dev, serve); err == nil && !d.Held(controller) {
		err = fmt.Errorf("nobody has its interrupt controller")
	}
	if err != nil {
		x.attached(dev, err)
		done(err)
		return
	}
	go func() {
		_, err := ask(context.Background(), m, holder, askSource, askTime, sourceQuestion{uint64(device)})
		m.do(func() {
			if err == nil {
				x.taker.complete(x.line(dev), false) // what a dead owner had claimed
			}
			x.attached(dev, err)
			done(err)
		})
	}()
}

// tellServed tells the holder of a controller that a device of this core has been served.
func (m *Monitor) tellServed(dev *plan.Device) {
	controller := int(m.plan.Controllers[dev.Controller].Device)
	if p := m.peers[m.agreement.replica.Devices.Get(controller).Core]; p != nil {
		post(m, p, servedTold, servedMessage{uint64(m.plan.Index(dev))})
	}
}
