package linux

import (
	"syscall"
	"testing"

	"atoll/user/tty"
)

// newTerminalWorld is a world whose process has a terminal, in which calls are made again by
// themselves. Process 2 is a child in a group of its own, in the background.
func newTerminalWorld(t *testing.T) (*world, *tty.Terminal) {
	term := tty.New(24, 80)
	w := newWorldWith(t, term)
	w.redo = true
	w.p.threads[1].PC = 0x1000
	return w, term
}

const (
	nrIoctl  = 29
	errIO    = errno(syscall.EIO)
	errNoTTY = errno(syscall.ENOTTY)
)

// shell is what process 1 does in these tests, as a shell: it makes a job in the background, waits
// until that is stopped by a signal, brings it to the foreground, has it go on, and waits for its
// end.
func (w *world) shell(t *testing.T, sig uint64) []func(*thread) bool {
	w.put(atValue, 2)
	return []func(*thread) bool{
		do(nrClone, forkFlags),
		see(t, "fork", 2, do(nrSetpgid, 2, 0)),
		see(t, "setpgid", 0, do(nrWait4, 2, atStatus, waitStopped, 0)),
		see(t, "wait4 of a job that is stopped", 2, func(th *thread) bool {
			w.statusIs(t, "a job in the background", stopped(sig))
			return th.set(nrIoctl, 0, tiocSetGroup, atValue)
		}),
		see(t, "tcsetpgrp", 0, do(nrKill, ^uint64(1), sigCONT)),
		see(t, "kill", 0, do(nrWait4, 2, atStatus, 0, 0)),
		see(t, "wait4 of a job that has ended", 2, do(nrExitGroup, 0)),
	}
}

// wait is a step that lets others run, which the job begins with: its parent puts it into a group.
func wait(w *world) func(*thread) bool {
	w.put(scratch, 0, 1_000_000)
	return do(nrNanosleep, scratch)
}

// A job that reads in the background, or changes the terminal, or writes to it if that stops
// writers, is stopped, and makes the call again when it goes on in the foreground.
// Sabotages: in mayUse, send nothing, or do not make the call again; in control, ask for no
// change; in mayMove, stop all writers.
func TestBackground(t *testing.T) {
	stops := func(term *tty.Terminal) {
		s := term.Settings()
		s.Local |= 0x100
		term.Set(s, false)
	}
	for _, c := range []struct {
		what   string
		sig    uint64
		call   []uint64
		set    func(*tty.Terminal)
		result uint64
	}{
		{"read", sigTTIN, []uint64{nrRead, 0, scratch + 64, 10}, nil, 6},
		{"write", sigTTOU, []uint64{nrWrite, 1, scratch + 64, 3}, stops, 3},
		{"tcsetattr", sigTTOU, []uint64{nrIoctl, 0, tcSets, scratch + 64}, nil, 0},
		{"tcsetpgrp", sigTTOU, []uint64{nrIoctl, 0, tiocSetGroup, atValue}, nil, 0},
	} {
		t.Run(c.what, func(t *testing.T) {
			w, term := newTerminalWorld(t)
			if c.set != nil {
				c.set(term)
			}
			term.Input([]byte("typed\n"))
			s := script{
				1: w.shell(t, c.sig),
				2: {wait(w), see(t, "sleep", 0, do(c.call[0], c.call[1:]...)), see(t, c.what, c.result, do(nrExitGroup, 0))},
			}
			w.start(s.next)
			w.finish(t, s, 0)
		})
	}
}

// Who was stopped by a key while he read is stopped again when he goes on in the background.
// Sabotage: in goOn, do not make the call again.
func TestBackgroundAgain(t *testing.T) {
	w, term := newTerminalWorld(t)
	w.put(atValue, 2)
	own := func(then ...uint64) func(*thread) bool {
		return func(th *thread) bool {
			term.Group = 1
			return th.set(then[0], then[1:]...)
		}
	}
	s := script{
		1: {
			do(nrClone, forkFlags),
			see(t, "fork", 2, do(nrSetpgid, 2, 0)),
			see(t, "setpgid", 0, do(nrIoctl, 0, tiocSetGroup, atValue)),
			see(t, "tcsetpgrp", 0, do(nrNanosleep, atValue+16)),
			func(th *thread) bool { term.Input([]byte("\x1a")); return th.set(nrWait4, 2, atStatus, waitStopped, 0) },
			see(t, "wait4", 2, own(nrKill, ^uint64(1), sigCONT)),
			see(t, "kill", 0, do(nrWait4, 2, atStatus, waitStopped, 0)),
			see(t, "wait4 in the background", 2, func(th *thread) bool {
				w.statusIs(t, "a job in the background", stopped(sigTTIN))
				return th.set(nrKill, 2, sigKILL)
			}),
			do(nrWait4, 2, atStatus, 0, 0),
			do(nrExitGroup, 0),
		},
		2: {wait(w), see(t, "sleep", 0, do(nrRead, 0, scratch+64, 10))},
	}
	w.put(atValue+16, 0, 5_000_000)
	w.start(s.next)
	w.finish(t, s, 0)
}

// A child of vfork brings its own group to the foreground, where its parent's is, and not for another. Sabotages: in asker, leave out
// vfork, or let whoever is of vfork.
func TestBackgroundVfork(t *testing.T) {
	for _, front := range []bool{true, false} {
		w, term := newTerminalWorld(t)
		w.put(atValue, 2)
		steps := []func(*thread) bool{do(nrSetpgid, 0, 0), see(t, "setpgid", 0, func(th *thread) bool {
			if !front {
				term.Group = 77
			}
			return th.set(nrIoctl, 0, tiocSetGroup, atValue)
		})}
		if front {
			steps = append(steps, see(t, "tcsetpgrp", 0, do(nrExitGroup, 0)))
		} else {
			w.idle = func() bool {
				p := w.s.processes[2]
				if !p.dead {
					p.signal(siginfo{sig: sigKILL})
					return true
				}
				return false
			}
		}
		s := script{1: {do(nrClone, vforkFlags), see(t, "vfork", 2, do(nrExitGroup, 0))}, 2: steps}
		w.start(s.next)
		w.finish(t, s, 0)
		if want := map[bool]int{true: 2, false: 77}[front]; term.Group != want {
			t.Errorf("group %d is in the foreground, want %d", term.Group, want)
		}
	}
}

// Who ignores the signal may change the terminal, and cannot read; who has a handler is told that
// the call was interrupted; a write that stops nobody goes on.
// Sabotages: in mayUse, leave out deaf; restart in any case.
func TestBackgroundDeaf(t *testing.T) {
	const handler = 0x1234
	w, _ := newTerminalWorld(t)
	w.put(atAct, handlerIgnore, 0, 0)
	w.put(atAct+32, handler, 0, 0)
	var s script
	s = script{
		1: {
			do(nrClone, forkFlags),
			see(t, "fork", 2, do(nrSetpgid, 2, 0)),
			see(t, "setpgid", 0, do(nrWait4, 2, atStatus, waitStopped, 0)),
			see(t, "wait4", 2, func(th *thread) bool {
				w.statusIs(t, "the job", exited(7))
				return th.set(nrExitGroup, 0)
			}),
		},
		2: {
			func(th *thread) bool { th.X[regSP] = scratch + 0x4000; return wait(w)(th) },
			do(nrWrite, 1, scratch+64, 3),
			see(t, "a write", 3, do(nrSigaction, sigTTIN, atAct, 0, 8)),
			do(nrSigaction, sigTTOU, atAct, 0, 8),
			see(t, "sigaction", 0, do(nrRead, 0, scratch+64, 10)),
			see(t, "a read, with the signal ignored", errIO.result(), do(nrIoctl, 0, tcSets, scratch+64)),
			see(t, "tcsetattr, with the signal ignored", 0, do(nrSigaction, sigTTIN, atAct+32, 0, 8)),
			do(nrRead, 0, scratch+64, 10),
			func(th *thread) bool {
				if th.PC != handler {
					t.Errorf("it goes on at %#x, not in the handler", th.PC)
				}
				return th.set(nrSigreturn)
			},
			see(t, "a read, with a handler", interrupted.result(), do(nrExitGroup, 7)),
		},
	}
	w.start(s.next)
	w.finish(t, s, 0)
}

// A session of one's own has no terminal until its leader takes one, by force from another; groups
// of other sessions are not brought to the foreground. When the leader ends it is free.
// Sabotages: in takeTerminal, leave out a case; in setForeground, look for no group; in exit,
// leave the terminal to nobody.
func TestTerminalSession(t *testing.T) {
	w, term := newTerminalWorld(t)
	w.put(atValue, 1)
	w.put(atValue+8, 2)
	s := script{
		1: {do(nrClone, forkFlags), do(nrWait4, 2, 0, 0, 0), func(th *thread) bool {
			if term.Session != 0 || term.Group != 0 {
				t.Errorf("session %d, group %d have the terminal of a leader that has ended", term.Session, term.Group)
			}
			return th.set(nrExitGroup, 0)
		}},
		2: {
			do(nrIoctl, 0, tiocSetCtty, 1),
			see(t, "TIOCSCTTY of no leader", notPermitted.result(), do(nrSetsid)),
			see(t, "setsid", 2, do(nrIoctl, 0, tiocGetGroup, scratch)),
			see(t, "tcgetpgrp of another session", errNoTTY.result(), do(nrIoctl, 0, tiocSetGroup, atValue+8)),
			see(t, "tcsetpgrp of another session", errNoTTY.result(), do(nrIoctl, 0, tiocSetCtty, 0)),
			see(t, "TIOCSCTTY without force", notPermitted.result(), do(nrIoctl, 0, tiocSetCtty, 1)),
			see(t, "TIOCSCTTY", 0, do(nrIoctl, 0, tiocSetGroup, atValue)),
			see(t, "tcsetpgrp of a group of another session", notPermitted.result(), func(th *thread) bool {
				if term.Session != 2 || term.Group != 2 || th.p.fs.Terminal == nil {
					t.Errorf("session %d, group %d have the terminal", term.Session, term.Group)
				}
				return th.set(nrExitGroup, 0)
			}),
		},
	}
	w.start(s.next)
	w.finish(t, s, 0)
}

// Who has nobody to have him go on is not stopped by a key, and reads nothing in the background;
// who is stopped when the one ends that would have is hung up.
// Sabotages: in actOnPending, stop the orphaned; in mayUse, leave them out; in exit, release
// nobody.
func TestOrphanedGroup(t *testing.T) {
	w, term := newTerminalWorld(t)
	w.put(scratch, 0, 1_000_000)
	s := script{
		1: {
			do(nrKill, 0, sigTSTP),
			see(t, "a key that stops the first", 0, func(th *thread) bool {
				term.Group = 99
				return th.set(nrRead, 0, scratch+64, 1)
			}),
			see(t, "a read in the background", errIO.result(), do(nrClone, forkFlags)),
			see(t, "fork", 2, do(nrWait4, ^uint64(0), 0, 0, 0)),
			see(t, "wait4", 2, do(nrWait4, 3, atStatus, 0, 0)),
			see(t, "wait4 of the orphan", 3, func(th *thread) bool {
				w.statusIs(t, "the orphan", killed(sigHUP))
				return th.set(nrExitGroup, 0)
			}),
		},
		2: { // leads a session, in which 3 has a group of its own, and is stopped when 2 ends
			do(nrSetsid),
			see(t, "setsid", 2, do(nrClone, forkFlags)),
			see(t, "fork", 3, do(nrYield)), // the child runs first
			do(nrSetpgid, 3, 0),
			see(t, "setpgid", 0, do(nrKill, 3, sigTSTP)),
			see(t, "kill", 0, do(nrExitGroup, 0)),
		},
		3: {do(nrNanosleep, scratch)},
	}
	w.start(s.next)
	w.finish(t, s, 0)
}
