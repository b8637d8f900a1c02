package linux

import (
	"maps"
	"testing"
)

// costs takes what has been sent between cores since it was called last, by the kinds of parcels.
func (w *world) costs(last *[32]int) map[uint16]int {
	sent := map[uint16]int{}
	for kind, n := range w.parcels {
		if n != last[kind] {
			sent[uint16(kind)] = n - last[kind]
		}
	}
	*last = w.parcels
	return sent
}

// TestRealmCosts counts what docs/realms.md says is sent.
// Sabotages: in report, tell twice; in way, go straight there.
func TestRealmCosts(t *testing.T) {
	const files = 3 // of each process, which are closed one by one at its end; where it passed through, behind that
	var last [32]int
	w := newRealmWorld(t, 3)
	after := func(what string, want map[uint16]int, then func(*thread) bool) func(*thread) bool {
		return func(th *thread) bool {
			t.Helper()
			if sent := w.costs(&last); !maps.Equal(sent, want) {
				t.Errorf("%s: by kinds %v are sent, want %v", what, sent, want)
			}
			return then(th)
		}
	}
	onto := onward(2)
	w.start(script{
		1: {
			do(nrClone, forkFlags), do(nrWait4, 2, atStatus, 0, 0),
			after("an end", map[uint16]int{parcelNews: 1, parcelClose: files}, do(nrClone, forkFlags)),
			do(nrWait4, 3, atStatus, 0, 0),
			after("all of one that has gone on", map[uint16]int{parcelMove: 3, parcelMoved: 3, parcelNews: 3, parcelClose: files}, do(nrExitGroup, 0)),
		},
		2: {
			to(1), after("fork and sched_setaffinity", map[uint16]int{}, do(nrExecve, atPath, atArgv, 0)),
			after("a move", map[uint16]int{parcelMove: 1, parcelMoved: 1}, do(nrGetpid)),
			after("getpid", map[uint16]int{}, do(nrExitGroup, 5)),
		},
		3: {to(1), do(nrExecve, atPath, atArgv, 0), onto[0], onto[1], do(nrExitGroup, 5)},
	}.next)
	w.finish(t, nil, 0)
}
