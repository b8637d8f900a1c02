package linux

import (
	"slices"

	"atoll/kernel/dispatch"
	"atoll/kernel/vspace"
)

// Calls that take long. What a call does in one piece keeps everybody else from the hart, so that
// work that grows with its arguments is done in parts. Between two of them the thread gives way to
// whoever is due, and pays for what it has used as for its code.

// partWork bounds a part: pages, tables and areas that are looked at, or so much of other work.
const partWork = 32

// long is a call under way that is done in parts.
type long struct {
	part  func() (more bool) // does one; the last answers the call. nil: there is no such call
	drop  func()             // gives back what the call has made, when the thread ends before it; or nil
	holds *memory            // in which nobody else runs meanwhile; or nil
	came  pending            // signals to many, of which the process is that the call makes
}

// inParts does the call under way in parts. No signal is delivered before its end.
func (t *thread) inParts(part func() (more bool), drop func()) {
	if !part() {
		return
	}
	t.long.part, t.long.drop, t.deaf = part, drop, true
}

// backToParts has a thread that sleeps in its call do the rest of that in parts.
func (t *thread) backToParts(part func() (more bool), drop func()) {
	t.leaveQueues()
	t.waiting = waiting{queues: t.queues, deaf: true}
	t.long.part, t.long.drop = part, drop
	t.runAgain()
}

// inPartsAlone is inParts for a call that changes the memory: to who else runs there it is done
// at once.
func (t *thread) inPartsAlone(part func() (more bool), drop func()) {
	t.inParts(part, drop)
	if t.long.part != nil {
		t.long.holds = t.p.memory
		t.p.memory.holder = t
	}
}

// Picked begins a turn of the thread, if nothing comes before its code: a shootdown that it waits for,
// another's call in its memory, the next part of its own call, or its way to another core.
func (t *thread) Picked(l *dispatch.Loop) bool {
	switch x := t.p.sys.span; {
	case t.unsettled(), t.kept():
	case t.inCall():
		t.goOn(l)
	case t.long.part != nil:
		t.nextPart(l)
	default:
		return x == nil || x.isHere(t)
	}
	return false
}

// kept has the thread wait if another's call changes its memory, and reports whether it does.
func (t *thread) kept() bool {
	m := t.p.memory
	if m.holder == nil || m.holder == t {
		return false
	}
	t.p.sys.loop.Sleep(&t.Dispatcher, dispatch.Forever)
	if !slices.Contains(m.held, t) {
		m.held = append(m.held, t)
	}
	return true
}

// nextPart does one part, and with the last ends the call. Its process is not the one that makes room meanwhile.
func (t *thread) nextPart(l *dispatch.Loop) {
	more := false
	if part := t.long.part; t.p.sys.mayWait() {
		t.within(func() { more = part() }, func() { t.endPart(more) })
	} else {
		t.asCaller(func() { more = part() })
		t.endPart(more)
	}
	if t.p.stopped && !t.gone {
		l.Sleep(&t.Dispatcher, dispatch.Forever)
	}
}

// endPart ends a part, and with the last the call: what it has withdrawn from other cores in any is dropped there
// before the thread goes on.
func (t *thread) endPart(more bool) {
	if more || t.gone {
		return
	}
	t.endParts()
	t.deaf = t.deaf && t.asleep // as who waits for a child of vfork
	t.endCall()
	t.p.sys.span.settleAll(t)
}

// endParts lets those go on who have waited for the call.
func (t *thread) endParts() {
	m := t.long.holds
	t.long = long{}
	if m == nil {
		return
	}
	held := m.held
	m.holder, m.held = nil, nil
	for _, o := range held {
		if !o.gone {
			o.runAgain()
		}
	}
}

// dropParts is for a thread that ends.
func (t *thread) dropParts() {
	if t.long.drop != nil {
		t.long.drop()
	}
	t.endParts()
}

// step is a part of a call's work, and reports whether there is more of it.
type step func() (more bool)

// alone does steps one after the other, each in parts, and then answers. To who else runs in the
// memory all of it is done at once.
func (t *thread) alone(answer func(), steps ...step) {
	t.inPartsAlone(func() (more bool) {
		for ; len(steps) > 0; steps = steps[1:] {
			if steps[0]() {
				return true
			}
		}
		answer()
		return false
	}, nil)
}

// ranged does something with a range of addresses of the memory, and then answers.
func (t *thread) ranged(va, size uint64, do func(s *vspace.Space, va, size uint64, most vspace.Work) (end uint64), result uint64) {
	end := va + size
	at := va
	if size > 0 {
		at = do(t.p.space, va, size, partWork)
	}
	if at >= end { // mostly one part is all
		t.answer(result)
		return
	}
	s, from := t.p.space, at
	t.alone(func() { t.answer(result) }, over(from, end-from, func(va, size uint64, most vspace.Work) uint64 { return do(s, va, size, most) }))
}

// over does something with a range of addresses.
func over(va, size uint64, do func(va, size uint64, most vspace.Work) (end uint64)) step {
	end := va + size
	return func() (more bool) {
		if va < end {
			va = do(va, end-va, partWork)
		}
		return va < end
	}
}
