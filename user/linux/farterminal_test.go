package linux

import (
	"testing"

	"atoll/user/tty"
)

// farReader is a process of another core that reads line after line from its descriptor 0 into lines, as soon as it is there.
func farReader(lines *string) func(*thread) bool {
	return func(th *thread) bool {
		if n := int64(th.X[regA0]); th.PC != 0x1_0078 && n > 0 {
			b := make([]byte, n)
			th.p.space.Read(th.X[regSP]-200, b)
			*lines += string(b)
		}
		return th.set(nrRead, 0, th.X[regSP]-200, 100)
	}
}

// Who reads from the terminal of another core is stopped in the background. In the foreground he has a line as it is typed; a signal to his group
// takes the terminal from him before anything is typed that is not for him.
// Sabotages: in signalGroup, interrupt nobody; in read of an export, take everybody to be in the foreground; in finish, reply; in by, return 0.
func TestFarTerminal(t *testing.T) {
	w := newRealmWorldWith(t, 2, tty.New(24, 80))
	w.p.actions[sigTTOU].handler = handlerIgnore
	w.put(atValue+8, 2)
	lines := ""
	w.idle = keys(
		func() { w.term.Input([]byte("one\r")) },
		func() { w.term.Input([]byte("\x03two\r")) },
		func() { w.p.signal(siginfo{sig: sigKILL}) },
	)
	s := script{
		1: {do(nrClone, forkFlags), do(nrSetpgid, 2, 0), do(nrWait4, 2, atStatus, waitStopped, 0), func(th *thread) bool {
			w.statusIs(t, "who reads in the background", stopped(sigTTIN))
			return th.set(nrIoctl, 0, tiocSetGroup, atValue+8)
		}, see(t, "tcsetpgrp", 0, do(nrKill, ^uint64(1), sigCONT)), do(nrWait4, 2, atStatus, 0, 0), func(th *thread) bool {
			w.term.Group = 1
			return th.set(nrRead, 0, scratch+0x900, 100)
		}, func(th *thread) bool {
			b := make([]byte, th.X[regA0])
			th.p.read(scratch+0x900, b)
			lines += "shell:" + string(b)
			return th.set(nrExitGroup, 0)
		}},
		2: {to(1), do(nrExecve, atPath, atArgv, 0)},
	}
	read := farReader(&lines)
	w.start(func(th *thread) bool {
		if len(s[th.id]) > 0 {
			return s.next(th)
		}
		return read(th)
	})
	if lines != "one\nshell:two\n" || w.status != 0 {
		t.Errorf("status %d; what is read is %q", w.status, lines)
	}
	w.statusIs(t, "it", killed(sigINT))
}

// keys does one thing after the other, each when nothing else is left to do.
func keys(list ...func()) func() bool {
	return func() bool {
		if len(list) == 0 {
			return false
		}
		next := list[0]
		list = list[1:]
		next()
		return true
	}
}

// A shell of another core lends the terminal to a job there, or on a third core, as one at home does: who reads in the background is stopped, and reads
// in the foreground; a key stops the job alone, and ends it.
// Sabotages: in controlInput, say of no group that it is one; in control of an export, pass nothing on; in read of an export, read by nobody;
// in interruptRelayed, deny nothing; in pass, do not flush.
func TestFarShell(t *testing.T) {
	for _, job := range []int{1, 2} {
		w := newRealmWorldWith(t, 3, tty.New(24, 80))
		lines := ""
		w.idle = keys(
			func() { w.term.Input([]byte("one\r")) },
			func() { w.term.Input([]byte("\x1a")) },
			func() { w.term.Input([]byte("two\r")) },
			func() { w.term.Input([]byte("\x03for the shell\r")) },
			func() { w.p.signal(siginfo{sig: sigKILL}) },
		)
		const group, status = 0x40, 0x48 // below the stack pointer
		var id uint64
		at := func(th *thread, off uint64) uint64 { return th.X[regSP] - off }
		lend := func(who *uint64) func(*thread) bool {
			return func(th *thread) bool {
				th.p.store32(at(th, group), uint32(*who))
				return th.set(nrIoctl, 0, tiocSetGroup, at(th, group))
			}
		}
		wait := func(th *thread) bool { return th.set(nrWait4, id, at(th, status), waitStopped, 0) }
		statusIs := func(want waitStatus, then func(*thread) bool) func(*thread) bool {
			return func(th *thread) bool {
				if is, _ := th.p.load32(at(th, status)); waitStatus(is) != want {
					t.Errorf("the status of the job is %#x, not %#x", is, want)
				}
				return then(th)
			}
		}
		goOn := func(th *thread) bool { return th.set(nrKill, -id, sigCONT) }
		shell := uint64(2)
		s := script{
			1: {do(nrClone, forkFlags), do(nrSetpgid, 2, 0), func(th *thread) bool {
				w.term.Group = 2
				return th.set(nrWait4, 2, atStatus, 0, 0)
			}, do(nrExitGroup, 0)},
			2: {
				to(1), do(nrExecve, atPath, atArgv, 0),
				func(th *thread) bool {
					th.p.actions[sigTTOU].handler = handlerIgnore
					return th.set(nrClone, forkFlags)
				},
				func(th *thread) bool {
					id = th.X[regA0]
					return th.set(nrSetpgid, id, 0)
				},
				see(t, "setpgid", 0, wait),
				statusIs(stopped(sigTTIN), lend(&id)),
				see(t, "tcsetpgrp", 0, goOn), wait,
				statusIs(stopped(sigTSTP), lend(&shell)),
				see(t, "tcsetpgrp of its own", 0, lend(&id)),
				see(t, "tcsetpgrp again", 0, goOn), wait,
				statusIs(killed(sigINT), lend(&shell)),
				see(t, "tcsetpgrp of its own, again", 0, func(th *thread) bool { return th.set(nrRead, 0, at(th, 200), 100) }),
				func(th *thread) bool {
					b := make([]byte, th.X[regA0])
					th.p.space.Read(at(th, 200), b)
					lines += string(b)
					return th.set(nrExitGroup, 0)
				},
			},
		}
		var going []func(*thread) bool
		if job != 1 {
			going = onward(uint64(job))
		}
		read := farReader(&lines)
		w.start(func(th *thread) bool {
			switch {
			case th.p.id < idsPerCore:
				return s.next(th)
			case len(going) > 0:
				next := going[0]
				going = going[1:]
				return next(th)
			}
			return read(th)
		})
		if lines != "one\ntwo\nfor the shell\n" || w.status != 0 {
			t.Errorf("job on core %d: status %d; what is read is %q", job, w.status, lines)
		}
	}
}
