package linux

import (
	"strings"
	"syscall"
	"testing"

	"atoll/arch/layout"
	"atoll/arch/shim"
	"atoll/kernel/vspace"
	"atoll/user/vfs"
)

// Numbers of calls that the tests of processes make.
const (
	nrExecve, nrWait4, nrKill, nrGetpid             = 221, 260, 129, 172
	nrGetppid, nrSetpgid, nrSetsid                  = 173, 154, 157
	nrSigsuspend, nrSetitimer, nrPrlimit            = 133, 103, 261
	nrBrk, nrMremap, nrSigtimedwait, nrUname        = 214, 216, 137, 160
	forkFlags                                uint64 = sigCHLD
	vforkFlags                                      = cloneVM | cloneVFork | sigCHLD
)

// program is the smallest ELF file that is one: a segment with this text.
func program(entry uint64, text string) string {
	return elfOf(elfExec, entry, segment{kind: ptLoad, flags: pfRead | pfExec, va: 0x1_0000, filesz: 120 + uint64(len(text)), size: 120 + uint64(len(text))}) + text
}

// elfOf is the headers of an ELF file of one segment.
func elfOf(kind uint16, entry uint64, s segment) string {
	b := append([]byte("\x7fELF\x02\x01\x01"), make([]byte, 9)...)
	b = le.AppendUint32(le.AppendUint16(le.AppendUint16(b, kind), elfRISCV), 1)
	b = le.AppendUint64(le.AppendUint64(le.AppendUint64(b, entry), elfHeaderSize), 0)
	b = le.AppendUint32(b, 0)
	for _, v := range []uint16{elfHeaderSize, phentSize, 1, 0, 0, 0} {
		b = le.AppendUint16(b, v)
	}
	b = le.AppendUint32(le.AppendUint32(b, s.kind), s.flags)
	for _, v := range []uint64{s.off, s.va, s.va, s.filesz, s.size, layout.PageSize} {
		b = le.AppendUint64(b, v)
	}
	return string(b)
}

// install makes files that may be run.
func (w *world) install(programs map[string]string) {
	w.t.Helper()
	installIn(w.t, w.p.fs, programs)
}

func installIn(t testing.TB, fs *vfs.Context, programs map[string]string) {
	t.Helper()
	fs.Mkdir(fs.Root, "/bin", 0o755)
	for path, text := range programs {
		f, err := fs.Open(fs.Root, path, syscall.O_CREAT|syscall.O_WRONLY, 0o755)
		if err == nil {
			f.Hold()
			_, err = f.Write([]byte(text))
			f.Release()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// putString writes a string, and a list of pointers to strings, to the process's memory.
func (w *world) putString(at uint64, s string) { w.p.space.Write(at, append([]byte(s), 0)) }

// Where tests keep paths, arguments and results.
const (
	atPath   = scratch + 0x100
	atArgv   = scratch + 0x200
	atStatus = scratch + 0x300
	atSet    = scratch + 0x400
	atAct    = scratch + 0x500
	atValue  = scratch + 0x600
)

// status checks what wait4 has written.
func (w *world) statusIs(t *testing.T, what string, want waitStatus) {
	t.Helper()
	if got, _ := w.p.load32(atStatus); waitStatus(got) != want {
		t.Errorf("%s: status %#x, want %#x", what, got, want)
	}
}

// newProcessWorld is a world in which calls are made again by themselves.
func newProcessWorld(t testing.TB) *world {
	w := newWorld(t)
	w.redo = true
	for _, th := range w.p.threads {
		th.PC = 0x1000
	}
	return w
}

// finish checks that the scripts are at their end, and the status.
func (w *world) finish(t *testing.T, s script, status int) {
	t.Helper()
	for id, steps := range s {
		if len(steps) != 0 {
			t.Errorf("thread %d has %d steps left", id, len(steps))
		}
	}
	if w.status != status {
		t.Errorf("status %d, want %d", w.status, status)
	}
}

// A child of vfork has its parent's memory until it runs another program, which the parent
// waits for; then it has its own, and no handlers. The parent gets SIGCHLD and the status.
// Sabotages: in leaveMemory, do not wake the vforker; in become, keep the actions; in clone,
// do not sleep.
func TestVfork(t *testing.T) {
	w := newProcessWorld(t)
	w.install(map[string]string{"/bin/child": program(0x1_0078, "text")})
	w.putString(atPath, "/bin/child")
	w.putString(atPath+32, "argument")
	w.put(atArgv, atPath, atPath+32, 0)
	w.put(atAct, 0x1234, 0, 0)
	w.put(atSet, bit(sigCHLD))
	var parent *thread
	began := false
	s := script{
		1: {
			func(th *thread) bool {
				parent = th
				th.X[regSP] = scratch + 0x4000
				return th.set(nrSigaction, 10, atAct, 0, 8)
			},
			do(nrProcmask, 0, atSet, 0, 8),
			do(nrClone, vforkFlags, 0),
			func(th *thread) bool {
				if v, _ := w.p.load64(atValue); v != 77 {
					t.Errorf("vfork is over with %d", v)
				}
				return see(t, "vfork", 2, do(nrWait4, ^uint64(0), atStatus, 0, 0))(th)
			},
			see(t, "wait4", 2, func(th *thread) bool {
				w.statusIs(t, "a child that exits", exited(7))
				if !began {
					t.Error("it has not begun")
				}
				if th.p.pending.set != bit(sigCHLD) {
					t.Errorf("signals %#x have come", th.p.pending.set)
				}
				return th.set(nrExitGroup, 3)
			}),
		},
		2: {
			see(t, "vfork in the child", 0, func(th *thread) bool {
				if !parent.asleep || th.p.space != w.p.space {
					t.Error("the parent runs, or the child has other memory")
				}
				th.p.store64(atValue, 77)
				return th.set(nrExecve, atPath+100, atArgv, 0)
			}),
			see(t, "a program that there is not", noEnt.result(), do(nrExecve, atPath, atArgv, 0)),
			func(th *thread) bool {
				began = true
				argc, _ := th.p.load64(th.X[regSP])
				at, _ := th.p.load64(th.X[regSP] + 16)
				arg, _ := th.p.loadString(at, 100)
				if th.PC != 0x1_0078 || argc != 2 || arg != "argument" || th.p.actions[10].handler != 0 || th.p.name != "child" || th.p.space == w.p.space {
					t.Errorf("it begins at %#x with %d arguments, %q, handler %#x, as %s", th.PC, argc, arg, th.p.actions[10].handler, th.p.name)
				}
				return th.set(nrExitGroup, 7)
			},
		},
	}
	w.start(s.next)
	w.finish(t, s, 3)
}

// A child of fork has a copy of the memory. Sabotage: in fork, have it share the memory.
func TestForkCopies(t *testing.T) {
	w := newProcessWorld(t)
	w.put(atValue, 5)
	s := script{
		1: {
			do(nrClone, forkFlags),
			see(t, "fork", 2, do(nrWait4, 2, atStatus, 0, 0)),
			see(t, "wait4", 2, func(th *thread) bool {
				w.statusIs(t, "a child that is killed", killed(sigSEGV))
				if v, _ := th.p.load64(atValue); v != 5 {
					t.Errorf("the child has written %d to its parent's memory", v)
				}
				return th.set(nrWait4, ^uint64(0), 0, 0, 0)
			}),
			see(t, "wait4 without children", noChild.result(), do(nrExitGroup, 0)),
		},
		2: {
			see(t, "fork in the child", 0, do(nrGetppid)),
			see(t, "the parent's id", 1, func(th *thread) bool {
				if v, _ := th.p.load64(atValue); v != 5 {
					t.Errorf("the child has %d", v)
				}
				th.p.store64(atValue, 6)
				th.Cause, th.Value = shim.CauseLoadFault, 0x100
				return true
			}),
		},
	}
	w.start(s.next)
	w.finish(t, s, 0)
}

// Stops and what comes after them are told to who asks; a stopped process does not run.
// Sabotages: in Trap, do not look whether it is stopped; in goOn, do not wake.
func TestJobControl(t *testing.T) {
	w := newProcessWorld(t)
	w.put(scratch, 0, 10_000)
	ran := 0
	s := script{
		1: {
			do(nrClone, forkFlags),
			see(t, "fork", 2, do(nrSetpgid, 2, 0)),
			see(t, "setpgid", 0, do(nrWait4, ^uint64(0), atStatus, waitNoHang, 0)),
			see(t, "wait4 of one that runs", 0, do(nrKill, ^uint64(1), sigTSTP)),
			see(t, "kill of its group", 0, do(nrWait4, 2, atStatus, waitStopped, 0)),
			see(t, "wait4 of one that is stopped", 2, func(th *thread) bool {
				w.statusIs(t, "a child that is stopped", stopped(sigTSTP))
				ran = 0
				return th.set(nrNanosleep, scratch)
			}),
			see(t, "a sleep", 0, func(th *thread) bool {
				if ran != 0 {
					t.Error("it runs while it is stopped")
				}
				return th.set(nrKill, 2, sigCONT)
			}),
			do(nrWait4, 2, atStatus, waitContinued, 0),
			see(t, "wait4 of one that goes on", 2, func(th *thread) bool {
				w.statusIs(t, "a child that goes on", continued)
				ran = 0
				return th.set(nrNanosleep, scratch)
			}),
			func(th *thread) bool {
				if ran == 0 {
					t.Error("it does not go on")
				}
				return th.set(nrKill, 2, sigKILL)
			},
			do(nrWait4, 2, atStatus, 0, 0),
			see(t, "wait4 of one that was killed", 2, func(th *thread) bool {
				w.statusIs(t, "a child that was killed", killed(sigKILL))
				return th.set(nrExitGroup, 0)
			}),
		},
	}
	w.start(func(th *thread) bool {
		if th.id == 2 {
			ran++
			return th.set(nrNanosleep, scratch+16) // no time
		}
		return s.next(th)
	})
	w.finish(t, s, 0)
}

// A signal with a handler ends a call that waits; the call is made again if the handler is
// one for that. One without ends nothing.
// Sabotages: in interrupt, always or never make it again; in ignores, leave out ignored.
func TestInterrupted(t *testing.T) {
	w := newProcessWorld(t)
	const handler, again = 0x1234, 0x1238
	w.put(atAct, handler, 0, 0)
	w.put(atAct+32, again, actRestart, 0)
	w.put(scratch, 100, 0)
	var waits uint64
	s := script{
		1: {
			func(th *thread) bool { th.X[regSP] = scratch + 0x4000; return th.set(nrSigaction, 10, atAct, 0, 8) },
			do(nrSigaction, 12, atAct+32, 0, 8),
			do(nrClone, threadFlags, scratch+0x5000),
			see(t, "clone", 2, do(nrNanosleep, scratch, atValue)),
			func(th *thread) bool {
				if th.PC != handler {
					t.Errorf("it goes on at %#x", th.PC)
				}
				return th.set(nrSigreturn)
			},
			see(t, "a sleep that a signal has ended", interrupted.result(), func(th *thread) bool {
				if left, _ := th.p.load64(atValue); left > 100 || left < 90 {
					t.Errorf("%d seconds are left of 100", left)
				}
				waits = th.PC
				return th.set(nrFutex, atSet, futexWait, 0)
			}),
			func(th *thread) bool {
				if th.PC != again {
					t.Errorf("it goes on at %#x", th.PC)
				}
				return th.set(nrSigreturn)
			},
			func(th *thread) bool {
				if th.PC != waits || th.X[regA0] != atSet {
					t.Errorf("the wait is not made again, it goes on at %#x with %#x", th.PC, th.X[regA0])
				}
				return th.set(nrExitGroup, 0)
			},
		},
		2: {
			do(nrYield), do(nrTgkill, 1, 1, sigURG), do(nrYield),
			func(th *thread) bool {
				if !w.p.threads[1].asleep {
					t.Error("a signal that does nothing ends a call")
				}
				return th.set(nrTgkill, 1, 1, 10)
			},
			do(nrYield), do(nrYield), do(nrYield), do(nrYield),
			do(nrTgkill, 1, 1, 12),
		},
	}
	w.start(s.next)
	w.finish(t, s, 0)
}

// Who waits for a signal gets it, with another mask or without a handler.
// Sabotages: in saveContext, write the mask under which it waits; in signal, leave out awaits.
func TestAwaited(t *testing.T) {
	w := newProcessWorld(t)
	w.put(atAct, 0x1234, 0, 0)
	w.put(atSet, bit(10))
	w.put(scratch, 0, 10_000)
	w.put(scratch+16, 0, 0)
	s := script{
		1: {
			func(th *thread) bool { th.X[regSP] = scratch + 0x4000; return th.set(nrSigaction, 10, atAct, 0, 8) },
			do(nrProcmask, 0, atSet, 0, 8),
			do(nrClone, threadFlags, scratch+0x5000),
			do(nrSigtimedwait, atSet, atValue, scratch+16, 8),
			see(t, "a wait for no time", again.result(), do(nrSigtimedwait, atSet, atValue, 0, 8)),
			see(t, "a wait for a signal", 10, func(th *thread) bool {
				if sig, _ := th.p.load32(atValue); sig != 10 || th.pending.set|th.p.pending.set != 0 {
					t.Errorf("told of %d, and %#x are there", sig, th.p.pending.set)
				}
				return th.set(nrSigsuspend, atSet+8, 8)
			}),
			func(th *thread) bool {
				if th.PC != 0x1234 {
					t.Errorf("it goes on at %#x", th.PC)
				}
				return th.set(nrSigreturn)
			},
			see(t, "a suspend", interrupted.result(), func(th *thread) bool {
				if th.mask != bit(10) {
					t.Errorf("the mask is %#x", th.mask)
				}
				return th.set(nrExitGroup, 0)
			}),
		},
		2: {
			do(nrNanosleep, scratch), do(nrKill, 1, 10),
			do(nrNanosleep, scratch), do(nrKill, 1, 10),
		},
	}
	w.start(func(th *thread) bool {
		if th.id == 2 && len(s[2]) == 0 {
			return th.set(nrNanosleep, scratch)
		}
		return s.next(th)
	})
	w.finish(t, s, 0)
}

// The first process gets the children of those that end, and with it all end.
// Sabotages: in orphan, leave the parent; in end, kill none.
func TestOrphans(t *testing.T) {
	w := newProcessWorld(t)
	w.put(scratch, 0, 10_000)
	s := script{
		1: {
			do(nrClone, forkFlags),
			do(nrWait4, ^uint64(0), 0, 0, 0),
			see(t, "the child", 2, do(nrWait4, ^uint64(0), atStatus, 0, 0)),
			see(t, "its child", 3, func(th *thread) bool {
				w.statusIs(t, "an orphan", exited(1))
				return th.set(nrClone, forkFlags)
			}),
			see(t, "another", 4, do(nrYield)), do(nrExitGroup, 9),
		},
		2: {do(nrClone, forkFlags), see(t, "fork", 3, do(nrExitGroup, 0))},
		4: {do(nrNanosleep, scratch)},
		3: {
			do(nrNanosleep, scratch), do(nrGetppid),
			see(t, "the parent of an orphan", 1, do(nrExitGroup, 1)),
		},
	}
	w.start(s.next)
	w.finish(t, s, 9)
	if threads, _ := w.s.Used(); threads != 0 {
		t.Errorf("%d threads are left", threads)
	}
}

// Processes that only make others come to an end of what there is, and the first can still
// make one when the others have gone. Sabotages: in room, do not count; in bury, do not count
// down.
func TestForkBomb(t *testing.T) {
	w := newProcessWorld(t)
	w.put(scratch, 0, 10_000)
	refused, most := 0, 0
	state := 0
	w.start(func(th *thread) bool {
		most = max(most, len(w.s.processes))
		switch {
		case th.id != 1 && refused < 10:
			if th.X[regA0] == again.result() || th.X[regA0] == noMem.result() {
				refused++
			}
			return th.set(nrClone, forkFlags)
		case th.id != 1:
			return th.set(nrExitGroup, 0)
		}
		switch state {
		case 0: // begin
			state++
			return th.set(nrClone, forkFlags)
		case 1: // wait for all
			if th.X[regA0] != noChild.result() {
				return th.set(nrWait4, ^uint64(0), 0, 0, 0)
			}
			state++
			return th.set(nrClone, forkFlags)
		case 2:
			state++
			if th.X[regA0] == again.result() || th.X[regA0] == noMem.result() {
				t.Errorf("no process can be made when all have ended")
			}
			return th.set(nrWait4, ^uint64(0), 0, 0, 0)
		}
		if w.s.tasks != 1 {
			t.Errorf("%d tasks, want 1", w.s.tasks)
		}
		return th.set(nrExitGroup, 0)
	})
	if w.status != 0 || refused < 10 || most > w.s.mostTasks {
		t.Errorf("status %d, %d were refused, there were %d processes of %d", w.status, refused, most, w.s.mostTasks)
	}
}

// What cannot be run leaves the process as it is; a script has its interpreter run.
// Sabotages: in exec, give up the memory before the program is loaded; in findProgram, leave
// out the path of the script.
func TestExec(t *testing.T) {
	w := newProcessWorld(t)
	w.install(map[string]string{
		"/text": "no program", "/script": "#! /bin/sh -e\nline", "/bin/sh": program(0x1_0000, ""), "/round": "#!/round\n",
		"/short": program(0, "")[:100], "/wx": elfOf(elfExec, 0, segment{kind: ptLoad, flags: 7, va: 0x1_0000, size: 9}),
		"/dynamic": elfOf(elfDyn, 0, segment{kind: ptInterp}), "/far": elfOf(elfExec, 0, segment{kind: ptLoad, flags: 4, va: 1 << 40, size: 9}),
	})
	var steps []func(*thread) bool
	last := func(then func(*thread) bool) func(*thread) bool { return then }
	for path, e := range map[string]errno{"/text": noExec, "/round": loop, "/short": noExec, "/wx": noExec, "/dynamic": noEnt, "/far": noExec} {
		steps = append(steps, last(func(th *thread) bool { w.putString(atPath, path); return th.set(nrExecve, atPath, atArgv, 0) }))
		last = func(then func(*thread) bool) func(*thread) bool { return see(t, path, e.result(), then) }
	}
	w.put(atArgv, atPath, atPath+32, 0)
	w.putString(atPath+32, "argument")
	steps = append(steps, last(func(th *thread) bool {
		w.putString(atPath, "/script")
		return th.set(nrExecve, atPath, atArgv, 0)
	}), func(th *thread) bool {
		var list []string
		for at := th.X[regSP] + 8; ; at += 8 {
			p, _ := th.p.load64(at)
			if p == 0 {
				break
			}
			s, _ := th.p.loadString(p, 100)
			list = append(list, s)
		}
		if got := strings.Join(list, " "); got != "/bin/sh -e /script argument" {
			t.Errorf("the arguments are %q", got)
		}
		return th.set(nrExitGroup, 0)
	})
	s := script{1: steps}
	w.start(s.next)
	w.finish(t, s, 0)
}

// When memory is used up the process that has most of it is killed, and no other.
// Sabotage: in makeRoom, take the first process for the victim.
func TestOutOfMemory(t *testing.T) {
	w := newProcessWorld(t)
	const page, heap = layout.PageSize, 0x200_0000
	w.p.space.Set(heap, 1000*page, layout.R|layout.W)
	w.put(scratch, 0, 100_000)
	var at uint64
	s := script{
		1: {
			do(nrClone, forkFlags),
			see(t, "fork", 2, do(nrClone, forkFlags)),
			see(t, "fork", 3, do(nrWait4, ^uint64(0), atStatus, 0, 0)),
			see(t, "wait4", 3, func(th *thread) bool {
				w.statusIs(t, "the hog", killed(sigKILL))
				return th.set(nrWait4, 2, atStatus, 0, 0)
			}),
			see(t, "wait4", 2, func(th *thread) bool {
				w.statusIs(t, "the other", exited(1))
				return th.set(nrExitGroup, 0)
			}),
		},
		2: {do(nrNanosleep, scratch), func(th *thread) bool {
			th.Cause, th.Value = shim.CauseStoreFault, heap
			return true
		}, do(nrExitGroup, 1)},
	}
	w.start(func(th *thread) bool {
		if th.id == 3 {
			th.Cause, th.Value = shim.CauseStoreFault, heap+at
			at += page
			return true
		}
		return s.next(th)
	})
	w.finish(t, s, 0)
}

// The timer sends its signal, again and again if it is to, and says how long that takes yet.
// Sabotage: in Alarm, do not set it again.
func TestTimer(t *testing.T) {
	w := newProcessWorld(t)
	w.put(atAct, 0x1234, 0, 0)
	w.put(atValue, 0, 1000, 0, 2000) // every 1 ms, first in 2 ms
	w.put(atSet, 0)
	w.put(atStatus, 0, 0, 0, 0)
	var at []uint64
	steps := []func(*thread) bool{
		func(th *thread) bool {
			th.X[regSP] = scratch + 0x4000
			return th.set(nrSigaction, sigALRM, atAct, 0, 8)
		},
		do(nrSetitimer, 0, atValue, 0),
		do(nrSigsuspend, atSet, 8),
	}
	for range 3 {
		steps = append(steps, func(th *thread) bool { at = append(at, w.now); return th.set(nrSigreturn) }, do(nrSigsuspend, atSet, 8))
	}
	steps = append(steps, do(nrSetitimer, 0, atStatus, 0), see(t, "off", 0, do(nrExitGroup, 0)))
	// The suspend before the last steps ends by the fourth signal.
	steps[len(steps)-2] = func(th *thread) bool { return th.set(nrSigreturn) }
	steps = append(steps[:len(steps)-1], do(nrSetitimer, 0, atStatus, 0), see(t, "off", 0, do(nrExitGroup, 0)))
	s := script{1: steps}
	w.start(s.next)
	w.finish(t, s, 0)
	const millisecond = 10_000 // ticks
	for i, want := range []uint64{2, 3, 4} {
		if i >= len(at) || at[i] < want*millisecond || at[i] > want*millisecond+100 {
			t.Errorf("signals at %v ticks, want one about each %d", at, millisecond)
			break
		}
	}
}

// Limits hold. Sabotages: in mayGrow, answer true; in room, do not look at the limit.
func TestLimits(t *testing.T) {
	w := newProcessWorld(t)
	const page = layout.PageSize
	anonymous := uint64(mapAnonymous | mapPrivate)
	s := script{1: {
		func(th *thread) bool {
			w.put(atValue, th.p.space.Size()+10*page, 20<<30)
			return th.set(nrPrlimit, 0, limitAddresses, atValue)
		},
		see(t, "prlimit", 0, do(nrMmap, 0, 11*page, protRead, anonymous)),
		see(t, "more than the limit", noMem.result(), do(nrMmap, 0, 9*page, protRead, anonymous)),
		see(t, "less", mmapBase, do(nrMremap, mmapBase, 9*page, 11*page, mremapMayMove)),
		see(t, "longer than the limit", noMem.result(), func(th *thread) bool {
			w.put(atValue, 1, 1)
			return th.set(nrPrlimit, 1, limitTasks, atValue)
		}),
		see(t, "prlimit", 0, do(nrClone, forkFlags)),
		see(t, "a second process", again.result(), do(nrClone, threadFlags, scratch)),
		see(t, "a second thread", again.result(), func(th *thread) bool {
			w.put(atValue, 2, 2)
			return th.set(nrPrlimit, 1, limitTasks, atValue)
		}),
		see(t, "a higher limit", notPermitted.result(), do(nrExitGroup, 0)),
	}}
	w.start(s.next)
	w.finish(t, s, 0)
}

// The heap grows and shrinks, and ranges are moved with what is in them.
// Sabotage: in brk, do not clear what is given back.
func TestHeap(t *testing.T) {
	w := newProcessWorld(t)
	const page = layout.PageSize
	const heap = 0x200_0000
	w.p.breakStart, w.p.breakEnd = heap, heap
	anonymous := uint64(mapAnonymous | mapPrivate)
	s := script{1: {
		do(nrBrk, 0),
		see(t, "brk", heap, do(nrBrk, heap+3*page+5)),
		see(t, "more", heap+3*page+5, func(th *thread) bool {
			th.p.store64(heap+3*page, 5)
			return th.set(nrBrk, heap+page)
		}),
		see(t, "less", heap+page, do(nrBrk, heap-page)),
		see(t, "less than none", heap+page, do(nrBrk, heap+4*page)),
		see(t, "more again", heap+4*page, func(th *thread) bool {
			if v, ok := th.p.load64(heap + 3*page); v != 0 || !ok {
				t.Errorf("what was given back has %d, %v", v, ok)
			}
			return th.set(nrMmap, 0, 2*page, protRead|protWrite, anonymous)
		}),
		func(th *thread) bool {
			th.p.store64(mmapBase+page, 9)
			return th.set(nrMmap, mmapBase+2*page, page, protRead|protWrite, anonymous)
		},
		see(t, "mmap", mmapBase+2*page, do(nrMremap, mmapBase, 2*page, 3*page, 0)),
		see(t, "no room", noMem.result(), do(nrMremap, mmapBase, 2*page, 3*page, mremapMayMove)),
		see(t, "mremap", mmapBase+3*page, func(th *thread) bool {
			if v, _ := th.p.load64(mmapBase + 4*page); v != 9 || !th.p.space.Free(mmapBase, 2*page) || !th.p.store64(mmapBase+5*page, 1) {
				t.Errorf("it has %d at the new place", v)
			}
			return th.set(nrMremap, mmapBase+3*page, 3*page, page, 0)
		}),
		see(t, "shorter", mmapBase+3*page, func(th *thread) bool {
			if !th.p.space.Free(mmapBase+4*page, 2*page) {
				t.Error("the rest is there")
			}
			return th.set(nrExitGroup, 0)
		}),
	}}
	w.start(s.next)
	w.finish(t, s, 0)
}

// FuzzELF loads what a fuzzer thinks of as a program. Nothing panics; what is mapped lies
// below imageEnd, but for the stack, the trampoline and the vDSO; nothing may be written and executed.
func FuzzELF(f *testing.F) {
	f.Add([]byte(program(0x1_0078, "text")))
	f.Add([]byte(elfOf(elfDyn, 0x10, segment{kind: ptLoad, flags: pfRead | pfWrite, va: 0, filesz: 120, size: 1 << 20})))
	f.Add([]byte(elfOf(elfExec, 0, segment{kind: ptLoad, flags: 7, va: ^uint64(0), filesz: 1, size: ^uint64(0)})))
	f.Fuzz(func(t *testing.T, in []byte) {
		w := newProcessWorld(t)
		w.install(map[string]string{"/p": string(in)})
		th := w.p.threads[1]
		w.s.loop = w.loop
		before := th.Root
		w.putString(atPath, "/p")
		th.set(nrExecve, atPath, 0, 0)
		for th.call(); th.long.part != nil; th.nextPart(w.loop) {
		}
		if th.Root == before {
			if int64(th.X[regA0]) >= 0 || th.X[regSP] != 0 || w.p.memory.users != 1 {
				t.Error("a program that is none has changed the process")
			}
			return
		}
		if th.X[regSP] == 0 || th.p.space.Size() > imageEnd+pieBase+argsSize+stackSize {
			t.Errorf("a program with the stack at %#x and %#x bytes", th.X[regSP], th.p.space.Size())
		}
		th.p.space.Fault(th.PC, layout.X)
		if err := th.p.space.Fault(th.PC, layout.X|layout.W); err == nil {
			t.Error("the first instruction may be written")
		}
	})
}

// What others of a system send neither ends nor stops its first process, nor does what a child
// was to send it at its end: one that it inherits, or that a child has made its sibling.
// Sabotages: in spared, return false; in orphan, leave the exit signal; in fork, take the
// caller's for a sibling.
func TestFirstIsSpared(t *testing.T) {
	w := newProcessWorld(t)
	w.put(scratch, 1, 0)
	s := script{
		1: {
			do(nrClone, forkFlags),
			see(t, "fork", 2, do(nrWait4, ^uint64(0), 0, 0, 0)),
			do(nrWait4, ^uint64(0), 0, 0, 0),
			do(nrWait4, ^uint64(0), 0, 0, 0),
			do(nrExitGroup, 5),
		},
		2: {
			do(nrKill, 1, sigKILL),
			see(t, "SIGKILL", 0, do(nrKill, 1, sigSTOP)),
			see(t, "SIGSTOP", 0, do(nrKill, 1, 10)),
			see(t, "SIGUSR1", 0, do(nrTgkill, 1, 1, sigTSTP)),
			see(t, "SIGTSTP", 0, do(nrClone, sigKILL)),
			see(t, "fork", 3, do(nrClone, cloneParent|sigKILL)),
			see(t, "fork of a sibling", 4, do(nrExitGroup, 0)),
		},
		3: {see(t, "fork", 0, do(nrNanosleep, scratch)), do(nrExitGroup, 0)}, // an orphan then
		4: {see(t, "fork of a sibling", 0, do(nrExitGroup, 0))},
	}
	w.start(s.next)
	w.finish(t, s, 5)
}

const nrReboot = 142

// Who calls reboot ends all processes of the system, and says what for; with other words he does
// nothing.
// Sabotages: in reboot, end the caller; take any magic; tell nobody.
func TestReboot(t *testing.T) {
	for command, want := range map[uint64]struct {
		off    string
		status int
	}{
		rebootPowerOff: {"off", 128 + 2}, rebootHalt: {"off", 128 + 2}, rebootRestart: {"restart", 128 + 1}, rebootRestart2: {"restart", 128 + 1},
	} {
		w := newProcessWorld(t)
		magic := uint64(rebootMagics[0])
		s := script{
			1: {do(nrClone, forkFlags, 0), do(nrWait4, ^uint64(0), 0, 0, 0)},
			2: {
				do(nrReboot, rebootMagic+1, magic, command),
				see(t, "another magic", inval.result(), do(nrReboot, rebootMagic, magic+1, command)),
				see(t, "another second magic", inval.result(), do(nrReboot, rebootMagic, magic, 0xd000fce2)),
				see(t, "another command", inval.result(), do(nrReboot, rebootMagic, magic, command)),
			},
		}
		w.start(s.next)
		delete(s, 1) // it may not have come to its wait
		w.finish(t, s, want.status)
		if w.off != want.off {
			t.Errorf("%#x: the end is told as %q, not %q", command, w.off, want.off)
		}
	}
}

// A call that needs memory when there is none left has another process killed, not its own, and
// what that sends is delivered when the call has been served. Sabotages: in copy, do not make room;
// in notify, do not look at who calls.
func TestRoomInCalls(t *testing.T) {
	w := newProcessWorld(t)
	const page, heap, handler = layout.PageSize, 0x200_0000, 0x1234
	w.p.space.Set(heap, 1000*page, layout.R|layout.W)
	w.put(scratch, 0, 100_000, 1000, 0)
	w.put(atAct, handler, 0, 0)
	s := script{
		1: {
			func(th *thread) bool {
				th.X[regSP] = heap + page
				return th.set(nrSigaction, sigCHLD, atAct, 0, 8)
			},
			do(nrClone, forkFlags),
			see(t, "fork", 2, do(nrNanosleep, scratch)),
			see(t, "nanosleep", 0, func(th *thread) bool {
				if used, all := w.s.store.Pages(); used != all {
					t.Fatalf("%d of %d pages are used", used, all)
				}
				return th.set(nrUname, heap+10*page)
			}),
			func(th *thread) bool {
				result, ok := th.p.load64(th.X[regSP] + frameContext + contextRegs + 8*regA0)
				if th.PC != handler || th.X[regA0] != sigCHLD || result != 0 || !ok {
					t.Errorf("after the call it is at %#x with %d; the call has answered %#x", th.PC, th.X[regA0], result)
				}
				return th.set(nrWait4, 2, atStatus, 0, 0)
			},
			see(t, "wait4", 2, func(th *thread) bool {
				w.statusIs(t, "the hog", killed(sigKILL))
				return th.set(nrExitGroup, 0)
			}),
		},
		2: {func(th *thread) bool {
			for at := uint64(heap); th.p.space.Fault(at, layout.W) == nil; at += page {
			}
			return th.set(nrNanosleep, scratch+16)
		}},
	}
	w.start(s.next)
	w.finish(t, s, 0)
}

// Who has most does not have others pay for what his calls need: they fail. Sabotage: in victims, do not look at the caller's job.
func TestRoomOfTheCaller(t *testing.T) {
	w := newProcessWorld(t)
	const page, heap = layout.PageSize, 0x200_0000
	w.p.space.Set(heap, 1000*page, layout.R|layout.W)
	w.put(scratch, 0, 100_000, 1000, 0)
	s := script{
		1: {
			do(nrClone, forkFlags), do(nrClone, forkFlags),
			do(nrWait4, 2, atStatus, 0, 0), see(t, "wait4", 2, func(th *thread) bool {
				w.statusIs(t, "the hog", exited(3))
				return th.set(nrWait4, 3, atStatus, 0, 0)
			}),
			see(t, "wait4", 3, func(th *thread) bool {
				w.statusIs(t, "beside it", exited(7))
				return th.set(nrExitGroup, 0)
			}),
		},
		2: {
			do(nrNanosleep, scratch),
			func(th *thread) bool {
				for at := uint64(heap); th.p.space.Fault(at, layout.W) == nil; at += page {
				}
				return th.set(nrUname, heap+900*page)
			},
			see(t, "uname", errno(syscall.EFAULT).result(), do(nrExitGroup, 3)),
		},
		3: {
			func(th *thread) bool {
				for at := uint64(heap); at < heap+8*page; at += page {
					th.p.space.Fault(at, layout.W)
				}
				return th.set(nrNanosleep, scratch)
			},
			do(nrNanosleep, scratch), do(nrExitGroup, 7),
		},
	}
	w.start(s.next)
	w.finish(t, s, 0)
}

// A job does not take all areas of address spaces: others still map and fork. Sabotages: in mmap, and in copyMemory, do not ask whether there is room;
// in mayHave, leave out the job.
func TestAreasOfJobs(t *testing.T) {
	const nrMmap, nrMprotect, page, at, anonymous = 222, 226, layout.PageSize, 0x100_0000, 0x22
	w := newProcessWorld(t)
	take := func(th *thread) bool {
		for va := uint64(at); w.s.store.Areas() < vspace.MaxAreas-vspace.MaxAreas/spare; va += 2 * page {
			if err := th.p.space.Set(va, page, layout.R); err != nil {
				t.Fatal(err)
			}
		}
		return th.set(nrKill, 3, sigSTOP)
	}
	s := script{
		1: {
			do(nrClone, forkFlags), see(t, "fork", 2, do(nrWait4, 2, atStatus, 2, 0)),
			see(t, "wait4", 2, do(nrClone, forkFlags)),
			see(t, "fork beside them", 4, do(nrWait4, 4, atStatus, 0, 0)),
			see(t, "wait4", 4, do(nrExitGroup, 0)),
		},
		2: {
			do(nrClone, forkFlags), see(t, "fork", 3, do(nrWait4, 3, atStatus, 2, 0)),
			see(t, "wait4", 3, do(nrMmap, 0, page, protRead, anonymous)),
			see(t, "mmap of the job that has most", noMem.result(), do(nrMprotect, scratch&^(page-1), page, protRead)),
			see(t, "mprotect", noMem.result(), do(nrClone, forkFlags)),
			see(t, "fork", noMem.result(), do(nrKill, 2, sigSTOP)),
		},
		3: {take},
		4: {
			do(nrMmap, 0, page, protRead, anonymous),
			see(t, "mmap beside it", mmapBase, do(nrMprotect, mmapBase, page, protRead|protWrite)),
			see(t, "mprotect", 0, do(nrClone, forkFlags)),
			see(t, "fork", 5, do(nrWait4, 5, 0, 0, 0)),
			see(t, "wait4", 5, do(nrExitGroup, 0)),
		},
		5: {do(nrExitGroup, 0)},
	}
	w.start(s.next)
	w.finish(t, s, 0)
}

// A job does not take all open files: others still open some. Sabotages: in add, do not ask whether there is room; in mayHave, leave out the job.
func TestFilesOfJobs(t *testing.T) {
	w := newProcessWorld(t)
	const fds = scratch + 0x800
	s := script{
		1: {
			do(nrClone, forkFlags), see(t, "fork", 2, do(nrWait4, 2, atStatus, 2, 0)),
			see(t, "wait4", 2, do(nrClone, forkFlags)),
			see(t, "fork beside it", 3, do(nrWait4, 3, atStatus, 0, 0)),
			see(t, "wait4", 3, do(nrExitGroup, 0)),
		},
		3: {do(nrPipe2, fds, 0), see(t, "pipe2 beside it", 0, do(nrPipe2, fds, 0)), see(t, "another", 0, do(nrExitGroup, 0))},
	}
	var more func(th *thread) bool
	more = func(th *thread) bool {
		if n := w.s.files.Open(); th.X[regA0] != 0 || n > vfs.MaxOpen-vfs.MaxOpen/spare {
			if got := errno(-th.X[regA0]); got != errno(syscall.ENFILE) || n < vfs.MaxOpen/2 {
				t.Errorf("with %d open files it gets %d", n, got)
			}
			return th.set(nrKill, 2, sigSTOP)
		}
		s[2] = append(s[2], more)
		return th.set(nrPipe2, fds, 0)
	}
	s[2] = []func(*thread) bool{do(nrPipe2, fds, 0), more}
	w.start(s.next)
	w.finish(t, s, 0)
}

// Orphans of which a first process has never heard are forgotten when they end. Sabotage: in
// unasked, leave out the orphan.
func TestForgotten(t *testing.T) {
	w := newProcessWorld(t)
	w.put(scratch, 0, 100_000, 0, 300_000)
	s := script{
		1: {
			do(nrClone, forkFlags),
			see(t, "fork", 2, do(nrWait4, 2, 0, 0, 0)),
			see(t, "wait4", 2, do(nrNanosleep, scratch+16)),
			see(t, "nanosleep", 0, do(nrWait4, ^uint64(0), 0, 0, 0)),
			see(t, "an orphan", noChild.result(), do(nrExitGroup, 0)),
		},
		2: {do(nrClone, forkFlags), see(t, "fork", 3, do(nrExitGroup, 0))},
		3: {do(nrNanosleep, scratch), do(nrExitGroup, 0)},
	}
	w.start(s.next)
	w.finish(t, s, 0)
}

// A job of the first process does not take all tasks. Sabotage: in room, leave out the job.
func TestTasksOfJobs(t *testing.T) {
	w := newProcessWorld(t)
	process := func(parent *Process) *Process {
		p := w.s.newProcess(parent)
		p.memory = w.p.memory
		p.newThread(p.id)
		return p
	}
	hog, other := process(w.p), process(w.p)
	child := process(hog)
	for hog.room() {
		child.newThread(w.s.newID())
	}
	if w.s.tasks != w.s.mostTasks-w.s.mostTasks/spare || w.s.jobTasks(hog.job) != w.s.tasks-2 {
		t.Errorf("the job has %d tasks of %d, of %d that there are", w.s.jobTasks(hog.job), w.s.tasks, w.s.mostTasks)
	}
	for range w.s.mostTasks / spare / 2 {
		other.newThread(w.s.newID())
	}
	if child.room() || !other.room() || !w.p.room() {
		t.Errorf("there is room for its child: %v; for others: %v, %v", child.room(), other.room(), w.p.room())
	}
}
