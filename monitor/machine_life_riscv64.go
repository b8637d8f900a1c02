package monitor

import (
	"fmt"
	"runtime/debug"

	"atoll/arch/layout"
	"atoll/arch/sbi"
	"atoll/arch/shim"
	"atoll/monitor/ump"
)

// Incarnation and Starter are what this life was started with.
func (h *Machine) Incarnation() uint32 { return shim.Incarnation() }
func (h *Machine) Starter() int        { return shim.Starter() }

// Stopped asks firmware; see SBI, chapter 9 (HSM). A hart that firmware does not have,
// though the device tree has it, never runs anything of ours.
func (h *Machine) Stopped(core int) bool {
	state, err := sbi.HartStatus(h.plan.Cores[core].Row.Hart)
	return err == sbi.Success && state == sbi.Stopped || err == sbi.ErrInvalidParam
}

// Restart starts a hart with the start record in this core's half of the frame.
func (h *Machine) Restart(core int) error {
	end := 0
	if h.self > core {
		end = 1
	}
	start := h.plan.Pair(h.self, core) + ump.StartOffset(end)
	if e := sbi.HartStart(h.plan.Cores[core].Row.Hart, shim.BornEntry(), start); e != sbi.Success {
		return fmt.Errorf("the firmware does not start core %d: %v", core, e)
	}
	return nil
}

// Crash maps a dead core's crash page, which only that core writes, to read it.
func (h *Machine) Crash(core int) (c layout.Crash, err error) {
	pa := h.plan.CrashPage(core)
	va := h.plan.WindowVA(pa)
	if err := shim.Map(va, pa, layout.PageSize, layout.R); err != nil {
		return c, err
	}
	c = *(*layout.Crash)(shim.At(va))
	return c, shim.Unmap(va, layout.PageSize)
}

// DeviceTree maps the plan's copy of the device tree, which nobody writes, to read it.
func (h *Machine) DeviceTree() ([]byte, error) {
	blob := h.plan.Blob
	size := (blob.Size + layout.PageSize - 1) &^ (layout.PageSize - 1)
	va := h.plan.WindowVA(blob.Base)
	if blob.Size == 0 {
		return nil, nil
	}
	if err := shim.Map(va, blob.Base, size, layout.R); err != nil {
		return nil, err
	}
	tree := append([]byte(nil), shim.Bytes(va, blob.Size)...)
	return tree, shim.Unmap(va, size)
}

// SetAlone says whether any other core lives.
func (h *Machine) SetAlone(alone bool) { shim.SetAlone(alone) }

// Watch lets the shim answer a peer's questions.
func (h *Machine) Watch(core int, theirs, mine *ump.Line) error {
	return shim.Watch(&shim.Peer{
		Ask: &theirs.Ask, Answer: &mine.Echo, Life: &theirs.Ack, Mark: &theirs.Echo,
		Hart: h.plan.Cores[core].Row.Hart, Lower: core < h.self, All: uint64(h.plan.NCores) - 1,
	})
}

// TakeConsole is set by the kernel's main function: it opens the console's devices
// and goes on with the script.
func (h *Machine) TakeConsole(p Progress, up <-chan struct{}) Console { return h.Take(p, up) }

// Fail makes this instance die. It runs in the event loop.
func (h *Machine) Fail(how FailureMode) error {
	switch how {
	case FailPanic:
		go func() { panic("crash: asked to panic") }()
	case FailFault:
		go func() { *(*int)(shim.At(0)) = 1 }()
	case FailStack:
		go func() { recurse(1) }()
	case FailOOM:
		go exhaust()
	case FailHang:
		for {
		}
	case FailWild:
		go h.runWild()
	case FailZombie:
		shim.Freeze()
	case FailStop:
		shim.Die(layout.CauseStopped)
	}
	return nil
}

// recurse never ends by itself.
func recurse(n int) int {
	var pad [256]byte
	pad[n%256] = byte(n)
	return recurse(n+1) + int(pad[(n+1)%256])
}

// exhaust allocates and touches memory until there is none.
func exhaust() {
	var keep [][]byte
	for {
		b := make([]byte, 1<<20)
		for i := 0; i < len(b); i += layout.PageSize {
			b[i] = 1
		}
		keep = append(keep, b)
	}
}

// runWild writes nonsense to all that this instance maps, the worst last: every
// channel frame and device page, text, a hole, then its own data, heap and stacks.
// What cannot be written is left, so that one fault does not end it early.
func (h *Machine) runWild() {
	var later []layout.Mapping
	for _, m := range h.Space() {
		switch {
		case m.Kind == layout.Channel || m.Kind == layout.Device || m.Kind == layout.IRQ || m.Kind == layout.Doorbell || m.Perm&layout.W == 0:
			scribble(m.VA, m.Pages*layout.PageSize)
		default:
			later = append(later, m)
		}
	}
	scribble(layout.WindowEnd-layout.GigaPage, layout.PageSize) // nothing is mapped there
	for _, m := range later {
		scribble(m.VA, m.Pages*layout.PageSize)
	}
	panic("crash: still alive after writing wildly")
}

// scribble writes words to [va, va+n) and stops at the first that faults.
func scribble(va, n uint64) {
	defer setPanicOnFault(true)()
	defer func() { recover() }()
	for off := uint64(0); off < n; off += 8 {
		*(*uint64)(shim.At(va + off)) = 0xdead_beef_dead_beef ^ off
	}
}

// setPanicOnFault makes faults at odd addresses panics that can be recovered, and
// returns what undoes it.
func setPanicOnFault(on bool) func() {
	old := debug.SetPanicOnFault(on)
	return func() { debug.SetPanicOnFault(old) }
}
