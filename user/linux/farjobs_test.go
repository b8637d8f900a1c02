package linux

import "testing"

// until is a step that yields until something is so, and then does another.
func until(s script, id uint64, is func() bool, then func(*thread) bool) func(*thread) bool {
	var step func(*thread) bool
	step = func(th *thread) bool {
		if is() {
			return then(th)
		}
		s[id] = append([]func(*thread) bool{step}, s[id]...)
		return th.set(nrYield)
	}
	return step
}

// outlast starts the world, in which who has no step left yields, until the first process has done all of its steps, in so many turns.
func (w *world) outlast(t *testing.T, s script) {
	t.Helper()
	turns := 0
	w.start(func(th *thread) bool {
		if turns++; turns > 5000 {
			return false
		}
		if len(s[th.id]) == 0 {
			return th.set(nrYield)
		}
		return s.next(th)
	})
	if w.status != 0 || len(s[1]) != 0 {
		t.Errorf("status %d, %d steps are left", w.status, len(s[1]))
	}
}

// A key stops what a process of a group has begun on another core: somebody minds the group where that process lives. When its parent has ended nobody does, and it is
// not stopped. Sabotages: in orphaned, look at this core alone; in orphanChildren, tell nobody; in orphan, do nothing.
func TestFarJob(t *testing.T) {
	w := newRealmWorld(t, 2)
	s, turns := script{}, 0
	child := func() *Process { return w.others[0].processes[3] }
	settled := func() bool { turns++; return turns%50 == 0 }
	s[1] = []func(*thread) bool{
		do(nrClone, forkFlags), do(nrSetpgid, 2, 2),
		until(s, 1, func() bool { return child() != nil }, do(nrKill, ^uint64(1), sigTSTP)),
		until(s, 1, settled, func(th *thread) bool {
			if !child().stopped || !w.s.processes[2].stopped {
				t.Errorf("stopped: %v, its parent %v", child().stopped, w.s.processes[2].stopped)
			}
			return th.set(nrKill, ^uint64(1), sigCONT)
		}),
		until(s, 1, settled, do(nrKill, 2, sigKILL)),
		do(nrWait4, 2, atStatus, 0, 0),
		until(s, 1, settled, do(nrKill, 3, sigTSTP)),
		until(s, 1, settled, func(th *thread) bool {
			if c := child(); c.stopped || c.parent.id != initID {
				t.Errorf("stopped: %v; its parent is %d", c.stopped, c.parent.id)
			}
			return th.set(nrExitGroup, 0)
		}),
	}
	s[2] = []func(*thread) bool{do(nrClone, forkFlags)}
	s[3] = []func(*thread) bool{to(1), do(nrExecve, atPath, atArgv, 0)}
	w.outlast(t, s)
}

// kill knows whether there is a process of a number that another core has given out: that is asked. Sabotages: in askKill, say that there is; in killed, answer nothing, or send no
// signal.
func TestKillElsewhere(t *testing.T) {
	w := newRealmWorld(t, 2)
	s := script{}
	var born uint64
	find := func() bool {
		for id, p := range w.others[0].processes {
			if id >= idsPerCore && !p.dead {
				born = id
			}
		}
		return born != 0
	}
	signal := func(id *uint64, sig uint64) func(*thread) bool {
		return func(th *thread) bool { return th.set(nrKill, *id, sig) }
	}
	nobody := uint64(idsPerCore + 5)
	s[1] = []func(*thread) bool{
		do(nrClone, forkFlags),
		until(s, 1, find, func(th *thread) bool {
			if born == nobody {
				nobody++
			}
			return th.set(nrKill, nobody, 0)
		}),
		see(t, "kill of nobody", srch.result(), signal(&nobody, sigKILL)),
		see(t, "SIGKILL to nobody", srch.result(), signal(&born, 0)),
		see(t, "kill of one that was born there", 0, signal(&born, sigKILL)),
		see(t, "SIGKILL", 0, until(s, 1, func() bool { p := w.others[0].processes[born]; return p == nil || p.dead }, do(nrExitGroup, 0))),
	}
	s[2] = []func(*thread) bool{to(1), do(nrExecve, atPath, atArgv, 0), there(t, 1, do(nrClone, forkFlags))}
	w.outlast(t, s)
}

// A signal that a thread sends to its own process is its own, before the call is over, though the first thread waits. Sabotage: in taker, do not ask who calls.
func TestKillOneself(t *testing.T) {
	w := newWorld(t)
	const handler = 0x1234
	w.redo = true
	w.put(scratch, 1000, 0)
	w.put(atAct, handler, 0, 0)
	w.p.threads[initID].PC = 0x1000
	var by uint64
	s := script{
		1: {do(nrSigaction, 15, atAct, 0, 8), do(nrClone, threadFlags, scratch+0x1000), do(nrNanosleep, scratch)},
		2: {func(th *thread) bool { return th.set(nrKill, th.p.id, 15) }, do(nrExitGroup, 0)},
	}
	w.start(func(th *thread) bool {
		if th.PC == handler && by == 0 {
			by = th.id
			return th.set(nrSigreturn)
		}
		return s.next(th)
	})
	if by != 2 {
		t.Errorf("thread %d has taken it", by)
	}
}
