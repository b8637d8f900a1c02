package monitor

import "atoll/monitor/skb"

// An interrupt controller is a device with a holder like others (handover.go), who maps
// its shared registers and routes its sources. The console's goes with the console
// (TakeConsole); every other is handed over with the devices behind it, which have the
// same succession: so who takes them finds it in its own hands.

// controllerDriver takes a controller over; it implements Driver.
type controllerDriver struct {
	irq        *Interrupts
	controller int
}

// driveControllers gives every controller its driver on this core. They come before what
// is behind them: the planner lists them first.
func (m *Monitor) driveControllers(irq *Interrupts) {
	m.irq, irq.tellServed = irq, m.tellServed
	for i, c := range m.plan.Controllers[:m.plan.NControllers] {
		if !skb.ConsoleSide(m.plan, int(c.Device)) {
			m.Drive(int(c.Device), controllerDriver{irq, i})
		}
	}
}

var _ Driver = controllerDriver{}

// Mask implements Driver. The sources are masked one by one, with their devices: others may
// belong to cores that live.
func (d controllerDriver) Mask(done func(error)) { done(nil) }

// Reset implements Driver: this core has the registers from now on, if not since it began.
func (d controllerDriver) Reset() error {
	if d.irq.routers[d.controller] != nil {
		return nil
	}
	return d.irq.own(d.controller, false)
}

// Enable implements Driver.
func (d controllerDriver) Enable(done func(error)) { done(nil) }

// Start implements Driver.
func (d controllerDriver) Start(error) {}
