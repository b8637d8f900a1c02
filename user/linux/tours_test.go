package linux

import (
	"testing"

	"atoll/monitor/parcel"
)

// A signal to a group reaches a process that moves meanwhile, though it came to its new core before it, and to the old one behind it; it takes it once, whichever way it comes,
// and on a third core, too. Of those that stop a process and have it go on the last counts that was sent.
// Sabotages: in signalAll, leave out ghosts; in takes, take all, or look at no group, or not at what undoes it; in toursHad, return none, or all; in readData, read no tour.
func TestTours(t *testing.T) {
	const handler, term = 0x5678, 15
	w := newRealmWorld(t, 3)
	handled, moves := 0, true
	said := func(core int, number, group, sig uint64) {
		i := siginfo{sig: sig, from: 9, tour: &tour{2, number, group, sig}}
		w.system(core).Take(2, &parcel.Parcel{Kind: parcelGroup, W: [parcel.Words]uint64{77, group, sig, 9}, Data: i.data()})
	}
	is := func(what string, want int, stopped bool) {
		t.Helper()
		if p := w.others[0].processes[2]; handled != want || p == nil || p.stopped != stopped {
			t.Errorf("%s: it has been handled %d times, want %d; stopped: %v", what, handled, want, p != nil && p.stopped)
		}
	}
	looks := []func(){
		func() { said(0, 5, 2, term) },
		func() {
			is("behind it", 1, false)
			said(1, 5, 2, term)
		},
		func() {
			is("twice", 1, false)
			said(1, 6, 2, term)
			said(0, 6, 2, term)
			said(0, 7, 3, term)
		},
		func() {
			is("another", 2, false)
			w.others[0].processes[2].group = 9 // its ghost does not know
			said(0, 8, 2, term)
		},
		func() {
			is("to the group that it was in", 2, false)
			w.others[0].processes[2].group = 2
			said(1, 10, 2, sigCONT) // the one before was missed here
			said(0, 9, 2, sigSTOP)
			said(0, 10, 2, sigCONT)
		},
		func() {
			is("stopped, and to go on", 2, false)
			said(1, 12, 2, sigSTOP)
			said(0, 11, 2, sigCONT)
		},
		func() {
			is("to go on, and stopped", 2, true)
			said(0, 13, 2, sigCONT)
		},
		func() {
			is("to go on", 2, false)
			moves = false
			w.others[0].processes[2].threads[2].mask = bit(term)
			said(1, 14, 2, term) // it waits, and goes on with it
		},
	}
	s := script{
		1: {do(nrClone, forkFlags), do(nrSetpgid, 2, 0)},
		2: {do(nrYield), do(nrYield), to(1), do(nrExecve, atPath, atArgv, 0)},
	}
	onward := onward(2)
	turns := 0
	w.start(func(th *thread) bool {
		if th.PC == handler {
			handled++
			return th.set(nrSigreturn)
		}
		if len(s[th.id]) > 0 {
			return s.next(th)
		}
		if th.p.sys == w.others[1] {
			th.mask = 0
		}
		if th.p.sys != w.s && th.p.actions[term].handler == 0 {
			th.p.actions[term].handler = handler
		}
		if th.id == 1 {
			if turns++; turns%20 == 0 && len(looks) > 0 && w.others[0].processes[2] != nil {
				look := looks[0]
				looks = looks[1:]
				w.loop.Do(look)
			}
			if turns > 1000 {
				return false
			}
			return th.set(nrYield)
		}
		if !moves && len(onward) > 0 {
			next := onward[0]
			onward = onward[1:]
			return next(th)
		}
		return th.set(nrYield)
	})
	if p := w.others[1].processes[2]; handled != 3 || len(looks) > 0 || p == nil || len(p.tours) < 5 {
		t.Errorf("on the third core: handled %d times, want 3; %d steps are left", handled, len(looks))
	}
}

// A core of which only a third one knows is told of a signal to a group by that, once. Sabotages: in signalled, tell nobody; in forwardGroup, tell all that are known.
func TestTourAround(t *testing.T) {
	w := newRealmWorld(t, 3)
	w.start(script{1: {
		func(th *thread) bool {
			w.s.realm.others, w.system(1).realm.others, w.system(2).realm.others = 1<<1, 1<<0|1<<2, 1<<0|1<<1
			return th.set(nrKill, ^uint64(0), sigCONT)
		},
		do(nrYield), do(nrYield), do(nrYield),
		func(th *thread) bool {
			if n := w.parcels[parcelGroup]; n != 2 {
				t.Errorf("%d parcels tell two cores", n)
			}
			return th.set(nrExitGroup, 0)
		},
	}}.next)
	w.finish(t, nil, 0)
}

// A core that has died may have been told of a signal to a group in that life: who knows that tells it again, once. Sabotages: in forwardGroup, do not look who has died; in
// signalled, do not look whether it has come before.
func TestTourDied(t *testing.T) {
	w := newRealmWorld(t, 3)
	w.start(script{1: {
		func(th *thread) bool {
			w.s.realm.others, w.system(1).realm.others, w.system(2).realm.others = 1<<1|1<<2, 1<<0|1<<2, 1<<0|1<<1
			w.down[2] = true // which is lost
			w.system(1).realm.deaths[2] = 1
			return th.set(nrKill, ^uint64(0), sigCONT)
		},
		do(nrYield), do(nrYield),
		func(th *thread) bool {
			if n := w.parcels[parcelGroup]; n != 3 {
				t.Errorf("%d parcels tell one core, and one twice", n)
			}
			i := siginfo{sig: sigCONT, from: 1, told: 7, tour: &w.system(1).realm.tours[0]}
			w.loop.Do(func() {
				w.system(1).Take(2, &parcel.Parcel{Kind: parcelGroup, W: [parcel.Words]uint64{77, everybody, sigCONT, 1}, Data: i.data()})
			})
			return th.set(nrYield)
		},
		do(nrYield), do(nrYield),
		func(th *thread) bool {
			if n := w.parcels[parcelGroup]; n != 3 {
				t.Errorf("it is told %d times", n-1)
			}
			return th.set(nrExitGroup, 0)
		},
	}}.next)
	w.finish(t, nil, 0)
}
