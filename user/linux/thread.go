package linux

import (
	"errors"

	"atoll/arch/layout"
	"atoll/arch/shim"
	"atoll/kernel/abi"
	"atoll/kernel/dispatch"
	"atoll/kernel/domain"
	"atoll/kernel/vspace"
)

// thread is a thread of a process. It makes native calls too.
type thread struct {
	domain.Caller
	p  *Process
	id uint64

	asleep  bool     // in a call that will be answered
	onTime  uint64   // the answer when the time has come
	queue   *waiters // of the futex that it waits for
	polls   bool     // waits for a file
	again   bool     // makes the call again when it is awake
	clearID uint64   // address to clear and wake when it ends

	mask, pending    uint64 // signals, bit n-1
	altBase, altSize uint64 // stack for signal handlers
}

// Registers.
const (
	regRA = 1
	regSP = 2
	regTP = 4
	regA0 = 10
	regA7 = 17
)

// Trap serves what ended a run.
func (t *thread) Trap(l *dispatch.Loop, d *dispatch.Dispatcher) *dispatch.Dispatcher {
	t.p.loop = l
	switch t.Cause {
	case shim.CauseUserCall:
		t.PC += 4
		if t.X[regA7] >= abi.Base && t.p.core != nil {
			return t.native()
		}
		t.call()
	case shim.CauseFetchFault:
		t.pageFault(layout.X)
	case shim.CauseLoadFault:
		t.pageFault(layout.R)
	case shim.CauseStoreFault:
		t.pageFault(layout.W)
	case shim.CauseBreakpoint:
		t.force(sigTRAP, codeBreakpoint, t.PC)
	case shim.CauseIllegal:
		t.force(sigILL, codeIllegal, t.PC)
	default:
		t.force(sigBUS, codeAddress, t.Value)
	}
	if t.p.ended || t.asleep || t.p.threads[t.id] != t {
		return nil
	}
	return d
}

// call serves a system call.
func (t *thread) call() {
	n := t.X[regA7]
	if n < uint64(len(calls)) && calls[n].handle != nil {
		a := args(t.X[regA0 : regA0+6])
		calls[n].handle(t, a)
	} else {
		t.p.countUnknown(n)
		t.fail(noSys)
	}
	if !t.asleep {
		t.deliverPending()
	}
}

// native serves a call that is none of Linux's.
func (t *thread) native() *dispatch.Dispatcher {
	next := t.p.core.Call(&t.Caller)
	if next == &t.Dispatcher {
		t.deliverPending()
		if t.p.ended {
			return nil
		}
	}
	return next
}

// args are a call's arguments.
type args []uint64

// answer is the result of the call. fail is an error's.
func (t *thread) answer(v uint64) { t.X[regA0] = v }
func (t *thread) fail(e errno)    { t.X[regA0] = e.result() }

// pageFault makes the page, or sends what Linux would.
func (t *thread) pageFault(perm layout.Perm) {
	err := t.p.space.Fault(t.Value, perm)
	switch {
	case err == nil:
	case errors.Is(err, vspace.ErrNoMemory):
		t.p.exit(128 + sigKILL) // as when Linux has no memory left
	case errors.Is(err, vspace.ErrAccess):
		t.force(sigSEGV, codeAccess, t.Value)
	default:
		t.force(sigSEGV, codeMap, t.Value)
	}
}

// sleep puts the thread to sleep until somebody wakes it, or for some nanoseconds: the
// call's result is then onTime.
func (t *thread) sleep(ns, onTime uint64) {
	t.asleep, t.onTime = true, onTime
	until := uint64(dispatch.Forever)
	if ns != forever {
		until = t.p.loop.Now() + max(t.p.env.Ticks(ns), 1)
	}
	t.p.loop.Sleep(&t.Dispatcher, until)
}

// retry puts the thread to sleep until somebody wakes it, and has it make the call again.
func (t *thread) retry() {
	t.PC -= 4
	t.again = true
	t.sleep(forever, 0)
}

// forever as a span is none.
const forever = ^uint64(0)

// wake ends its sleep with a result of the call.
func (t *thread) wake(result uint64) {
	t.awake(result)
	t.p.loop.Wake(&t.Dispatcher)
}

// Alarm ends its sleep for the time has come.
func (t *thread) Alarm(*dispatch.Loop, *dispatch.Dispatcher) {
	if t.Waits() {
		t.p.core.Expire(&t.Caller)
		return
	}
	t.awake(t.onTime)
}

func (t *thread) awake(result uint64) {
	if t.queue != nil {
		t.queue.remove(t)
	}
	if !t.again {
		t.answer(result)
	}
	t.asleep, t.polls, t.again = false, false, false
	t.deliverPending()
}

// end ends the thread, and with the last one the process.
func (t *thread) end(status int) {
	p := t.p
	if t.clearID != 0 {
		p.store32(t.clearID, 0)
		p.wakeFutex(t.clearID, 1)
	}
	if len(p.threads) == 1 {
		p.exit(status)
		return
	}
	p.dismiss(t)
	delete(p.threads, t.id)
}
