package linux

import (
	"errors"

	"atoll/arch/layout"
	"atoll/arch/shim"
	"atoll/kernel/abi"
	"atoll/kernel/dispatch"
	"atoll/kernel/domain"
	"atoll/kernel/vspace"
	"atoll/user/coroutine"
)

// thread is a thread of a process. It makes native calls too.
type thread struct {
	domain.Caller
	p  *Process
	id uint64

	gone bool // it has ended
	long long

	inside *coroutine.Coroutine // of a call that waits in its middle, nil: none does
	code   func()               // of a call that is to begin when there are fewer of those, nil: none is
	after  func()               // to call when that is over
	waiting
	traced  string // the call that has begun, for who traces
	clearID uint64 // address to clear and wake when it ends

	mover    mover
	moved    uint64 // bytes that the call has moved before it had to wait
	deadline uint64 // until when the call waits at most, 0: it has not waited yet

	mask, oldMask    uint64 // signals held off, bit n-1
	held             bool   // oldMask comes back when the call under way ends
	pending          pending
	altBase, altSize uint64 // stack for signal handlers

	away
}

// waiting is how a thread waits in a call.
type waiting struct {
	asleep     bool
	onTime     uint64 // the answer when the time has come
	queues     []leaver
	polls      bool   // waits for a file
	again      bool   // the call is made again when it is awake
	restarts   bool   // a signal ends it so that it may be made again
	deaf       bool   // no signal ends it
	awaits     uint64 // signals that end it with their number
	awaitsInfo uint64 // where they are described, 0: nowhere
	leftAt     uint64 // where a signal has it write the time that is left, 0: nowhere
	until      uint64 // ticks, to tell that
}

// run lets a new thread run that another has made, nil: nobody has.
func (t *thread) run(maker *thread) {
	l := t.p.sys.loop
	l.Join(&t.Dispatcher, t.p.sys.share)
	if maker != nil {
		l.Follow(&t.Dispatcher, &maker.Dispatcher)
	}
	l.Wake(&t.Dispatcher)
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
func (t *thread) Trap(l *dispatch.Loop) *dispatch.Dispatcher {
	if t.kept() {
		return nil // it traps again
	}
	switch t.Cause {
	case shim.CauseUserCall:
		t.PC += callSize
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
	if t.gone || t.asleep || t.inCall() {
		return nil
	}
	if t.p.stopped {
		l.Sleep(&t.Dispatcher, dispatch.Forever)
		return nil
	}
	if t.long.part != nil || t.settle() {
		return nil // what is left to do, or to wait for, begins its next turn
	}
	return &t.Dispatcher
}

// call serves a system call.
func (t *thread) call() {
	t.traceCall()
	n := t.X[regA7]
	switch {
	case n < uint64(len(calls)) && calls[n].handle != nil:
		if t.mayWait(n) {
			t.within(func() { calls[n].handle(t, args(t.X[regA0:regA0+6])) }, t.called)
			return
		}
		t.p.sys.caller = t
		calls[n].handle(t, args(t.X[regA0:regA0+6]))
		t.p.sys.caller = nil
	default:
		t.p.sys.countUnknown(n)
		t.fail(noSys)
	}
	t.called()
}

// called ends a call that has been served, unless there are parts of it left to do.
func (t *thread) called() {
	if t.long.part == nil {
		t.endCall()
	}
}

// endCall ends a call that has been served, or has the thread wait.
func (t *thread) endCall() {
	if !t.asleep {
		t.moved, t.deadline = 0, 0
		t.traceResult()
		if t.held && t.X[regA0] != interrupted.result() {
			t.letGo()
		}
	}
	t.deliverPending()
}

// native serves a call that is none of Linux's.
func (t *thread) native() *dispatch.Dispatcher {
	next := t.p.core.Call(&t.Caller)
	if next == &t.Dispatcher {
		t.deliverPending()
		if t.gone || t.p.stopped {
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

// answerStore is the result of a call that has written its answer to memory, if it could.
func (t *thread) answerStore(ok bool) {
	if ok {
		t.answer(0)
	} else {
		t.fail(fault)
	}
}

// pageFault makes the page, or sends what Linux would.
func (t *thread) pageFault(perm layout.Perm) {
	err := t.p.space.Fault(t.Value, perm)
	if err == nil {
		return
	}
	for errors.Is(err, vspace.ErrNoMemory) && !t.gone {
		if t.p.sys.span.settling() {
			t.p.sys.span.settleAll(t) // pages may come back, and it does that again
			return
		}
		if !t.p.sys.makeRoom(nil) {
			break
		}
		err = t.p.space.Fault(t.Value, perm)
	}
	switch {
	case err == nil || t.gone:
	case errors.Is(err, vspace.ErrNoMemory):
		t.p.exit(killed(sigKILL)) // the first process, alone
	case errors.Is(err, vspace.ErrBeyond):
		t.force(sigBUS, codeNoFile, t.Value)
	case errors.Is(err, vspace.ErrAccess):
		t.force(sigSEGV, codeAccess, t.Value)
	default:
		t.force(sigSEGV, codeMap, t.Value)
	}
}

// sleep puts the thread to sleep until somebody wakes it, or for some nanoseconds: the
// call's result is then onTime. A signal with a handler ends it with EINTR.
func (t *thread) sleep(ns, onTime uint64) {
	until := uint64(dispatch.Forever)
	if ns != forever {
		until = t.p.sys.loop.Now() + max(t.p.sys.env.Ticks(ns), 1)
	}
	t.sleepUntil(until, onTime)
}

// sleepUntil does so until a time of the loop.
func (t *thread) sleepUntil(until, onTime uint64) {
	t.asleep, t.onTime = true, onTime
	t.p.sys.loop.Sleep(&t.Dispatcher, until)
}

// forever as a span is none.
const forever = ^uint64(0)

// wake ends its sleep with a result of the call.
func (t *thread) wake(result uint64) {
	if t.gone {
		return
	}
	t.awake(result)
	t.runAgain()
}

// runAgain has the loop run the thread, unless its process is stopped, or it sleeps again.
func (t *thread) runAgain() {
	switch {
	case t.gone || t.asleep || t.p.stopped:
	case t.wasAway() && !t.inCall():
		t.p.sys.span.leave(t)
	default:
		t.p.sys.loop.Wake(&t.Dispatcher)
	}
}

// Alarm ends its sleep for the time has come.
func (t *thread) Alarm(l *dispatch.Loop) {
	if t.Waits() {
		t.p.core.Expire(&t.Caller)
		return
	}
	t.awake(t.onTime)
	if t.p.stopped {
		l.Sleep(&t.Dispatcher, dispatch.Forever)
	}
}

// awake ends the call in which the thread sleeps.
func (t *thread) awake(result uint64) {
	if t.again {
		t.PC -= callSize
	} else {
		t.answer(result)
		t.traceResult()
	}
	t.leaveQueues()
	t.waiting = waiting{queues: t.queues}
	t.deliverPending()
}

// callSize is the size of the instruction that makes a call.
const callSize = 4

// interrupt ends the call in which the thread sleeps, for a handler is to run: it is made
// again when that returns, if it may and the handler is one for that.
func (t *thread) interrupt(restart bool) {
	switch {
	case t.moved > 0:
		t.answer(t.moved)
	case restart && t.restarts:
		t.PC -= callSize
	default:
		t.tellLeft()
		t.answer(interrupted.result())
	}
	t.moved, t.deadline = 0, 0
	t.traceResult()
	t.leaveQueues()
	t.waiting = waiting{queues: t.queues}
	t.runAgain()
}

// end ends the thread, and with the last one the process.
func (t *thread) end(code uint64) {
	p := t.p
	if t.clearID != 0 {
		p.store32(t.clearID, 0)
		p.wakeFutex(t.clearID, 1)
	}
	if len(p.threads) == 1 {
		p.exit(exited(code))
		return
	}
	p.dismiss(t)
}
