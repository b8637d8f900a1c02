package monitor

import (
	"fmt"
	"time"

	"atoll/arch/layout"
	"atoll/arch/power"
	"atoll/arch/sbi"
	"atoll/arch/shim"
	"atoll/boot/plan"
	"atoll/kernel"
	"atoll/monitor/ump"
)

// Machine is the Hart of a real instance.
type Machine struct {
	plan    *plan.Plan
	self    int
	devices *Devices
	bells   bells
	// Take takes the console over; see TakeConsole.
	Take func(pr Progress, up <-chan struct{}) Console
}

// NewMachine returns the Hart of core self. devices is what that core owns.
func NewMachine(p *plan.Plan, self int, devices *Devices) *Machine {
	h := &Machine{plan: p, self: self, devices: devices}
	h.bells.open(p, self)
	return h
}

// Now returns the time CSR, which runs alike on all harts (Unprivileged ISA,
// chapter "Counters").
func (h *Machine) Now() uint64                     { return shim.Now() }
func (h *Machine) Ticks(d time.Duration) uint64    { return shim.Ticks(d) }
func (h *Machine) Duration(t uint64) time.Duration { return shim.Duration(t) }
func (h *Machine) Poke()                           { shim.Post() }
func (h *Machine) PeekOutput(b []byte) int         { return shim.PeekOutput(b) }
func (h *Machine) DropOutput(n int)                { shim.DropOutput(n) }

// What the shim records.
func (h *Machine) Tracing() bool      { return shim.Tracing() }
func (h *Machine) SetTracing(on bool) { shim.SetTracing(on) }
func (h *Machine) ClearTrace()        { shim.ClearTrace() }
func (h *Machine) Record(time uint64, kind layout.TraceKind, arg uint32, a, b uint64) {
	shim.Record(time, kind, arg, a, b)
}
func (h *Machine) ReadTrace(into []layout.TraceRecord) (int, uint64) { return shim.ReadTrace(into) }

// Wait blocks until an event comes in.
func (h *Machine) Wait(until uint64) Event {
	e := shim.WaitEvent(until)
	if shim.Tracing() {
		shim.Record(0, layout.TraceDispatch, uint32(e), 0, 0)
	}
	var out Event
	for _, pair := range []struct {
		from shim.Event
		to   Event
	}{
		{shim.EventDoorbell, Doorbell}, {shim.EventExternal, External},
		{shim.EventOutput, Output}, {shim.EventLocal, Poked}, {shim.EventTimeout, Timeout},
	} {
		if e&pair.from != 0 {
			out |= pair.to
		}
	}
	return out
}

// Ring sends an inter-processor interrupt or a message. A core that has not come up ignores it.
func (h *Machine) Ring(core int) {
	if shim.Tracing() {
		shim.Record(0, layout.TraceDoorbellSent, uint32(core), 0, 0)
	}
	h.bells.ring(core, h.plan.Cores[core].Row.Hart)
}

// TakesMessages reports whether a core is rung by a message.
func (h *Machine) TakesMessages(core int) bool { return h.bells.files[core] != nil }

// RingPlainly makes Ring use the firmware.
func (h *Machine) RingPlainly(on bool) { h.bells.plain = on }

// Frame maps a pair frame into the RAM window.
func (h *Machine) Frame(a, b int) (*ump.Frame, error) {
	pa := h.plan.Pair(a, b)
	va := h.plan.WindowVA(pa)
	if err := shim.Map(va, pa, layout.PageSize, layout.R|layout.W); err != nil {
		return nil, err
	}
	return ump.FrameAt(va), nil
}

// MapFrames maps frames of a user pool. The memory is outside the Go heap.
func (h *Machine) MapFrames(pa, pages uint64, perm layout.Perm) ([]byte, error) {
	va := h.plan.WindowVA(pa)
	if err := shim.Map(va, pa, pages*layout.PageSize, perm); err != nil {
		return nil, err
	}
	return shim.Bytes(va, pages*layout.PageSize), nil
}

// UnmapFrames takes away what MapFrames has mapped, which cannot fail.
func (h *Machine) UnmapFrames(pa, pages uint64) {
	if err := shim.Unmap(h.plan.WindowVA(pa), pages*layout.PageSize); err != nil {
		panic(err)
	}
}

// Start starts the hart of another core, for its first life. The firmware's
// word that it did says nothing yet: the core must report.
func (h *Machine) Start(core int) error {
	if e := sbi.HartStart(h.plan.Cores[core].Row.Hart, shim.BornEntry(), h.plan.StartPA(core)); e != sbi.Success {
		return fmt.Errorf("the firmware does not start it: %v", e)
	}
	return nil
}

// Space returns what this instance maps.
func (h *Machine) Space() []layout.Mapping { return kernel.Space(h.Kind) }

// Kind names what stands at a physical address, for the windows where the plan
// decides.
func (h *Machine) Kind(pa uint64) layout.Kind {
	p := h.plan
	me := &p.Cores[h.self]
	switch {
	case p.Channels.Contains(pa):
		return layout.Channel
	case p.Blob.Contains(pa):
		return layout.Plan
	case p.InitrdPages().Contains(pa):
		return layout.Initrd
	case me.DMA.Contains(pa):
		return layout.DMA
	case me.User.Contains(pa):
		return layout.User
	case me.Claim.Contains(pa):
		return layout.IRQ
	case isBell(p, pa):
		return layout.Doorbell
	}
	for i := range p.Cores[:p.NCores] {
		if p.Cores[i].User.Contains(pa) {
			return layout.Grant
		}
	}
	for _, d := range p.Devices[:p.NDevices] {
		if d.Regs.Base&^(layout.PageSize-1) <= pa && pa < d.Regs.End() {
			return layout.Device
		}
	}
	return layout.Private
}

// Report returns the instance's own state.
func (h *Machine) Report() Report {
	r := kernel.ReadReport()
	return Report{
		Up: r.Up, Born: shim.Born(), HeapBytes: r.HeapBytes, HeapSys: r.HeapSys,
		PagesUsed: r.PagesUsed, PagesTotal: r.PagesTotal,
		GCs: r.GCs, GCPause: r.GCPause, Goroutines: r.Goroutines, Doorbells: r.Doorbells,
		IdlePermille: uint64(r.Idle) / max(uint64(r.Up)/1000, 1),
	}
}

// Stir mixes a seed into what this instance's random numbers come from.
func (h *Machine) Stir(seed *[8]uint32) { shim.Stir(seed) }

// Sleeps says how often this hart has executed WFI, and when last.
func (h *Machine) Sleeps() (count, last uint64) { return shim.Sleeps() }

// Hurry lets this hart execute WFI without looking for interrupts before.
func (h *Machine) Hurry() { shim.Hurry() }

// BareWake is one side of the least wake-up.
func (h *Machine) BareWake(t *BareTrip) (word, took uint64, slept, ok bool) {
	return shim.BareWake(&shim.BareTrip{
		Mine: t.Mine, Theirs: t.Theirs, Hart: h.plan.Cores[t.Core].Row.Hart,
		Asks: t.Asks, Again: t.Again, Seen: t.Seen, Pause: t.Pause, Until: t.Until,
	})
}

// PowerOff ends the machine, with a status that the outside sees where there is a
// test finisher or semihosting.
func (h *Machine) PowerOff(status int) error {
	if f := h.devices.finisher; f != nil {
		if status == 0 {
			f.Pass()
		} else {
			f.Fail(uint8(status))
		}
	}
	return fmt.Errorf("the firmware cannot do it (%w)", power.Off(uint64(status)))
}

// Halt stops all harts where the firmware can.
func (h *Machine) Halt() { power.Halt() }

// Reboot starts the machine afresh.
func (h *Machine) Reboot() error {
	e := power.Reboot()
	if f := h.devices.finisher; f != nil {
		f.Reset()
	}
	return fmt.Errorf("the firmware cannot reboot this machine (%w); you may switch it off and on", e)
}
