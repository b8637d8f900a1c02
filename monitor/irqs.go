package monitor

import (
	"fmt"
	"slices"

	"atoll/boot/plan"
	"atoll/monitor/console"
	"atoll/monitor/message"
)

// InterruptLine is what a core says of one device of its own.
type InterruptLine struct {
	Device uint64 // index in the plan
	Line   uint64 // as what its interrupts are taken, 0 = it is polled
	Count  uint64 // of interrupts, in this life
}

// interruptHead is what else it says.
type interruptHead struct{ Stray uint64 }

var askInterrupts = message.DeclareStream[message.None, interruptHead, InterruptLine](100, "interrupts")

func init() {
	serveStream(askInterrupts, func(m *Monitor, _ client, _ message.None) (head interruptHead, list []InterruptLine, err error) {
		if m.service != nil {
			list, head.Stray = m.service.Lines()
		}
		return head, list, nil
	})
}

// lines reports on all devices that have been attached, or would have been.
func (x *Interrupts) lines() (list []InterruptLine, stray uint64) {
	for i := range x.plan.Devices[:x.plan.NDevices] {
		dev := &x.plan.Devices[i]
		if slices.Contains(x.polled, dev) {
			list = append(list, InterruptLine{Device: uint64(i)})
		}
		for line, h := range x.handlers {
			if h.dev == dev {
				list = append(list, InterruptLine{uint64(i), uint64(line), h.count})
			}
		}
	}
	return list, x.stray
}

// Interrupts asks a core how its devices interrupt it.
func (s *System) Interrupts(core int) (console.Interrupts, error) {
	head, list, err := askStream(s.ctx, s.m, core, askInterrupts, askTime, message.None{})
	if err != nil {
		return console.Interrupts{}, err
	}
	return nameInterrupts(s.m.plan, core, head, list)
}

// nameInterrupts puts names to what a core has answered.
func nameInterrupts(p *plan.Plan, core int, head interruptHead, list []InterruptLine) (console.Interrupts, error) {
	r := console.Interrupts{Stray: head.Stray}
	for _, l := range list {
		if l.Device >= uint64(min(p.NDevices, plan.MaxDevices)) {
			return r, fmt.Errorf("core %d has interrupts of device %d, which there is not", core, l.Device)
		}
		dev := &p.Devices[l.Device]
		d := console.InterruptDevice{Path: dev.Path.String(), Kind: dev.Kind.String(), How: "polled", Count: l.Count}
		if l.Line != 0 && dev.Controller < min(p.NControllers, plan.MaxControllers) {
			c := &p.Controllers[dev.Controller]
			d.Controller, d.Source, d.Line = int(dev.Controller), int(dev.IRQ), l.Line
			switch {
			case c.Messages == 1:
				d.How = "message"
			case p.Devices[c.Device].Kind == plan.DeviceAPLIC:
				d.How = "wire"
			default:
				d.How = "claim"
			}
		}
		r.Devices = append(r.Devices, d)
	}
	return r, nil
}
