// Command echo is the only instance of its machine, on whichever hart booted. It
// drives the console by interrupts: it sends back what is typed, in
// capitals, and ends the machine at "quit". Status 0 means that nothing went
// wrong.
package main

import (
	"bytes"
	"fmt"
	"os"

	"atoll/arch/layout"
	"atoll/arch/semihost"
	"atoll/arch/shim"
	"atoll/boot"
	"atoll/boot/plan"
	"atoll/drivers/finisher"
	"atoll/drivers/plic"
	"atoll/drivers/reg"
	"atoll/drivers/rtc"
	"atoll/drivers/uart"
)

// echo is the state of the event loop.
type echo struct {
	plan       *plan.Plan
	port       uart.Port
	context    *plic.Context
	line, out  []byte
	received   int
	interrupts int
}

func main() {
	if boot.IsPlanner() {
		boot.Plan()
	}
	e := &echo{plan: (*plan.Plan)(shim.At(layout.PlanBase))}
	d := e.device(plan.DeviceUART)
	if d == nil {
		stop("no console in the plan")
	}
	e.openPort(d)
	e.routeInterrupt(d)
	e.say("clock %v\n", e.clock())
	e.say("ready %s\n", d.Compatible.String())
	for {
		if shim.WaitEvent(0)&shim.EventExternal != 0 {
			e.serve(d.IRQ)
			shim.EnableExternal()
		}
	}
}

// serve handles all interrupts that the controller has.
func (e *echo) serve(irq uint32) {
	for s, ok := e.context.Claim(); ok; s, ok = e.context.Claim() {
		e.interrupts++
		if s != irq {
			stop(fmt.Sprintf("interrupt %d", s))
		}
		if e.port.HandleInterrupt()&uart.Received != 0 {
			e.read()
		}
		e.port.Fill(e.next)
		check(e.context.Complete(s))
	}
}

func (e *echo) read() {
	for c, ok := e.port.TryReadByte(); ok; c, ok = e.port.TryReadByte() {
		e.received++
		if e.line = append(e.line, c); c != '\n' {
			continue
		}
		if string(e.line) == "quit\n" {
			e.quit()
		}
		e.out = append(e.out, bytes.ToUpper(e.line)...)
		e.line = e.line[:0]
	}
}

// quit sends the rest, polled, and ends the machine.
func (e *echo) quit() {
	e.port.EnableInterrupts(false, false)
	e.say("received=%d interrupts=%d %+v\n", e.received, e.interrupts, e.port.Stats())
	for n := 0; len(e.out) > 0 && n < 1e6; n++ {
		e.port.Fill(e.next)
	}
	if d := e.device(plan.DeviceFinisher); d != nil {
		finisher.New(e.regs(d)).Pass()
	}
	semihost.Exit(0)
}

// next hands the output to Fill.
func (e *echo) next() (byte, bool) {
	if len(e.out) == 0 {
		return 0, false
	}
	c := e.out[0]
	e.out = e.out[1:]
	return c, true
}

func (e *echo) say(format string, args ...any) {
	e.out = fmt.Appendf(e.out, format, args...)
	e.port.Fill(e.next)
}

func (e *echo) openPort(d *plan.Device) {
	port, err := uart.New(e.regs(d), uart.Config{Compatible: d.Compatible.String(), Shift: d.RegShift, Width: d.RegWidth})
	check(err)
	check(port.Init())
	port.EnableInterrupts(true, true)
	e.port = port
}

func (e *echo) routeInterrupt(d *plan.Device) {
	c := &e.plan.Controllers[d.Controller]
	shared := &e.plan.Devices[c.Device]
	owner, err := plic.NewOwner(e.regs(shared), c.Sources, plic.ContextsIn(shared.Regs.Size))
	check(err)
	core := &e.plan.Cores[shim.Row().Core]
	check(shim.Map(core.ClaimVA, core.Claim.Base, layout.PageSize, layout.R|layout.W))
	e.context, err = plic.NewContext(reg.At(uintptr(core.ClaimVA)), c.Sources)
	check(err)
	check(owner.DisableAll(core.Context))
	check(owner.SetPriority(d.IRQ, 1))
	check(owner.Enable(d.IRQ, core.Context))
	e.context.SetThreshold(0)
	shim.EnableExternal()
}

// clock returns the wall clock in nanoseconds, 0 on a machine without one.
func (e *echo) clock() uint64 {
	d := e.device(plan.DeviceRTC)
	if d == nil {
		return 0
	}
	now, err := rtc.New(e.regs(d)).Now()
	check(err)
	return now
}

func (e *echo) device(kind plan.DeviceKind) *plan.Device {
	for i := range e.plan.Devices[:e.plan.NDevices] {
		if d := &e.plan.Devices[i]; d.Kind == kind {
			return d
		}
	}
	return nil
}

// regs maps a device's registers.
func (e *echo) regs(d *plan.Device) reg.Block {
	in := d.Regs.Base % layout.PageSize
	size := (in + d.Regs.Size + layout.PageSize - 1) &^ (layout.PageSize - 1)
	check(shim.Map(d.VA-in, d.Regs.Base-in, size, layout.R|layout.W))
	return reg.At(uintptr(d.VA))
}

func check(err error) {
	if err != nil {
		stop(err.Error())
	}
}

func stop(why string) {
	fmt.Println("stop:", why)
	os.Exit(1)
}
