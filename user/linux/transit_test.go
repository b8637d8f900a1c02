package linux

import "testing"

// A process that goes on to a third core does not depend on where it passed through: when that dies it lives on, what it writes comes, and its end is
// told. Sabotages: in way, go straight there; in passed, leave the ghost where it was.
func TestPassThrough(t *testing.T) {
	const fds, buf = scratch + 0x800, scratch + 0x900
	w := newRealmWorld(t, 3)
	die := func(th *thread) bool {
		w.loop.Do(func() {
			w.down[1] = true
			for _, core := range []int{0, 2} {
				w.system(core).Lost(1)
			}
		})
		return th.set(nrYield)
	}
	steps := append([]func(*thread) bool{to(1), do(nrExecve, atPath, atArgv, 0)}, onward(2)...)
	steps = append(steps,
		there(t, 2, die), do(nrYield),
		func(th *thread) bool {
			th.p.space.Write(th.X[regSP], []byte("abc"))
			return th.set(nrWrite, 4, th.X[regSP], 3)
		},
		see(t, "write", 3, do(nrExitGroup, 7)))
	w.start(script{
		1: {
			do(nrPipe2, fds, 0), do(nrClone, forkFlags), see(t, "fork", 2, do(nrClose, 4)),
			see(t, "close", 0, do(nrRead, 3, buf, 100)),
			see(t, "read", 3, do(nrRead, 3, buf, 100)),
			see(t, "read at the end", 0, do(nrWait4, 2, atStatus, 0, 0)),
			see(t, "wait4", 2, func(th *thread) bool {
				w.statusIs(t, "it", exited(7))
				for _, core := range []int{0, 2} {
					s := w.system(core)
					if n := len(s.processes) + len(s.realm.exports) + len(s.realm.imports) + len(s.realm.moves); n != 1-core/2 {
						t.Errorf("on core %d %d processes, files and moves are left", core, n)
					}
				}
				return th.set(nrExitGroup, 0)
			}),
		},
		2: steps,
	}.next)
	w.finish(t, nil, 0)
}

// One that cannot go by way of where it came from goes straight there. Sabotage: in straighten, do not.
func TestPassStraight(t *testing.T) {
	w := newRealmWorld(t, 3)
	full := func(th *thread) bool {
		for n := range uint64(mostMoves) { // as if so many were about to leave
			w.s.realm.moves[1000+n] = &leaving{core: 9}
		}
		return true
	}
	first := onward(2)
	steps := []func(*thread) bool{to(1), do(nrExecve, atPath, atArgv, 0),
		func(th *thread) bool { full(th); return first[0](th) }, first[1],
		there(t, 2, func(th *thread) bool {
			for n := range uint64(mostMoves) {
				delete(w.s.realm.moves, 1000+n)
			}
			if th.p.route != "\x00\x01" {
				t.Errorf("its route is %q", th.p.route)
			}
			return th.set(nrExitGroup, 5)
		})}
	w.start(script{
		1: {do(nrClone, forkFlags), do(nrWait4, 2, atStatus, 0, 0), see(t, "wait4", 2, func(th *thread) bool {
			w.statusIs(t, "it", exited(5))
			return th.set(nrExitGroup, 0)
		})},
		2: steps,
	}.next)
	w.finish(t, nil, 0)
}
