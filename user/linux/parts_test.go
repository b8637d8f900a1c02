package linux

import (
	"testing"

	"atoll/arch/layout"
)

// manyPages is more than what a part of a call looks at.
const manyPages = 5 * partWork

// mapMany maps many pages, and makes them.
func (w *world) mapMany(t testing.TB, at uint64) {
	t.Helper()
	s := w.p.space
	if err := s.Set(at, manyPages*layout.PageSize, layout.R|layout.W); err != nil {
		t.Fatal(err)
	}
	for i := range uint64(manyPages) {
		if !w.p.store64(at+i*layout.PageSize, i+1) {
			t.Fatalf("page %d cannot be made", i)
		}
	}
}

// A call keeps the hart for a part of its work only, whatever its arguments are.
// Sabotages: in inParts, or in nextPart, do all parts.
func TestParts(t *testing.T) {
	w := newProcessWorld(t)
	const nrMunmap, nrMadvise = 215, 233
	const at, to, size, page = mmapBase, mmapBase + 1<<30, manyPages * layout.PageSize, layout.PageSize
	w.install(map[string]string{"/p": program(0x1_0078, "text")})
	w.putString(atPath, "/p")
	w.mapMany(t, at)
	const strings, lists = mmapBase - 1<<24, mmapBase - 1<<23 // arguments: as many as partWork times pages
	w.p.space.Set(strings, page, layout.R|layout.W)
	w.p.space.Set(lists, 16*page, layout.R|layout.W)
	for i := range uint64(16*page/8 - 1) {
		w.put(lists+8*i, strings)
	}
	w.most, *w.m.work = 0, 0
	piece := func(what string, want uint64, then func(*thread) bool) func(*thread) bool {
		return see(t, what, want, func(th *thread) bool {
			if w.most > 8*partWork || w.most < partWork/2 {
				t.Errorf("%s: %d looks at memory in one piece", what, w.most)
			}
			w.most, *w.m.work = 0, 0
			return then(th)
		})
	}
	var free [2]uint64
	s := script{1: {
		do(nrMprotect, at, size, protRead),
		piece("mprotect", 0, do(nrMremap, at, size, size, mremapMayMove|mremapFixed, to)),
		piece("mremap", to, func(th *thread) bool {
			for i := range uint64(manyPages) {
				if v, _ := w.p.load64(to + i*page); v != i+1 {
					t.Fatalf("page %d has %d", i, v)
				}
			}
			w.most, *w.m.work = 0, 0
			return th.set(nrClone, forkFlags)
		}),
		piece("fork", 2, do(nrWait4, 2, atStatus, 0, 0)),
		see(t, "wait4", 2, func(th *thread) bool {
			free[0], _ = w.s.memoryLeft()
			w.most, *w.m.work = 0, 0
			return th.set(nrMadvise, to, size/2, madvDontNeed)
		}),
		piece("madvise", 0, do(nrMunmap, to, size)),
		piece("munmap", 0, func(th *thread) bool {
			if free[1], _ = w.s.memoryLeft(); free[1] < free[0]+size {
				t.Errorf("of %#x bytes %#x have come back", size, free[1]-free[0])
			}
			w.most, *w.m.work = 0, 0
			return th.set(nrExecve, atPath, lists, 0)
		}),
		piece("execve", 0, func(th *thread) bool {
			if n, _ := th.p.load64(th.X[regSP]); n != 16*page/8-1 {
				t.Errorf("it has %d arguments", n)
			}
			return th.set(nrExitGroup, 0)
		}),
	}, 2: {do(nrExitGroup, 0)}}
	w.start(s.next)
	w.finish(t, s, 0)
}

// What a call does in parts is done at once to the threads of its process, while those of others
// run; a signal waits for its end.
// Sabotages: in Picked, do not look at the holder; in endParts, do not let the others go on; in
// inParts, leave deaf as it is.
func TestPartsAlone(t *testing.T) {
	w := newProcessWorld(t)
	const at, size, handler = mmapBase, manyPages * layout.PageSize, 0x1234
	w.mapMany(t, at)
	w.s.loop = w.loop
	w.p.actions[15].handler = handler
	caller, other := w.p.threads[initID], w.p.newThread(w.s.newID())
	caller.X[regSP] = scratch + scratchSize
	other.PC = 0x2000
	other.run(nil)
	stranger := w.another(t)
	ended, strangers, others := false, 0, 0
	w.start(func(th *thread) bool {
		busy := caller.long.part != nil
		switch {
		case th == caller && !ended && strangers == 0 && w.now < 1000:
			return th.set(nrMprotect, at, size, protRead)
		case th == caller:
			if !ended && (th.PC != handler || strangers == 0) {
				t.Errorf("the call has ended at %#x, after %d steps of a stranger", th.PC, strangers)
			}
			ended = true
		case th == stranger && busy:
			if strangers++; strangers == 1 {
				at := caller.PC
				caller.signal(siginfo{sig: 15})
				if caller.PC != at {
					t.Error("a handler runs in the middle of a call")
				}
			}
		case th == other && busy:
			t.Error("a thread runs in memory that a call is changing")
		case th == other && ended:
			others++
		}
		return others < 3 && w.now < 1000 && th.set(nrYield)
	})
	if !ended || others < 3 {
		t.Errorf("the call has ended: %v; the other thread has run %d times since", ended, others)
	}
}

// another makes a process with one thread, which runs, and a copy of the first one's memory.
func (w *world) another(t *testing.T) *thread {
	t.Helper()
	f, err := w.p.space.Fork()
	for more := err == nil; more; {
		more, err = f.Part(partWork)
	}
	if err != nil {
		t.Fatal(err)
	}
	p := w.s.newProcess(w.p)
	p.memory = w.s.newMemory(f.Space)
	th := p.newThread(p.id)
	th.PC = 0x1000
	th.run(nil)
	return th
}

// Who is killed in the middle of a call leaves nothing behind.
// Sabotages: in dismiss, leave out dropParts; in drop of an execution, do not end the space.
func TestPartsKilled(t *testing.T) {
	w := newProcessWorld(t)
	w.install(map[string]string{"/p": program(0x1_0078, "text")})
	w.putString(atPath, "/p")
	const lists = scratch + layout.PageSize
	for i := range uint64(100 * partWork) {
		w.put(lists+8*i, atPath)
	}
	w.mapMany(t, mmapBase)
	w.s.loop = w.loop
	calls := [][]uint64{{nrMprotect, mmapBase, manyPages * layout.PageSize, protRead}, {nrClone, forkFlags}, {nrExecve, atPath, lists, 0}}
	var left []uint64
	victim := w.another(t)
	w.start(func(th *thread) bool {
		n := len(left)
		switch {
		case th == victim && w.now < 10_000:
			return th.set(calls[n%len(calls)][0], calls[n%len(calls)][1:]...)
		case th.p != w.p: // a child from before
			return th.set(nrExitGroup, 0)
		case victim.long.part != nil:
			victim.p.exit(0)
		case victim.gone && len(w.s.ending) == 0 && w.alive() == 1:
			free, _ := w.s.memoryLeft()
			if left = append(left, free); len(left) == 2*len(calls) {
				return false
			}
			victim = w.another(t)
		}
		return w.now < 10_000 && th.set(nrYield)
	})
	if len(left) != 2*len(calls) {
		t.Fatalf("%d victims of %d were killed in a call", len(left), 2*len(calls))
	}
	for i, free := range left[len(calls):] { // the first of each have had slots made
		if free+2*layout.PageSize < left[len(calls)-1] {
			t.Errorf("call %v: %#x bytes are left, %#x were", calls[i], free, left[len(calls)-1])
		}
	}
}

// TestPartsToMany sends a signal while a process that holds it off is in a fork. If it is for many,
// the child gets it too, as if it had been there before. Sabotage: in signalAll, leave out signalMade,
// or the question whether it is for many.
func TestPartsToMany(t *testing.T) {
	for many, want := range map[bool]uint64{true: bit(sigINT), false: 0} {
		w := newProcessWorld(t)
		w.mapMany(t, mmapBase)
		w.s.loop = w.loop
		victim := w.another(t)
		victim.mask = ^uint64(0)
		to := victim.p.id
		if many {
			to = ^uint64(0)
		}
		sent, got, children := false, uint64(0), 0
		w.start(func(th *thread) bool {
			switch {
			case th == victim && children == 0 && !sent:
				return th.set(nrClone, forkFlags)
			case th.p != w.p && th != victim:
				children++
				got = th.p.pending.set
				return th.set(nrExitGroup, 0)
			case th.p == w.p && !sent && victim.long.part != nil:
				sent = true
				return th.set(nrKill, to, sigINT)
			}
			return w.now < 10_000 && children == 0 && th.set(nrYield)
		})
		if !sent || children != 1 || got != want {
			t.Errorf("many: %v, sent: %v, %d children, of which the last has the signals %#x, not %#x", many, sent, children, got, want)
		}
	}
}

// alive returns how many processes have not ended.
func (w *world) alive() (n int) {
	for _, p := range w.s.processes {
		if !p.dead {
			n++
		}
	}
	return n
}
