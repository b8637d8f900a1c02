package linux

import (
	"encoding/binary"
	"testing"

	"atoll/arch/layout"
	"atoll/arch/shim"
	"atoll/kernel/abi"
	"atoll/kernel/domain"
)

// script gives each thread its next step, by how many it has had.
type script map[uint64][]func(t *thread) bool

func (s script) next(t *thread) bool {
	steps := s[t.id]
	if len(steps) == 0 {
		return false
	}
	s[t.id] = steps[1:]
	return steps[0](t)
}

// do is a step that makes a call.
func do(number uint64, a ...uint64) func(*thread) bool {
	return func(t *thread) bool { return t.set(number, a...) }
}

// see is a step that looks at the result of the call before, and makes another.
func see(t testing.TB, what string, want uint64, then func(*thread) bool) func(*thread) bool {
	return func(th *thread) bool {
		t.Helper()
		if got := th.X[regA0]; got != want {
			t.Errorf("%s: %d, want %d", what, int64(got), int64(want))
		}
		return then(th)
	}
}

// One thread waits for a futex, another wakes it; a third waits with a bound that is over
// before, and is not woken. Sabotages: in awake, do not leave the queue; in waitFutex, do
// not look at the value.
func TestFutex(t *testing.T) {
	w := newWorld(t)
	const word, span = scratch, scratch + 64
	w.put(word, 5)
	w.put(span, 0, 1000)
	s := script{
		1: {
			do(nrClone, threadFlags, scratch+0x1000),
			see(t, "clone", 2, do(nrClone, threadFlags, scratch+0x2000)),
			see(t, "clone", 3, do(nrFutex, word, futexWait, 4)),
			see(t, "a wait for another value", again.result(), do(nrFutex, word, futexWait|futexPrivate, 5)),
			see(t, "a wait that was woken", 0, do(nrExitGroup, 3)),
		},
		2: {
			see(t, "clone in the new thread", 0, do(nrFutex, word, futexWait, 5, span)),
			see(t, "a wait whose time was over", timedOut.result(), do(nrExit, 0)),
		},
		3: {
			do(nrFutex, word, futexWake, 0),
			see(t, "a wake of nobody", 0, do(nrNanosleep, scratch+128)),
			see(t, "a sleep", 0, do(nrFutex, word, futexWake, 10)),
			see(t, "a wake of who waits still", 1, do(nrYield)),
			do(nrYield),
		},
	}
	w.put(scratch+128, 0, 1_000_000)
	w.start(s.next)
	if w.status != 3 || len(s[1]) != 0 || len(s[2]) != 0 {
		t.Errorf("status %d; steps left: %d, %d", w.status, len(s[1]), len(s[2]))
	}
}

// A signal interrupts a thread, whose registers come back as they were; one that is held
// off comes when it no longer is; one without a handler ends the process.
// Sabotages: in deliver, do not hold the signal off; in rtSigreturn, leave out the mask;
// in deliverPending, act on one that is held off.
func TestSignal(t *testing.T) {
	w := newWorld(t)
	const act, set, handler = scratch, scratch + 64, 0x1234
	w.put(act, handler, 0, 1<<11)
	w.put(set, 1<<(sigURG-1))
	var before shim.User
	entered := 0
	inHandler := func(th *thread) {
		entered++
		if th.PC != handler || th.X[regA0] != sigURG || th.X[regRA] != trampoline || th.mask&bit(sigURG) == 0 || th.mask&(1<<11) == 0 {
			t.Errorf("the handler begins at %#x with A0 = %d, RA = %#x, mask %#x", th.PC, th.X[regA0], th.X[regRA], th.mask)
		}
	}
	leave := func(th *thread) bool { inHandler(th); return th.set(nrSigreturn) }
	s := script{1: {
		func(th *thread) bool {
			th.X[regSP] = scratch + 0x4000
			return th.set(nrSigaction, sigURG, act, 0, 8)
		},
		see(t, "sigaction", 0, func(th *thread) bool {
			th.X[20], th.PC = 77, 0x100
			before = th.User
			return th.set(nrTgkill, initID, 1, sigURG)
		}),
		func(th *thread) bool {
			// Within the handler another one waits, and registers change.
			inHandler(th)
			th.X[20] = 0
			return th.set(nrTgkill, initID, 1, sigURG)
		},
		func(th *thread) bool { return th.set(nrSigreturn) },
		leave, // the second one, at once
		func(th *thread) bool {
			if th.X[20] != 77 || th.PC != before.PC+4 || th.X[regSP] != before.X[regSP] || th.mask != 0 {
				t.Errorf("back at %#x with X20 = %d, SP = %#x, mask %#x", th.PC, th.X[20], th.X[regSP], th.mask)
			}
			return th.set(nrProcmask, 0, set, 0, 8)
		},
		do(nrTgkill, initID, 1, sigURG),
		see(t, "a signal that is held off", 0, do(nrProcmask, 1, set, 0, 8)),
		leave,
		do(nrTgkill, initID, 1, 10), // SIGUSR1, no handler
	}}
	w.start(s.next)
	if w.status != 128+10 || entered != 3 || len(s[1]) != 0 {
		t.Errorf("status %d, handler entered %d times, %d steps left", w.status, entered, len(s[1]))
	}
}

// A process has so many threads and no more, and ends with its last one. Sabotages: in
// newThread, do not count; in end, do not look at the number.
func TestThreads(t *testing.T) {
	w := newWorld(t)
	made, most := 0, w.s.mostTasks
	w.start(func(th *thread) bool {
		switch {
		case th.id != 1 && made < most:
			return th.set(nrFutex, scratch, futexWait, 0)
		case th.id != 1:
			return th.set(nrExit, 4)
		case th.X[regA0] == again.result():
			made = len(w.p.threads)
			w.p.wakeFutex(scratch, 1000)
			return th.set(nrExit, 5)
		}
		return th.set(nrClone, threadFlags, scratch+0x1000)
	})
	if made != most || len(w.p.threads) != 0 || w.status != 4 {
		t.Errorf("%d threads, %d left, status %d", made, len(w.p.threads), w.status)
	}
}

// What the memory calls answer.
func TestMemory(t *testing.T) {
	w := newWorld(t)
	const page = layout.PageSize
	const nrMmap, nrMunmap, nrMprotect, nrMadvise = 222, 215, 226, 233
	anonymous := uint64(mapAnonymous | 2)
	s := script{1: {
		do(nrMmap, 0, 3*page, protRead|protWrite, anonymous),
		see(t, "mmap anywhere", mmapBase, do(nrMmap, mmapBase, page, protRead, anonymous)),
		see(t, "a hint that is taken", mmapBase+3*page, do(nrMmap, mmapBase, page, protRead, anonymous|mapFixed)),
		see(t, "a fixed place", mmapBase, do(nrMmap, mmapBase, page, protRead, anonymous|mapNoReplace)),
		see(t, "a place that is taken", exist.result(), do(nrMmap, 0, 0, protRead, anonymous)),
		see(t, "no size", inval.result(), do(nrMmap, 0, ^uint64(0), protRead, anonymous)),
		see(t, "a size that wraps", inval.result(), do(nrMmap, 0, 1<<39, protRead, anonymous)),
		see(t, "more than there is", noMem.result(), do(nrMmap, layout.LinkBase, page, protRead, anonymous|mapFixed)),
		see(t, "the kernel's addresses", inval.result(), do(nrMmap, 0, page, protRead, 2)),
		see(t, "a file", noDev.result(), do(nrMprotect, mmapBase+10*page, page, protRead)),
		see(t, "protect nothing", noMem.result(), do(nrMprotect, mmapBase, 3*page, protRead|protWrite)),
		see(t, "protect", 0, do(nrMadvise, mmapBase, 3*page, madvDontNeed)),
		see(t, "advice", 0, do(nrMunmap, mmapBase, 4*page)),
		see(t, "unmap", 0, do(nrMunmap, mmapBase+1, page)),
		see(t, "unmap half a page", inval.result(), do(nrExitGroup, 0)),
	}}
	w.start(s.next)
	if w.status != 0 || !w.p.space.Free(mmapBase, 100*page) {
		t.Errorf("status %d", w.status)
	}
}

// Every call has a name, and the table no number twice.
func TestTable(t *testing.T) {
	seen := map[string]bool{}
	for n, c := range calls {
		if c.name == "" && (c.handle != nil || c.missing != "") || c.handle == nil && c.name != "" && c.missing == "" || c.name != "" && seen[c.name] {
			t.Errorf("call %d: %q", n, c.name)
		}
		seen[c.name] = true
	}
}

// FuzzCalls makes calls with what a fuzzer thinks of, by two threads, and faults. Nothing
// panics, and the memory stays within bounds.
func FuzzCalls(f *testing.F) {
	for n := range uint64(len(calls)) {
		if calls[n].handle != nil {
			f.Add(binary.LittleEndian.AppendUint64([]byte{byte(n), byte(n >> 8)}, scratch))
		}
	}
	// Values that calls have a meaning for.
	special := []uint64{0, 1, 2, 8, scratch, scratch + 64, scratch + 0x7ff8, mmapBase, layout.PageSize, layout.UserEnd - 8, layout.LinkBase, ^uint64(0), threadFlags, mapAnonymous | 2, sigSEGV, sigURG}
	f.Fuzz(func(t *testing.T, in []byte) {
		w := newWorld(t)
		take := func() (b byte) {
			if len(in) > 0 {
				b, in = in[0], in[1:]
			}
			return b
		}
		steps := 0
		w.start(func(th *thread) bool {
			if steps++; len(in) == 0 || steps > 400 {
				return false
			}
			n := uint64(take()) | uint64(take())<<8&0x100
			var a [6]uint64
			for i := range a {
				switch k := take(); {
				case k < 128:
					a[i] = special[int(k)%len(special)]
				default:
					a[i] = uint64(k-128) * 0x1001
				}
			}
			th.set(n, a[:]...)
			if n&0xf8 == 0xf8 {
				th.Cause = []uint64{shim.CauseLoadFault, shim.CauseStoreFault, shim.CauseFetchFault, shim.CauseIllegal, shim.CauseBreakpoint, 5, 7, 4}[n&7]
				th.Value = a[0]
			}
			return true
		})
		if used, all := w.p.space.Pages(); used > all {
			t.Errorf("%d pages of %d", used, all)
		}
	})
}

// However many numbers of calls a process thinks of, the kernel's heap holds few.
// Sabotage: in countUnknown, count each.
func TestUnknown(t *testing.T) {
	w := newWorld(t)
	n := uint64(0)
	w.start(func(th *thread) bool {
		n++
		return n < 10_000 && th.set(1<<40+n)
	})
	if len(w.s.Unknown) > mostUnknown || w.p.threads[1].X[regA0] != noSys.result() {
		t.Errorf("%d numbers are counted; the last call answered %d", len(w.s.Unknown), int64(w.p.threads[1].X[regA0]))
	}
}

// A thread makes native calls too, if the process has a table of capabilities for them,
// and is sent its signals then as after any call. Sabotage: in native, leave out deliverPending.
func TestNative(t *testing.T) {
	w := newWorld(t)
	steps := 0
	run := func(with bool) (answer uint64) {
		steps = 0
		w.start(func(th *thread) bool {
			switch steps++; steps {
			case 1:
				return th.set(abi.CallNull, 5)
			case 2:
				answer = th.X[regA0]
				th.pending.add(siginfo{sig: sigTRAP})
				return with && th.set(abi.CallNull)
			}
			return false
		})
		return answer
	}
	if got := run(false); got != noSys.result() {
		t.Errorf("without a table a native call answers %#x", got)
	}
	w = newWorld(t)
	w.s.Native(domain.New(w.m, w.loop, 1), 1)
	if got := run(true); got != uint64(abi.OK) || w.status != 128+sigTRAP {
		t.Errorf("a native call answers %#x; the process, sent a signal before the next, ends with %d", got, w.status)
	}
}

// What is written and not taken waits, and is written when there is room; a part that is
// taken is not written again.
// Sabotages: in write, answer 0 instead of waiting; in awake, answer although it is to be
// made again; in retry, leave the program counter.
func TestWriteWaits(t *testing.T) {
	w := newWorld(t)
	w.room = 3
	w.p.space.Write(scratch, []byte("hello"))
	var at uint64
	s := script{
		1: {
			do(nrClone, threadFlags, scratch+0x1000),
			do(nrWrite, 1, scratch, 5),
			see(t, "a write for which there is some room", 3, func(th *thread) bool {
				at = th.PC
				return th.set(nrWrite, 1, scratch+3, 2)
			}),
			func(th *thread) bool {
				if th.PC != at || th.X[regA0] != 1 {
					t.Errorf("it goes on at %d with %d, want it to write again", th.PC-at, th.X[regA0])
				}
				return th.set(nrWrite, 1, scratch+3, 2)
			},
			see(t, "the rest", 2, do(nrExitGroup, 0)),
		},
		2: {
			do(nrYield), do(nrYield), do(nrYield),
			func(th *thread) bool {
				if !w.p.threads[1].asleep {
					t.Error("a write for which there is no room does not wait")
				}
				w.room = 100
				w.s.Writable()
				return th.set(nrNanosleep, scratch+128)
			},
		},
	}
	w.put(scratch+128, 1, 0)
	w.start(s.next)
	if w.out != "hello" || len(s[1]) != 0 || w.status != 0 {
		t.Errorf("%q was written; steps left: %d, status %d", w.out, len(s[1]), w.status)
	}
}

// Nothing is writable and executable at once.
// Sabotage: in mmap or mprotect, do not look at the protection.
func TestWriteOrExecute(t *testing.T) {
	w := newWorld(t)
	const both = protRead | protWrite | protExec
	s := script{1: {
		do(nrMmap, 0, layout.PageSize, both, mapAnonymous),
		see(t, "memory to write and execute", noAccess.result(), do(nrMprotect, scratch, layout.PageSize, both)),
		see(t, "memory made so", noAccess.result(), do(nrMprotect, scratch, layout.PageSize, protRead|protExec)),
		see(t, "memory to execute", 0, do(nrExitGroup, 0)),
	}}
	w.start(s.next)
	if len(s[1]) != 0 {
		t.Errorf("%d steps are left", len(s[1]))
	}
}
