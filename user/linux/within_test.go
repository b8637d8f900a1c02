package linux

import (
	"syscall"
	"testing"

	"atoll/user/coroutine"
	"atoll/user/vfs"
)

// slowDir is a directory with one file, f: whatever is asked of them waits.
type slowDir struct{ w *world }

func (d slowDir) wait() error {
	return d.w.s.coroutines.Wait(func(wake func()) { d.w.waits = append(d.w.waits, wake) })
}

func (d slowDir) Attr() vfs.Attr                { return vfs.Attr{Mode: syscall.S_IFDIR | 0o755, Links: 2} }
func (d slowDir) Up() (vfs.Directory, string)   { return nil, "" }
func (d slowDir) Next(uint64) (vfs.Entry, bool) { return vfs.Entry{}, false }
func (d slowDir) Lookup(name string) (vfs.Node, error) {
	if err := d.wait(); err != nil || name != "f" {
		return nil, syscall.ENOENT
	}
	return slowFile{d}, nil
}

type slowFile struct{ slowDir }

func (f slowFile) Attr() vfs.Attr { return vfs.Attr{Mode: syscall.S_IFREG | 0o755, Links: 1, Size: 4} }
func (f slowFile) ReadAt(b []byte, off int64) (int, error) {
	if err := f.wait(); err != nil {
		return 0, err
	}
	return copy(b, "slow"[min(off, 4):]), nil
}
func (f slowFile) WriteAt(b []byte, off int64) (int, error) { return 0, syscall.EROFS }
func (f slowFile) Truncate(int64) error                     { return syscall.EROFS }
func (f slowFile) Size() int64                              { return 4 }

// newSlowWorld is a world with such a directory at /slow. One wait ends whenever nobody can run.
func newSlowWorld(t testing.TB) *world {
	t.Helper()
	w := newProcessWorld(t)
	w.s.coroutines.Use()
	c := vfs.NewContext(w.p.fs.NS)
	if err := c.Mkdir(c.Root, "/slow", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := w.p.fs.NS.Mount(c, "/slow", vfs.Mount{Root: slowDir{w}}); err != nil {
		t.Fatal(err)
	}
	w.idle = func() bool {
		if len(w.waits) == 0 {
			return false
		}
		wake := w.waits[0]
		w.waits = w.waits[1:]
		wake()
		return true
	}
	return w
}

// A call that waits in its middle goes on where it was, while others run; a signal waits for its end.
// Sabotages: in goOn, do not call after; in hears, leave inside out; in Picked, leave the case out.
func TestWithin(t *testing.T) {
	const handler, nrOpenat, nrRead, nrClose = 0x1234, 56, 63, 57
	w := newSlowWorld(t)
	w.p.actions[15].handler = handler
	caller := w.p.threads[initID]
	caller.X[regSP] = scratch + scratchSize
	w.putString(atPath, "/slow/f")
	idle := w.idle
	signalled := false
	w.idle = func() bool {
		if caller.inside != nil && !signalled {
			signalled = true
			at := caller.PC
			caller.signal(siginfo{sig: 15})
			if caller.PC != at {
				t.Error("a handler runs in the middle of a call")
			}
		}
		return idle()
	}
	files := func() (n int) { w.p.files.Each(func(uint64, *vfs.File) { n++ }); return n }
	before := files()
	s := script{1: {
		do(nrOpenat, ^uint64(99), atPath, 0, 0),
		func(th *thread) bool {
			if th.PC != handler || files() != before+1 {
				t.Fatalf("behind the call it is at %#x with %d files more", th.PC, files()-before)
			}
			return th.set(nrSigreturn)
		},
		func(th *thread) bool { return th.set(nrRead, th.X[regA0], scratch, 100) },
		see(t, "read", 4, func(th *thread) bool {
			if got, _ := th.p.load32(scratch); got != le.Uint32([]byte("slow")) {
				t.Errorf("it has read %#x", got)
			}
			return th.set(nrExitGroup, 0)
		}),
	}}
	w.start(s.next)
	w.finish(t, s, 0)
	if !signalled || w.s.caller != nil || w.s.coroutines.Running() != nil {
		t.Error("nothing has waited, or something is left")
	}
}

// A call for which there is no coroutine begins when another is over, and does not fail, and no signal comes meanwhile.
// Sabotages: in within, fail instead; in Picked, ask for inside only; in hears, leave inCall out.
func TestWithinMany(t *testing.T) {
	const nrOpenat, handler = 56, 0x1234
	w := newSlowWorld(t)
	w.p.actions[15].handler = handler
	w.putString(atPath, "/slow/f")
	var others []*coroutine.Coroutine
	for {
		c, err := w.s.coroutines.Start(func() { w.s.coroutines.Wait(func(func()) {}) }, nil)
		if err != nil {
			break
		}
		others = append(others, c)
	}
	caller, idle, looks := w.p.threads[initID], w.idle, 0
	caller.X[regSP] = scratch + scratchSize
	w.idle = func() bool {
		if caller.code == nil {
			return idle()
		}
		switch looks++; looks {
		case 1:
			at := caller.PC
			if caller.signal(siginfo{sig: 15}); caller.PC != at {
				t.Error("a handler runs before the call has begun")
			}
			caller.runAgain() // for nothing
		case 2:
			others[0].End()
		default:
			return false
		}
		return true
	}
	s := script{1: {
		do(nrOpenat, ^uint64(99), atPath, 0, 0),
		func(th *thread) bool {
			if th.PC != handler || looks != 2 {
				t.Errorf("behind the call it is at %#x, after %d looks", th.PC, looks)
			}
			return th.set(nrExitGroup, 0)
		},
	}}
	w.start(s.next)
	w.finish(t, s, 0)
	if caller.code != nil {
		t.Error("something is left")
	}
}

// Who is killed in the middle of a call ends at once, and leaves nothing; what comes then is nobody's.
// Sabotage: in dismiss, do not leave the call.
func TestWithinKilled(t *testing.T) {
	const nrOpenat = 56
	w := newSlowWorld(t)
	w.putString(atPath, "/slow/f")
	idle := w.idle
	w.idle = func() bool {
		if p := w.s.processes[2]; p != nil && !p.dead {
			c := p.threads[2]
			if c.inside == nil || len(w.waits) != 1 {
				t.Fatal("the child does not wait")
			}
			p.signal(siginfo{sig: sigKILL})
			if c.inside != nil || !p.dead || len(p.threads) != 0 {
				t.Error("it is not over")
			}
		}
		return idle()
	}
	s := script{1: {
		do(nrClone, forkFlags),
		do(nrWait4, 2, atStatus, 0, 0),
		see(t, "wait4", 2, func(th *thread) bool {
			if status, _ := w.p.load32(atStatus); status != sigKILL {
				t.Errorf("its status is %#x", status)
			}
			return th.set(nrExitGroup, 0)
		}),
	}, 2: {do(nrOpenat, ^uint64(99), atPath, 0, 0)}}
	w.start(s.next)
	w.finish(t, s, 0)
}

// Of a process that is stopped in the middle of a call nothing goes on until it is to.
// Sabotage: in runAgain, do not look whether the process is stopped.
func TestWithinStopped(t *testing.T) {
	const nrOpenat = 56
	w := newSlowWorld(t)
	w.putString(atPath, "/slow/f")
	idle, stopped := w.idle, false
	w.idle = func() bool {
		p := w.s.processes[2]
		switch {
		case p == nil || p.dead:
		case !stopped:
			stopped = true
			p.stop(sigSTOP)
			idle()
			return true
		case p.stopped:
			p.goOn()
			return true
		}
		return idle()
	}
	s := script{1: {
		do(nrClone, forkFlags),
		do(nrWait4, 2, atStatus, 0, 0),
		see(t, "wait4", 2, do(nrExitGroup, 0)),
	}, 2: {
		do(nrOpenat, ^uint64(99), atPath, 0, 0),
		func(th *thread) bool {
			if th.p.stopped || int64(th.X[regA0]) < 0 {
				t.Errorf("it goes on stopped, or with %d", int64(th.X[regA0]))
			}
			return th.set(nrExitGroup, 0)
		},
	}}
	w.start(s.next)
	w.finish(t, s, 0)
}

// Who is killed while an execve waits for the program's file gives back what that has made.
// Sabotage: in part of an execution, drop nothing.
func TestWithinKilledExec(t *testing.T) {
	w := newSlowWorld(t)
	w.putString(atPath, "/slow/f")
	w.put(atArgv, atPath, 0)
	idle, loads := w.idle, 0
	w.idle = func() bool {
		if p := w.s.processes[2]; p != nil && !p.dead {
			if loads++; loads == 3 { // the name, the first line, and then it is loaded
				p.signal(siginfo{sig: sigKILL})
			}
		}
		return idle()
	}
	var free [2]uint64
	s := script{1: {
		func(th *thread) bool { free[0], _ = w.s.memoryLeft(); return th.set(nrClone, forkFlags) },
		do(nrWait4, 2, atStatus, 0, 0),
		see(t, "wait4", 2, do(nrYield)), do(nrYield), do(nrYield), do(nrYield), do(nrYield), do(nrYield),
		func(th *thread) bool { free[1], _ = w.s.memoryLeft(); return th.set(nrExitGroup, 0) },
	}, 2: {do(nrExecve, atPath, atArgv, 0)}}
	w.start(s.next)
	w.finish(t, s, 0)
	if loads != 3 || free[0] != free[1] {
		t.Errorf("it has waited %d times; %d bytes were free, and %d are", loads, free[0], free[1])
	}
}
