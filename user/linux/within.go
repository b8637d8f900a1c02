package linux

import (
	"atoll/kernel/dispatch"
	"atoll/user/pipe"
)

// Calls that wait in their middle (package coroutine): those that touch files, where there is a file system
// that may have to ask somebody.

// atOnce is the calls that touch no files: none of them waits in its middle.
var atOnce = setOf(
	98, 99, // futex, set_robust_list
	101, 113, 114, 115, 124, // nanosleep, clocks, sched_yield
	132, 133, 134, 135, 136, 137, 139, // signals
	169, 172, 173, 174, 175, 176, 177, 178, // gettimeofday, ids
	214, 215, 216, 226, 233, // brk, munmap, mremap, mprotect, madvise
	278, // getrandom
)

// setOf is a set of calls.
func setOf(numbers ...int) (set [len(calls)]bool) {
	for _, n := range numbers {
		set[n] = true
	}
	return set
}

// mayWait reports whether something of a call may have to wait in its middle.
func (s *System) mayWait() bool {
	return s.coroutines.Used() || s.realm != nil && (s.realm.others != 0 || !s.realm.isHome())
}

// mayWait reports whether a call of the thread may.
func (t *thread) mayWait(number uint64) bool {
	return t.p.sys.mayWait() && !atOnce[number] && !t.moves(number) || number == callExecve && t.places()
}

// moves reports whether a call only moves bytes between memory and a pipe, of whatever core: it waits outside.
func (t *thread) moves(number uint64) bool {
	if number != callRead && number != callWrite {
		return false
	}
	f, err := t.file(t.X[regA0])
	if err != nil {
		return false
	}
	far, is := f.Content.(*farFile)
	return is && far.isPipe() || pipe.IsEnd(f.Content)
}

// callRead and callWrite are the numbers of read and write.
const callRead, callWrite = 63, 64

// callExecve is the number of execve.
const callExecve = 221

// within does a call, or a part of one, with leave to wait in its middle, and then calls after: at once, or in a later
// turn, unless the thread is gone by then. Until it is done no signal is delivered; what ends the process ends the call.
func (t *thread) within(f, after func()) {
	var err error
	t.asCaller(func() { t.inside, err = t.p.sys.coroutines.Start(f, t.runAgain) })
	switch {
	case err != nil: // many wait already: it begins when one of them is over
		t.code, t.after = f, after
		t.p.sys.coroutines.Await(t.runAgain)
		t.p.sys.loop.Sleep(&t.Dispatcher, dispatch.Forever)
	case t.inside == nil:
		after()
	default:
		t.after = after
		t.p.sys.loop.Sleep(&t.Dispatcher, dispatch.Forever)
	}
}

// inCall reports whether the thread is in a call that waits in its middle, or to begin.
func (t *thread) inCall() bool { return t.inside != nil || t.code != nil }

// asCaller does something as one whose call is served.
func (t *thread) asCaller(f func()) {
	s := t.p.sys
	outer := s.caller
	s.caller = t
	f()
	s.caller = outer
}

// goOn has a call go on that waits in its middle, in a turn of its thread.
func (t *thread) goOn(l *dispatch.Loop) {
	if f := t.code; f != nil {
		t.code = nil
		if t.within(f, t.after); !t.inCall() {
			t.p.sys.span.settleAll(t)
		}
		return
	}
	over := false
	t.asCaller(func() { over = t.inside.Resume() })
	if !over {
		l.Sleep(&t.Dispatcher, dispatch.Forever)
		return
	}
	after := t.after
	t.inside, t.after = nil, nil
	if t.gone {
		return
	}
	after()
	t.p.sys.span.settleAll(t)
}

// leaveCall ends a call that waits in its middle, for its thread ends.
func (t *thread) leaveCall() {
	if t.inside != nil {
		t.asCaller(t.inside.End)
	}
	t.inside, t.code, t.after = nil, nil, nil
}
