package linux

import (
	"fmt"
	"reflect"
	"strings"
	"syscall"
	"testing"

	"atoll/kernel/dispatch"
	"atoll/monitor/parcel"
	"atoll/monitor/stream"
	"atoll/user/tty"
	"atoll/user/vfs"
)

const nrSetaffinity = 122

// farEnv is what the processes of another core have around them.
type farEnv struct {
	*world
	ns    *vfs.Namespace
	ended bool
}

func (e *farEnv) Files() *vfs.Namespace { return e.ns }
func (e *farEnv) Exit(int)              { e.ended = true }

// simLink carries parcels between the cores of a world.
type simLink struct {
	w    *world
	here int
}

func (l simLink) Alive() uint64 { return 1<<(len(l.w.others)+1) - 1 }
func (l simLink) Room(_ int, f func()) {
	if l.w.full {
		l.w.asked = append(l.w.asked, f)
		return
	}
	f()
}
func (l simLink) Send(to int, p parcel.Parcel) {
	if len(p.Data) > parcel.MostData {
		panic("a parcel that ends what carries it")
	}
	l.w.parcels[p.Kind]++
	var name *stream.Name
	if p.Out != nil {
		n := p.Out.Name()
		name, p.Out = &n, nil
	}
	l.w.loop.Do(func() {
		s := l.w.system(to)
		if name != nil {
			if p.In = l.w.streams(to, l.here).Reader(*name); p.In == nil {
				panic("a stream that cannot be")
			}
			defer func() { p.In.Close() }()
		}
		switch {
		case l.w.down[to] || l.w.down[l.here]:
		case AsksLoad(&p) || SparesLoad(&p):
			l.w.core(l.here, to, &p)
		default:
			if p.Kind == parcelMove {
				l.w.moves++
			}
			s.Take(l.here, &p)
		}
	})
}

// Stream begins a stream, if the world has any.
func (l simLink) Stream(to int) *stream.Writer {
	if l.w.streamless {
		return nil
	}
	return l.w.streams(l.here, to).Writer()
}

// streams returns the streams of a core to another.
func (w *world) streams(here, to int) *stream.Set {
	pair := [2]int{here, to}
	if w.sets[pair] == nil {
		if w.sets == nil {
			w.sets = map[[2]int]*stream.Set{}
		}
		a, b := make([]byte, stream.Memory), make([]byte, stream.Memory)
		w.sets[pair], w.sets[[2]int{to, here}] = stream.New(a, b), stream.New(b, a)
	}
	return w.sets[pair]
}

// system returns the processes of a core.
func (w *world) system(core int) *System {
	if core == 0 {
		return w.s
	}
	return w.others[core-1]
}

// newRealmWorld is a world of several cores, with a program /bin/child on each. The process lives on core 0.
func newRealmWorld(t testing.TB, cores int) *world {
	t.Helper()
	return newRealmWorldWith(t, cores, nil)
}

// newRealmWorldWith is such a world with a terminal.
func newRealmWorldWith(t testing.TB, cores int, term *tty.Terminal) *world {
	t.Helper()
	w := newWorldWith(t, term)
	w.redo = true
	for _, th := range w.p.threads {
		th.PC = 0x1000
	}
	w.down = map[int]bool{}
	programs := map[string]string{"/bin/child": program(0x1_0078, "text")}
	w.install(programs)
	w.putString(atPath, "/bin/child")
	w.put(atArgv, atPath, 0)
	w.s.SetRealm(simLink{w, 0}, 77, 0, 0, LeastLoaded)
	for core := 1; core < cores; core++ {
		e := &farEnv{world: w, ns: w.Files()}
		store, _ := newStore(t)
		s := newSystem(e, store)
		installIn(t, vfs.NewContext(s.files), programs)
		w.others = append(w.others, s)
		s.SetRealm(simLink{w, core}, 77, core, 0, LeastLoaded)
		s.Begin(w.loop, new(dispatch.Group))
	}
	return w
}

// to has the thread run on a core from its next program on.
func to(core uint64) func(*thread) bool {
	return func(th *thread) bool {
		th.p.store64(atValue, 1<<core)
		return th.set(nrSetaffinity, 0, 8, atValue)
	}
}

// onward has a process that lives elsewhere, with its path on the stack, go on to a core.
func onward(core uint64) []func(*thread) bool {
	return []func(*thread) bool{
		func(th *thread) bool {
			sp := th.X[regSP]
			th.p.store64(sp, 1<<core)
			return th.set(nrSetaffinity, 0, 8, sp)
		},
		func(th *thread) bool {
			sp := th.X[regSP]
			th.p.space.Write(sp, append([]byte("/bin/child"), 0))
			th.p.store64(sp+16, sp)
			th.p.store64(sp+24, 0)
			return th.set(nrExecve, sp, sp+16, 0)
		},
	}
}

// there checks that a thread runs on a core as the first of a program, and goes on.
func there(t *testing.T, core int, then func(*thread) bool) func(*thread) bool {
	return func(th *thread) bool {
		t.Helper()
		if th.p.sys.core() != core || th.PC != 0x1_0078 || th.p.name != "child" {
			t.Errorf("process %d, %s, is at %#x of core %d", th.p.id, th.p.name, th.PC, th.p.sys.core())
		}
		return then(th)
	}
}

// A process moves as it executes a program. It keeps its number, its parent and its files; what it writes comes
// there, and its end is told. Sabotages: in leaveAll, keep the files; in settle, give it no parent; in heard, do
// not wait for what is being written; in progress, do not write.
func TestMove(t *testing.T) {
	w := newRealmWorld(t, 2)
	const fds, buf = scratch + 0x800, scratch + 0x900
	s := script{
		1: {
			do(nrPipe2, fds, 0),
			do(nrClone, forkFlags),
			see(t, "fork", 2, do(nrClose, 4)),
			do(nrRead, 3, buf, 100),
			see(t, "read", 3, do(nrRead, 3, buf, 100)),
			see(t, "read at the end", 0, do(nrWait4, 2, atStatus, 0, 0)),
			see(t, "wait4", 2, func(th *thread) bool {
				w.statusIs(t, "it", exited(7))
				if n := len(w.others[0].processes) + len(w.s.realm.exports) + len(w.others[0].realm.imports); n != 0 {
					t.Errorf("%d processes and files are left", n)
				}
				return th.set(nrExitGroup, 0)
			}),
		},
		2: {
			to(1),
			see(t, "sched_setaffinity", 0, do(nrExecve, atPath, atArgv, 0)),
			there(t, 1, do(nrGetpid)),
			see(t, "getpid", 2, do(nrGetppid)),
			see(t, "getppid", 1, func(th *thread) bool {
				th.p.space.Write(th.X[regSP], []byte("abc"))
				return th.set(nrWrite, 4, th.X[regSP], 3)
			}),
			see(t, "write", 3, do(nrExitGroup, 7)),
		},
	}
	w.start(s.next)
	w.finish(t, s, 0)
}

// A process that lives elsewhere is stopped, goes on and is killed by its number and by its group, and its
// parent is told each time. What it has forked there is of the group. Sabotages: in signal, do not forward; in
// kill, do not forward to the group.
func TestMoveSignals(t *testing.T) {
	w := newRealmWorld(t, 2)
	const any, untraced, handler = ^uint64(0), 2, 0x5678
	spin := func(th *thread) bool { return th.set(nrYield) }
	handled := 0
	s := script{
		1: {
			do(nrClone, forkFlags),
			see(t, "fork", 2, do(nrSetpgid, 2, 0)),
			do(nrYield), do(nrYield), do(nrYield), do(nrYield), do(nrYield), do(nrYield), do(nrYield), do(nrYield), do(nrYield), do(nrYield),
			func(th *thread) bool {
				if far := w.others[0].processes; far[2] == nil || len(far) != 2 || !w.s.processes[2].ghost() {
					t.Fatalf("core 1 has %d processes", len(far))
				}
				return th.set(nrSetpgid, 2, 1)
			},
			see(t, "setpgid of what lives elsewhere", errno(syscall.EACCES).result(), do(nrKill, 2, sigSTOP)),
			see(t, "kill", 0, do(nrWait4, any, atStatus, untraced, 0)),
			see(t, "wait4", 2, func(th *thread) bool {
				w.statusIs(t, "it", stopped(sigSTOP))
				return th.set(nrKill, 2, sigCONT)
			}),
			do(nrWait4, any, atStatus, waitContinued, 0),
			see(t, "wait4", 2, func(th *thread) bool {
				w.statusIs(t, "it", continued)
				return th.set(nrKill, ^uint64(1), firstRT) // the group 2, by a signal that queues
			}),
			see(t, "kill", 0, do(nrYield)), do(nrYield), do(nrYield), do(nrYield), do(nrYield),
			func(th *thread) bool {
				if handled != 2 {
					t.Errorf("%d handlers have run, want one of each process", handled)
				}
				return th.set(nrKill, ^uint64(1), sigKILL)
			},
			do(nrWait4, any, atStatus, 0, 0),
			see(t, "wait4", 2, func(th *thread) bool {
				w.statusIs(t, "it", killed(sigKILL))
				for _, p := range w.others[0].processes {
					if !p.dead {
						t.Errorf("process %d of core 1 lives", p.id)
					}
				}
				return th.set(nrKill, 2, 0)
			}),
			see(t, "kill of nobody", srch.result(), do(nrExitGroup, 0)),
		},
		2: {to(1), do(nrExecve, atPath, atArgv, 0), there(t, 1, do(nrClone, forkFlags))},
	}
	w.start(func(th *thread) bool {
		if len(s[th.id]) > 0 || th.p.sys == w.s {
			return s.next(th)
		}
		if th.PC == handler {
			handled++
			return th.set(nrSigreturn)
		}
		if th.p.actions[firstRT].handler == 0 {
			th.p.actions[firstRT].handler = handler
		}
		return spin(th)
	})
	w.finish(t, s, 0)
}

// What cannot move stays: the call fails, and nothing has changed on either core.
// Sabotages: in arrive, do not look whether there is one of the number; in moved, do not take the exports back; in
// drop, keep the memory.
func TestMoveRefused(t *testing.T) {
	w := newRealmWorld(t, 2)
	w.install(map[string]string{"/bin/mine": program(0x1_0078, "of core 0")})
	const mine = atPath + 32
	w.putString(mine, "/bin/mine")
	used, _ := w.others[0].store.Pages()
	check := func(what string, then func(*thread) bool) func(*thread) bool {
		return func(th *thread) bool {
			now, _ := w.others[0].store.Pages()
			if n := len(w.others[0].processes) + len(w.s.realm.exports) + len(w.others[0].realm.imports); n != 0 || now != used {
				t.Errorf("%s: %d processes and files are left, %d pages", what, n, now-used)
			}
			return then(th)
		}
	}
	s := script{
		1: {do(nrClone, forkFlags), do(nrWait4, 2, atStatus, 0, 0), see(t, "wait4", 2, do(nrExitGroup, 0))},
		2: {
			to(1),
			do(nrExecve, mine, atArgv, 0),
			see(t, "execve of what core 1 has not", noEnt.result(), check("not there", func(th *thread) bool {
				installIn(t, vfs.NewContext(w.others[0].files), map[string]string{"/bin/mine": "no program"})
				return th.set(nrExecve, mine, atArgv, 0)
			})),
			see(t, "execve of what is none there", noExec.result(), check("no program", func(th *thread) bool {
				w.others[0].mostTasks = 0
				return th.set(nrExecve, atPath, atArgv, 0)
			})),
			see(t, "execve where there is no room", again.result(), check("no room", do(nrExitGroup, 0))),
		},
	}
	w.start(s.next)
	w.finish(t, s, 0)
	far := w.others[0]
	far.mostTasks = 10
	far.processes[9] = &Process{sys: far, id: 9, dead: true, seat: 1}
	if far.Take(0, &parcel.Parcel{Kind: parcelMove, W: [parcel.Words]uint64{77, 9}, Data: (&record{pid: 9, path: "/bin/child"}).bytes()}); len(far.realm.arrivals) != 0 {
		t.Error("a process comes that is there")
	}
	if p := parcel.Parcel(Refuse(&parcel.Parcel{Kind: parcelMove, W: [parcel.Words]uint64{1, 2}})); p.Kind != parcelMoved || p.W[2] != uint64(noMem) {
		t.Errorf("a core without room says %+v", p)
	}
}

// A process with more open files than a parcel has names for moves, with all of them; one with more of them than may be used from afar,
// or in a directory that has no path, stays. Sabotages: in exportFiles, keep all names; in exportFiles, leave out
// files; in emigrate and in begin, do not mind that there is no directory.
func TestMoveMuch(t *testing.T) {
	w := newRealmWorld(t, 2)
	long := strings.Repeat("n", 250)
	open := func(p *Process, from, to int) {
		f, _ := p.files.Get(1)
		for fd := from; fd < to; fd++ {
			p.files.Put(vfs.NewFile(f.Content.(vfs.Stream), f.Flags, strings.Repeat("/"+long, 4)), uint64(fd), false)
		}
	}
	leave := func(p *Process) {
		p.fs.Mkdir(p.fs.Root, long, 0o755)
		n, _ := p.fs.Find(p.fs.Root, long, true)
		p.fs.Cwd = n.(vfs.Directory)
		p.fs.Rmdir(p.fs.Root, long)
	}
	left := func(what string, then func(*thread) bool) func(*thread) bool {
		return func(th *thread) bool {
			if n := len(w.s.realm.exports); n != 0 {
				t.Errorf("%s: %d files are still exported", what, n)
			}
			return then(th)
		}
	}
	s := script{
		1: {do(nrClone, forkFlags), do(nrWait4, 2, atStatus, 0, 0), see(t, "wait4", 2, do(nrExitGroup, 0))},
		2: {
			to(1),
			func(th *thread) bool {
				open(th.p, 10, 10+mostExports)
				return th.set(nrExecve, atPath, atArgv, 0)
			},
			see(t, "execve with too many files", errno(syscall.ENFILE).result(), left("too many", func(th *thread) bool {
				for fd := 310; fd < 10+mostExports; fd++ {
					th.p.files.Close(uint64(fd))
				}
				leave(th.p)
				return th.set(nrExecve, atPath, atArgv, 0)
			})),
			see(t, "execve in what is removed", noEnt.result(), left("removed", func(th *thread) bool {
				th.p.fs.Cwd = th.p.fs.Root
				return th.set(nrExecve, atPath, atArgv, 0)
			})),
			there(t, 1, func(th *thread) bool {
				if n := len(w.others[0].realm.imports); n < 300 {
					t.Errorf("it has %d files", n)
				}
				return th.set(nrExitGroup, 0)
			}),
		},
	}
	w.start(s.next)
	w.finish(t, s, 0)
}

// Who is killed on his way is, on either core. Sabotage: in moved, do not kill.
func TestMoveKilled(t *testing.T) {
	w := newRealmWorld(t, 2)
	s := script{
		1: {
			do(nrClone, forkFlags),
			func(th *thread) bool { return th.set(nrYield) },
			do(nrWait4, 2, atStatus, 0, 0),
			see(t, "wait4", 2, func(th *thread) bool {
				w.statusIs(t, "it", killed(sigKILL))
				return th.set(nrYield)
			}),
			do(nrYield), do(nrYield), do(nrYield), do(nrYield),
			func(th *thread) bool {
				if n := len(w.others[0].processes) + len(w.s.realm.exports); n != 0 {
					t.Errorf("%d processes and files are left", n)
				}
				return th.set(nrExitGroup, 0)
			},
		},
		2: {to(1), func(th *thread) bool {
			w.loop.Do(func() { th.p.signal(siginfo{sig: sigKILL}) })
			return th.set(nrExecve, atPath, atArgv, 0)
		}},
	}
	w.start(func(th *thread) bool {
		if len(s[th.id]) == 0 {
			return th.set(nrYield)
		}
		return s.next(th)
	})
	w.finish(t, s, 0)
}

// When a core dies its processes are killed, as their parents see it, and its files fail; what the others have is theirs. When the
// home dies all is over. Sabotages: in Lost, keep the ghosts, or the imports, or the exports.
func TestMoveDeaths(t *testing.T) {
	const fds, buf = scratch + 0x800, scratch + 0x900
	for _, dies := range []int{1, 0} {
		w := newRealmWorld(t, 2)
		die := func(*thread) {
			w.loop.Do(func() {
				w.down[dies] = true
				w.system(1 - dies).Lost(dies)
			})
		}
		s := script{
			1: {
				do(nrPipe2, fds, 0), do(nrClone, forkFlags), see(t, "fork", 2, do(nrClose, 4)),
				do(nrRead, 3, buf, 100),
				see(t, "read", 0, do(nrWait4, 2, atStatus, 0, 0)),
				see(t, "wait4", 2, func(th *thread) bool {
					w.statusIs(t, "it", killed(sigKILL))
					if len(w.s.realm.exports) != 0 {
						t.Error("files are left that it has used")
					}
					return th.set(nrExitGroup, 0)
				}),
			},
			2: {to(1), do(nrExecve, atPath, atArgv, 0), there(t, 1, func(th *thread) bool {
				die(th)
				return th.set(nrYield)
			})},
		}
		w.start(func(th *thread) bool {
			switch {
			case len(s[th.id]) > 0:
				return s.next(th)
			case w.others[0].ended:
				return false
			}
			return th.set(nrYield)
		})
		if dies == 1 {
			w.finish(t, s, 0)
		} else if far := w.others[0]; !far.ended || !far.env.(*farEnv).ended {
			t.Error("without its home the run goes on")
		}
	}
}

// What is written from afar waits when there is no room, comes in order, and ends the writer when nobody reads any
// more: in parcels, and in a stream. Sabotages: in WriteFrom, have no window; in written, make none; in write of an export, tell no error, of
// either; in unread, tell nobody; in Put, do not wait; in read of a source, do not stir.
func TestFarPipe(t *testing.T) {
	for _, streams := range []bool{false, true} {
		t.Run(fmt.Sprint("streams ", streams), func(t *testing.T) { farPipe(t, streams) })
	}
}

func farPipe(t *testing.T, streams bool) {
	w := newRealmWorld(t, 2)
	w.streamless = !streams
	const fds, buf, total = scratch + 0x800, scratch + 0x1000, 5 * window
	got, sent := 0, 0
	chunk := uint64(3000)
	var read func(th *thread) bool
	s := script{}
	read = func(th *thread) bool {
		n := int(th.X[regA0])
		b := make([]byte, max(n, 0))
		th.p.read(buf, b)
		for i, c := range b {
			if c != byte((got+i)%251) {
				t.Fatalf("byte %d is %d", got+i, c)
			}
		}
		if got += n; got < total-window {
			s[1] = append(s[1], read)
			return th.set(nrRead, 3, buf, 4096)
		}
		s[1] = append(s[1], do(nrWait4, 2, atStatus, 0, 0), func(th *thread) bool {
			w.statusIs(t, "it", killed(sigPIPE))
			return th.set(nrExitGroup, 0)
		})
		return th.set(nrClose, 3)
	}
	var write func(th *thread) bool
	write = func(th *thread) bool {
		if th.PC != 0x1_0078 {
			sent += int(th.X[regA0])
		}
		if way := sent - got; way > 2*window+int(chunk)+4096 {
			t.Fatalf("%d bytes are on their way", way)
		}
		b := make([]byte, chunk)
		for i := range b {
			b[i] = byte((sent + i) % 251)
		}
		th.p.space.Write(th.X[regSP]-chunk, b)
		s[2] = append(s[2], write)
		return th.set(nrWrite, 4, th.X[regSP]-chunk, chunk)
	}
	s[1] = []func(*thread) bool{
		do(nrPipe2, fds, 0), do(nrClone, forkFlags), do(nrClose, 4), do(nrRead, 3, buf, 4096), read,
	}
	s[2] = []func(*thread) bool{do(nrClose, 3), to(1), do(nrExecve, atPath, atArgv, 0), there(t, 1, write)}
	w.start(s.next)
	if w.status != 0 || got < total-window {
		t.Errorf("status %d, %d bytes have come", w.status, got)
	}
}

// Who reads a pipe from afar that nobody else reads gets all of it in order, out of a stream, and asks once. If others read it, too, or there is no
// stream, it gets what it has asked for, and no more.
// Sabotages: in openStream, do not ask whether others read; in Send, leave what is in the pipe, or do not notify; in step, do not tell the end; in
// take of a file, take no stream.
func TestFarRead(t *testing.T) {
	const fds, buf, chunk, piece, total = scratch + 0x800, scratch + 0x1000, 512, 128, 3 * window
	for _, kind := range []string{"a stream", "no stream", "others"} {
		alone, streams := kind != "others", kind == "a stream"
		w := newRealmWorld(t, 2)
		w.streamless = kind == "no stream"
		sent, got, reads := 0, 0, 0
		s := script{}
		var write func(th *thread) bool
		write = func(th *thread) bool {
			if n := int(th.X[regA0]); sent > 0 && n != chunk {
				t.Fatalf("%d bytes are written", n)
			}
			if sent == total {
				s[1] = append(s[1], do(nrWait4, 2, atStatus, 0, 0), func(th *thread) bool {
					w.statusIs(t, "it", exited(0))
					return th.set(nrExitGroup, 0)
				})
				return th.set(nrClose, 4)
			}
			b := make([]byte, chunk)
			for i := range b {
				b[i] = byte((sent + i) % 251)
			}
			th.p.write(buf, b)
			sent += chunk
			s[1] = append(s[1], write)
			return th.set(nrWrite, 4, buf, chunk)
		}
		var read func(th *thread) bool
		read = func(th *thread) bool {
			at := th.X[regSP] - piece
			if th.PC != 0x1_0078 {
				n := int(th.X[regA0])
				b := make([]byte, max(n, 0))
				th.p.space.Read(at, b)
				for i, c := range b {
					if c != byte((got+i)%251) {
						t.Fatalf("byte %d is %d", got+i, c)
					}
				}
				if got += n; n <= 0 {
					return th.set(nrExitGroup, 0)
				}
			}
			file, _ := th.file(3)
			switch f := file.Content.(*farFile); {
			case len(f.content) > 0:
				t.Fatalf("%d bytes have come that nobody has asked for", len(f.content))
			case streams != (f.from != nil) && got > 0:
				t.Fatalf("it is %v that there is a stream", !streams)
			}
			s[2] = append(s[2], read)
			if reads++; reads%100 == 0 {
				s[2] = append(s[2][:len(s[2])-1], do(nrRead, 3, at, piece), read)
				return th.set(nrYield) // the writer fills the pipe
			}
			return th.set(nrRead, 3, at, piece)
		}
		s[1] = []func(*thread) bool{do(nrPipe2, fds, 0), do(nrClone, forkFlags)}
		if alone {
			s[1] = append(s[1], do(nrClose, 3))
		}
		s[1] = append(s[1], write)
		s[2] = []func(*thread) bool{do(nrClose, 4), to(1), do(nrExecve, atPath, atArgv, 0), there(t, 1, read)}
		w.start(s.next)
		asked, came, stirs := w.parcels[parcelRead], w.parcels[parcelData], w.parcels[parcelStir]
		if got != total || w.status != 0 || streams && (asked != 1 || came != 1) || !streams && (asked < total/piece || stirs > 0) {
			t.Errorf("%s: status %d, %d bytes of %d, asked for %d times, come in %d parcels, stirred %d times", kind, w.status, got, total, asked, came, stirs)
		}
		if n := w.streams(0, 1).Open() + w.streams(1, 0).Open(); n > 0 {
			t.Errorf("%d ends of streams are open", n)
		}
	}
}

// A core that sends more than was allowed and asked for loses the file, and nothing else.
// Sabotage: in take, leave out the bound.
func TestFarFlood(t *testing.T) {
	w := newRealmWorld(t, 2)
	r := w.others[0].realm
	f := r.importFile(0, &fileRecord{file: 9, mode: syscall.S_IFIFO})
	if _, err := f.Read(make([]byte, 1)); err != syscall.EAGAIN {
		t.Fatal(err)
	}
	for range 5 {
		w.others[0].Take(0, &parcel.Parcel{Kind: parcelData, W: [parcel.Words]uint64{r.run, 9, 0, 1}, Data: make([]byte, window)})
	}
	if n, err := f.Read(make([]byte, 1)); err != syscall.EIO || len(f.content) > 0 {
		t.Errorf("%d, %v; %d bytes are kept", n, err, len(f.content))
	}
}

// That a process has ended is told when all has arrived that it has written, and not before.
// Sabotage: in heard, do not wait.
func TestFarLast(t *testing.T) {
	w := newRealmWorld(t, 2)
	w.streamless = true // what is in one has arrived
	const fds, buf, total = scratch + 0x800, scratch + 0x1000, window * 3 / 2
	got, sent, looks := 0, 0, 0
	s := script{}
	var look, read, write func(th *thread) bool
	look = func(th *thread) bool {
		if looks++; looks < 50 {
			s[1] = append(s[1], look)
			return th.set(nrYield)
		}
		s[1] = append(s[1], see(t, "wait4", 0, do(nrRead, 3, buf, 4096)), read)
		return th.set(nrWait4, 2, atStatus, waitNoHang, 0)
	}
	read = func(th *thread) bool {
		if got += int(th.X[regA0]); th.X[regA0] != 0 {
			s[1] = append(s[1], read)
			return th.set(nrRead, 3, buf, 4096)
		}
		s[1] = append(s[1], do(nrExitGroup, 0))
		return th.set(nrWait4, 2, atStatus, 0, 0)
	}
	write = func(th *thread) bool {
		if sent == total {
			return th.set(nrExitGroup, 3)
		}
		n := min(2048, total-sent)
		sent += n
		s[2] = append(s[2], write)
		return th.set(nrWrite, 4, th.X[regSP], uint64(n))
	}
	s[1] = []func(*thread) bool{do(nrPipe2, fds, 0), do(nrClone, forkFlags), do(nrClose, 4), look}
	s[2] = []func(*thread) bool{do(nrClose, 3), to(1), do(nrExecve, atPath, atArgv, 0), there(t, 1, write)}
	w.start(s.next)
	w.statusIs(t, "it", exited(3))
	if w.status != 0 || got != total || looks < 50 {
		t.Errorf("status %d, %d bytes have come, want %d", w.status, got, total)
	}
}

// Who has written what nobody reads holds up no news but that of his own exit: not that he is stopped, or killed, and not what others of
// his core do. Sabotages: in writing, do not ask whose it is; in heard, hold what is no exit.
func TestFarNews(t *testing.T) {
	w := newRealmWorld(t, 2)
	const fds, untraced = scratch + 0x800, 2
	ended := false
	s := script{3: {to(1), do(nrExecve, atPath, atArgv, 0), there(t, 1, do(nrExitGroup, 5))}}
	var write, fill func(th *thread) bool
	write = func(th *thread) bool {
		s[2] = append(s[2], write)
		return th.set(nrWrite, 4, th.X[regSP], 2048)
	}
	s[2] = []func(*thread) bool{to(1), do(nrExecve, atPath, atArgv, 0), there(t, 1, write)}
	fill = func(th *thread) bool { // until neither the pipe nor what is on its way has room
		way := 0
		for _, f := range w.others[0].realm.imports {
			way += f.way + len(f.out)
		}
		if way <= window-2048 {
			s[1] = append([]func(*thread) bool{fill}, s[1]...)
		}
		return th.set(nrYield)
	}
	s[1] = []func(*thread) bool{
		do(nrPipe2, fds, 0),
		do(nrClone, forkFlags),
		fill,
		do(nrClone, forkFlags),
		see(t, "fork", 3, do(nrWait4, 3, atStatus, 0, 0)),
		see(t, "wait4", 3, func(th *thread) bool {
			w.statusIs(t, "another", exited(5))
			return th.set(nrKill, 2, sigSTOP)
		}),
		do(nrWait4, 2, atStatus, untraced, 0),
		see(t, "wait4", 2, func(th *thread) bool {
			w.statusIs(t, "it", stopped(sigSTOP))
			return th.set(nrKill, 2, sigKILL)
		}),
		do(nrWait4, 2, atStatus, 0, 0),
		see(t, "wait4", 2, func(th *thread) bool {
			w.statusIs(t, "it", killed(sigKILL))
			ended = true
			return th.set(nrExitGroup, 0)
		}),
	}
	w.start(s.next)
	if !ended || len(w.s.realm.held) != 0 {
		t.Errorf("nobody is told; news of %d cores are held", len(w.s.realm.held))
	}
}

// Who sends signals to other cores waits when those take none, and can be killed meanwhile: a program that does nothing
// else would fill the kernel's heap. Sabotages: in kill, do not wait; in room, ask no core.
func TestFarFull(t *testing.T) {
	w := newRealmWorld(t, 2)
	spin := func(th *thread) bool { return th.set(nrYield) }
	s := script{
		1: {
			do(nrClone, forkFlags), do(nrYield), do(nrYield), do(nrYield), do(nrYield), do(nrYield), do(nrYield),
			do(nrClone, forkFlags),
			func(th *thread) bool {
				if !w.s.processes[2].ghost() {
					t.Error("process 2 is here")
				}
				w.full = true
				return spin(th)
			},
			spin, spin, spin, spin,
			func(th *thread) bool {
				if n := len(w.asked); n != 1 {
					t.Errorf("%d calls wait", n)
				}
				w.full = false
				return th.set(nrKill, 3, sigKILL)
			},
			see(t, "kill", 0, do(nrWait4, 3, atStatus, 0, 0)),
			see(t, "wait4", 3, func(th *thread) bool {
				w.statusIs(t, "it", killed(sigKILL))
				for _, wake := range w.asked {
					wake()
				}
				return th.set(nrExitGroup, 0)
			}),
		},
		2: {to(1), do(nrExecve, atPath, atArgv, 0)},
		3: {spin, spin, do(nrKill, 2, sigCONT), func(*thread) bool { panic("the signal is sent") }},
	}
	w.start(func(th *thread) bool {
		if th.id == 2 && len(s[2]) == 0 {
			return spin(th)
		}
		return s.next(th)
	})
	w.finish(t, script{}, 0)
}

// Nothing that another core sends panics or does anything to a process that has nothing to do with it.
func FuzzTake(f *testing.F) {
	for kind := parcelMove; kind <= parcelAnswer+1; kind++ {
		f.Add(kind, uint64(1), uint64(9), uint64(1), []byte("data"))
	}
	f.Add(parcelMove, uint64(70000), uint64(0), uint64(0), (&record{pid: 70000, path: "/bin/child", args: []string{"a"}, files: []fileRecord{{file: 1, flags: 2, mode: 3, name: "x"}, {fd: 1, core: 1, origin: 1}}}).bytes())
	f.Fuzz(func(t *testing.T, kind uint16, what, a, b uint64, data []byte) {
		w := newRealmWorld(t, 2)
		w.s.loop, w.s.share = w.loop, new(dispatch.Group)
		w.p.threads[initID].run(nil)
		file, _ := w.p.files.Get(1)
		w.s.realm.exportFile(1, 0, 0, file)
		w.s.Take(1, &parcel.Parcel{Kind: kind, W: [parcel.Words]uint64{77, what, a, b}, Data: data})
		w.start(func(th *thread) bool { return false })
		if w.p.dead && kind != parcelSignal && kind != parcelGroup && kind != parcelReboot {
			t.Errorf("a parcel of kind %d has ended the first process", kind)
		}
	})
}

// A record is read as it was written, and whatever else is none.
func TestRecord(t *testing.T) {
	r := &record{pid: 1, group: 2, cwd: "/x", limits: usualLimits, args: []string{"", "b"}, environment: []string{"A=1"}, terminal: fileRecord{file: 9},
		files: []fileRecord{{1, 2, 3, 4, 5, 6, "seven"}, {fd: 6}}}
	b := r.bytes()
	got, ok := recordOf(b)
	got.listing = r.listing
	if !ok || !reflect.DeepEqual(got, r) {
		t.Errorf("it is %+v, %v; want %+v", got, ok, r)
	}
	for n := range b {
		if _, ok := recordOf(b[:n]); ok {
			t.Errorf("%d bytes of %d are one, too", n, len(b))
		}
	}
	if _, ok := recordOf(append(b, 0)); ok {
		t.Error("one and a byte are one, too")
	}
}

// A process goes to and fro, and is the same to its parent; in the end none of its ghosts is left.
// Each core has the program a second time, which runs instead, and is known by the same path.
// Sabotages: in replace, keep the ghost's tasks; in exit, tell nobody behind; in twin, leave the path as it is.
func TestMoveBack(t *testing.T) {
	w := newRealmWorld(t, 3)
	for _, s := range w.others {
		s.twins = w.Files()
		installIn(t, vfs.NewContext(s.twins), map[string]string{"/bin/child": program(0x1_0078, "text")})
	}
	route := []uint64{1, 2, 0, 1, 0, 2}
	var steps []func(*thread) bool
	for i, core := range route {
		if i == 0 {
			steps = append(steps, to(core), do(nrExecve, atPath, atArgv, 0))
		} else {
			steps = append(steps, onward(core)...)
		}
		steps = append(steps, there(t, int(core), func(th *thread) bool {
			if path := th.p.program.Path(th.p.fs); path != "/bin/child" {
				t.Errorf("on core %d the program is known as %s", core, path)
			}
			return th.set(nrGetppid)
		}), see(t, "getppid", 1, do(nrGetpid)))
	}
	steps = append(steps, see(t, "getpid", 2, do(nrExitGroup, 5)))
	s := script{
		1: {
			do(nrClone, forkFlags), do(nrWait4, 2, atStatus, 0, 0),
			see(t, "wait4", 2, do(nrYield)), do(nrYield), do(nrYield), do(nrYield), do(nrYield),
			func(th *thread) bool {
				w.statusIs(t, "it", exited(5))
				for core := range 3 {
					s := w.system(core)
					tasks := 0
					if core == 0 {
						tasks = 1
					}
					if len(s.processes) != tasks || s.tasks != tasks || len(s.realm.exports)+len(s.realm.imports) != 0 {
						t.Errorf("core %d has %d processes, %d tasks, %d files", core, len(s.processes), s.tasks, len(s.realm.exports)+len(s.realm.imports))
					}
				}
				return th.set(nrExitGroup, 0)
			},
		},
		2: steps,
	}
	w.start(s.next)
	w.finish(t, s, 0)
}

// Who calls reboot on another core ends the first process, and so all, and says what for.
// Sabotages: in reboot, take every core for the home; in Take, do not look at the word.
func TestFarReboot(t *testing.T) {
	for command, want := range map[uint64]struct {
		off    string
		status int
	}{rebootPowerOff: {"off", 128 + 2}, rebootRestart: {"restart", 128 + 1}} {
		w := newRealmWorld(t, 2)
		s := script{
			1: {do(nrClone, forkFlags), do(nrWait4, 2, atStatus, 0, 0)},
			2: {
				to(1), do(nrExecve, atPath, atArgv, 0),
				there(t, 1, do(nrReboot, rebootMagic, uint64(rebootMagics[0]), command)),
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

// Who reads /proc sees the processes of all cores: those that have gone elsewhere, and those that have begun there.
// Sabotages: in nextProc, take no census; in tellCensus, leave out the first.
func TestCensus(t *testing.T) {
	w := newRealmWorld(t, 2)
	const nrGetdents = 61
	const buf = scratch + 0x1000
	names := ""
	w.p.fs.Mkdir(w.p.fs.Root, "/proc", 0o755)
	w.s.mountProc()
	s := script{
		1: {
			do(nrClone, forkFlags),
			do(nrYield), do(nrYield), do(nrYield), do(nrYield), do(nrYield), do(nrYield), do(nrYield), do(nrYield),
			func(th *thread) bool {
				w.putString(atPath, "/proc")
				return th.set(nrOpenat, 1<<64+atCwd, atPath, 0, 0)
			},
			func(th *thread) bool { return th.set(nrGetdents, th.X[regA0], buf, 4096) },
			func(th *thread) bool {
				b := make([]byte, th.X[regA0])
				th.p.read(buf, b)
				for len(b) > 0 {
					size := le.Uint16(b[16:])
					name, _, _ := strings.Cut(string(b[19:size]), "\x00")
					if name[0] >= '0' && name[0] <= '9' {
						names += name + " "
					}
					b = b[size:]
				}
				if n, err := w.p.fs.Find(w.p.fs.Root, "/proc/65536/comm", true); err != nil {
					t.Errorf("of a process that began on core 1: %v, %v", n, err)
				}
				return th.set(nrExitGroup, 0)
			},
		},
		2: {to(1), do(nrExecve, atPath, atArgv, 0), there(t, 1, do(nrClone, forkFlags))},
	}
	w.start(func(th *thread) bool {
		if len(s[th.id]) == 0 {
			return th.set(nrYield)
		}
		return s.next(th)
	})
	if names != "1 2 65536 " {
		t.Errorf("/proc has %s", names)
	}
}

// Who reads /proc elsewhere sees those of third cores, too, which the home knows. Sabotages: in
// tellCensus, tell of no others; in takeCensus, ask those at once only.
func TestCensusAround(t *testing.T) {
	w := newRealmWorld(t, 3)
	here := 0
	s := script{
		1: {do(nrClone, forkFlags), do(nrClone, forkFlags)},
		2: {to(1), do(nrExecve, atPath, atArgv, 0)},
		3: {to(2), do(nrExecve, atPath, atArgv, 0)},
	}
	w.start(func(th *thread) bool {
		switch r := th.p.sys.realm; {
		case len(s[th.id]) > 0:
			return s.next(th)
		case th.PC == 0x1_0078 || r.here != 1 || w.s.processes[3] == nil || !w.s.processes[3].ghost():
		case here == 0:
			c, _ := th.p.sys.coroutines.Start(r.takeCensus, func() {})
			w.loop.Do(func() {
				w.loop.Do(func() {
					w.loop.Do(func() { w.loop.Do(func() { w.loop.Do(func() { w.loop.Do(func() { c.Resume() }) }) }) })
				})
			})
			here = 1
		case r.census != nil:
			if len(r.census) != 2 || r.census[1].pid != 1 || r.census[3].pid != 3 {
				t.Errorf("there are elsewhere %+v", r.census)
			}
			return false
		}
		return th.set(nrYield)
	})
	if here == 0 || w.others[0].realm.census == nil {
		t.Error("nobody has asked")
	}
}

// A regular file that a process has inherited has its position for all who have it, and is asked where it lies, through the core
// that the process came from last, too. Sabotages: in Seek of a file that is elsewhere, keep what has come; in ask, or in pass, do not flush; in control of an
// export, pass nothing on.
func TestFarSeek(t *testing.T) {
	for last := 1; last <= 2; last++ {
		testFarSeek(t, last)
	}
}

func testFarSeek(t *testing.T, last int) {
	w := newRealmWorld(t, 3)
	const nrLseek, nrPread, nrFstat, nrFtruncate = 62, 67, 80, 46
	f, err := w.p.fs.Open(w.p.fs.Root, "/file", syscall.O_CREAT|syscall.O_RDWR, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	w.p.files.Put(f, 5, false)
	f.Write([]byte("0123456789"))
	f.Seek(2, 0)
	reads := func(want string) func(*thread) bool {
		return func(th *thread) bool {
			b := make([]byte, max(0, int64(th.X[regA0])))
			th.p.space.Read(th.X[regSP]-200, b)
			if string(b) != want {
				t.Errorf("it has read %q, want %q", b, want)
			}
			return true
		}
	}
	call := func(check func(*thread) bool, number uint64, a ...uint64) func(*thread) bool {
		return func(th *thread) bool {
			if check != nil {
				check(th)
			}
			for i := range a {
				if a[i] == scratch {
					a[i] = th.X[regSP] - 200
				}
			}
			return th.set(number, a...)
		}
	}
	is := func(what string, want uint64) func(*thread) bool {
		return func(th *thread) bool {
			if th.X[regA0] != want {
				t.Errorf("%s: %d, want %d", what, int64(th.X[regA0]), int64(want))
			}
			return true
		}
	}
	route := []func(*thread) bool{to(1), do(nrExecve, atPath, atArgv, 0)}
	if last == 2 {
		route = append(route, onward(2)...)
	}
	s := script{
		1: {do(nrClone, forkFlags), do(nrWait4, 2, atStatus, 0, 0), see(t, "wait4", 2, func(th *thread) bool {
			b := make([]byte, 20)
			n, _ := f.ReadAt(b, 0)
			pos, _ := f.Seek(0, 1)
			if string(b[:n]) != "0123xy67" || pos != 6 {
				t.Errorf("the file is %q, and the position %d", b[:n], pos)
			}
			return th.set(nrExitGroup, 0)
		})},
		2: append(route,
			there(t, last, call(nil, nrRead, 5, scratch, 3)),
			func(th *thread) bool {
				reads("234")(th)
				g, _ := th.p.files.Get(5)
				g.Content.(*farFile).content = []byte("56") // has been read ahead
				f.Seek(2, 1)
				return th.set(nrLseek, 5, 1, 1)
			},
			call(is("lseek", 6), nrLseek, 5, ^uint64(1), 1),
			call(is("lseek back", 4), nrPread, 5, scratch, 2, 8),
			call(reads("89"), nrFtruncate, 5, 8),
			func(th *thread) bool {
				is("ftruncate", 0)(th)
				th.p.space.Write(th.X[regSP]-200, []byte("xy"))
				for core := 1; core <= last; core++ {
					for _, f := range w.system(core).realm.imports {
						f.way = 1 // so that what is written waits
					}
				}
				return th.set(nrWrite, 5, th.X[regSP]-200, 2)
			},
			call(is("write", 2), nrFstat, 5, scratch),
			func(th *thread) bool {
				is("fstat", 0)(th)
				if size, _ := th.p.load64(th.X[regSP] - 200 + 48); size != 8 {
					t.Errorf("its size is %d", size)
				}
				return th.set(nrLseek, 5, 0, 1)
			},
			call(is("the position", 6), nrExitGroup, 0),
		),
	}
	w.start(s.next)
	w.finish(t, s, 0)
}
