package linux

import (
	"syscall"
	"testing"
)

// A process that moves finds its children wherever it goes, and is told of them: those that stay, those that were dead before, and those that
// live on other cores, too. When all are dead nothing is left on any core.
// Sabotages: in recordChildren, record none; in passNews, pass none; in tell, look at no ghost; in takeChildren, do not take those that are there; in
// aside, leave out the route; in vanish, leave the task. TestRealmStorm finds, some of them by hundreds of seeds: in takeChildren, have nothing forgotten; in forget, forget
// nothing, or nothing behind, or whatever the number; in replace, forget nothing; in orphanChildren, keep stand-ins; in emigrate, do not look whether it ends.
func TestMoveChildren(t *testing.T) {
	for _, route := range [][]uint64{{1}, {1, 2}, {1, 2, 1}, {1, 0}, {1, 2, 0}, {1, 2, 0, 1}} {
		for _, first := range []bool{false, true} { // the child moves before its parent does, or when that is where it goes
			testMoveChildren(t, route, first)
		}
	}
}

func testMoveChildren(t *testing.T, route []uint64, first bool) {
	const any, status = ^uint64(0), 0x48
	w := newRealmWorld(t, 3)
	last := int(route[len(route)-1])
	wait := func(id, options uint64) func(*thread) bool {
		return func(th *thread) bool { return th.set(nrWait4, id, th.X[regSP]-status, options, 0) }
	}
	statusIs := func(what string, id uint64, want waitStatus, then func(*thread) bool) func(*thread) bool {
		return func(th *thread) bool {
			t.Helper()
			is, _ := th.p.load32(th.X[regSP] - status)
			if th.X[regA0] != id || waitStatus(is) != want {
				t.Errorf("route %v: %s: %d and %#x, want %d and %#x", route, what, int64(th.X[regA0]), is, id, want)
			}
			return then(th)
		}
	}
	moved, may := false, false
	s := script{
		1: {do(nrClone, forkFlags), do(nrWait4, 2, atStatus, 0, 0), see(t, "wait4", 2, do(nrYield))},
		2: {do(nrClone, forkFlags), do(nrClone, forkFlags), do(nrClone, forkFlags), do(nrYield), do(nrYield), do(nrYield), do(nrYield), do(nrYield), do(nrYield), do(nrYield)},
		3: {},
		4: {do(nrExitGroup, 4)},
		5: {to(1), do(nrExecve, atPath, atArgv, 0)},
	}
	s[2] = append(s[2], to(route[0]), do(nrExecve, atPath, atArgv, 0))
	for _, core := range route[1:] {
		s[2] = append(s[2], onward(core)...)
	}
	s[2] = append(s[2],
		there(t, last, func(th *thread) bool {
			moved = true
			return wait(4, 0)(th)
		}),
		statusIs("one that was dead", 4, exited(4), wait(any, waitNoHang)),
		see(t, "wait4 of those that live", 0, do(nrKill, 3, sigSTOP)),
		see(t, "kill", 0, wait(3, waitStopped)),
		statusIs("one that is stopped", 3, stopped(sigSTOP), do(nrKill, 3, sigCONT)),
		see(t, "kill", 0, wait(3, waitContinued)),
		statusIs("one that goes on", 3, continued, do(nrKill, 3, sigKILL)),
		see(t, "kill", 0, wait(3, 0)),
		statusIs("one that was killed", 3, killed(sigKILL), func(th *thread) bool {
			may = true
			return wait(any, 0)(th)
		}),
		statusIs("one that lives elsewhere", 5, exited(5), wait(any, 0)),
		see(t, "wait4 of none", errno(syscall.ECHILD).result(), func(th *thread) bool {
			if th.p.childTicks == 0 {
				t.Errorf("route %v: its children have had no time", route)
			}
			return th.set(nrExitGroup, 0)
		}),
	)
	for range 8 {
		s[1] = append(s[1], do(nrYield))
	}
	s[1] = append(s[1], func(th *thread) bool {
		for core := range 3 {
			s, lives := w.system(core), 0
			if core == 0 {
				lives = 1
			}
			if len(s.processes) != lives || s.tasks != lives || len(s.realm.exports)+len(s.realm.imports) != 0 {
				t.Errorf("route %v, %v: core %d has %d processes, %d tasks", route, first, core, len(s.processes), s.tasks)
			}
		}
		return th.set(nrExitGroup, 0)
	})
	steps := 0
	w.start(func(th *thread) bool {
		if steps++; steps > 5000 {
			for core := range 3 {
				for id, p := range w.system(core).processes {
					t.Logf("core %d: %d seat %d dead %v standsIn %v parent %d route %q news %d", core, id, p.seat, p.dead, p.standsIn != 0, p.parentID(), p.route, p.news)
				}
			}
			t.Fatalf("route %v, %v: it does not end; steps left %d %d %d %d", route, first, len(s[1]), len(s[2]), len(s[3]), len(s[5]))
		}
		switch n := len(s[th.id]); {
		case th.id == 5 && n == 2 && !first && !moved:
		case th.id == 5 && n == 0 && may:
			return th.set(nrExitGroup, 5)
		case n > 0:
			return s.next(th)
		}
		return th.set(nrYield)
	})
	w.finish(t, s, 0)
}

// A child on a core that dies is killed, as its parent is told that has gone to another. Sabotage: in lost, do not look at the seat.
func TestMoveChildrenDeaths(t *testing.T) {
	for _, route := range [][]uint64{{2}, {1, 2}} {
		w := newRealmWorld(t, 3)
		const any, status, handler = ^uint64(0), 0x48, 0x5678
		handled := false
		s := script{
			1: {do(nrClone, forkFlags), do(nrWait4, 2, atStatus, 0, 0), see(t, "wait4", 2, do(nrExitGroup, 0))},
			2: {do(nrClone, forkFlags), do(nrYield), do(nrYield), do(nrYield), do(nrYield), do(nrYield), do(nrYield), do(nrYield), do(nrYield)},
			3: {to(1), do(nrExecve, atPath, atArgv, 0)},
		}
		if route[0] == 1 { // it has been there, and depends on it no more
			s[2] = append(s[2], to(1), do(nrExecve, atPath, atArgv, 0))
			s[2] = append(s[2], onward(0)...)
			s[2] = append(s[2], onward(2)...)
		} else {
			s[2] = append(s[2], to(2), do(nrExecve, atPath, atArgv, 0))
		}
		s[2] = append(s[2], there(t, 2, func(th *thread) bool {
			th.p.actions[sigCHLD].handler = handler
			w.loop.Do(func() {
				w.down[1] = true
				w.s.Lost(1)
				w.others[1].Lost(1)
			})
			return th.set(nrWait4, any, th.X[regSP]-status, 0, 0)
		}), func(th *thread) bool {
			handled = th.PC == handler
			return th.set(nrSigreturn)
		}, func(th *thread) bool {
			return th.set(nrWait4, any, th.X[regSP]-status, waitNoHang, 0)
		}, see(t, "wait4", 3, func(th *thread) bool {
			if is, _ := th.p.load32(th.X[regSP] - status); waitStatus(is) != killed(sigKILL) || !handled {
				t.Errorf("route %v: its status is %#x; SIGCHLD has come: %v", route, is, handled)
			}
			return th.set(nrExitGroup, 0)
		}))
		w.start(func(th *thread) bool {
			if len(s[th.id]) == 0 {
				return th.set(nrYield)
			}
			return s.next(th)
		})
		w.finish(t, s, 0)
	}
}
