package linux

import (
	"syscall"
	"testing"

	"atoll/user/pipe"
	"atoll/user/vfs"
)

// A process elsewhere has the console that its home has, if that may use it, and closes it; of one that is killed as it asks nothing is left. Sabotages:
// in lendConsole, open what it is not; in begin, give it its core's; in openConsole, close nothing.
func TestFarConsole(t *testing.T) {
	for _, killed := range []bool{false, true} {
		w := newRealmWorld(t, 2)
		var f *vfs.File
		var err error
		asks := func(th *thread) {
			c, e := th.p.sys.coroutines.Start(func() {
				s, e := th.p.fs.Console()
				if err = e; e == nil {
					f = vfs.NewFile(s, syscall.O_RDWR, "/mk/console")
					f.Hold()
				}
			}, func() {})
			if e != nil || c == nil {
				t.Fatal("it does not wait", e)
			}
			if killed {
				c.End()
				return
			}
			w.loop.Do(func() { w.loop.Do(func() { w.loop.Do(func() { c.Resume() }) }) })
		}
		steps := []func(*thread) bool{to(1), do(nrExecve, atPath, atArgv, 0), there(t, 1, func(th *thread) bool { asks(th); return th.set(nrYield) }),
			do(nrYield), do(nrYield), do(nrYield), do(nrYield), func(th *thread) bool {
				if want := map[bool]error{false: syscall.EACCES, true: syscall.EINTR}[killed]; err != want {
					t.Errorf("who may not use it: %v", err)
				}
				w.console, _ = pipe.New(new(pipe.Pool))
				asks(th)
				return th.set(nrYield)
			}, do(nrYield), do(nrYield), do(nrYield), do(nrYield), func(th *thread) bool {
				if !killed {
					if err != nil || len(w.s.realm.exports) < 4 {
						t.Fatalf("who may: %v, %d exports", err, len(w.s.realm.exports))
					}
					f.Release()
				}
				return th.set(nrYield)
			}, do(nrYield), do(nrYield), do(nrYield), do(nrExitGroup, 0)}
		s := script{1: {do(nrClone, forkFlags), do(nrWait4, 2, atStatus, 0, 0), do(nrYield), do(nrYield), func(th *thread) bool {
			if n := len(w.s.realm.exports) + len(w.others[0].realm.imports); n != 0 {
				t.Errorf("%d files are left", n)
			}
			return th.set(nrExitGroup, 0)
		}}, 2: steps}
		w.start(s.next)
		w.finish(t, s, 0)
	}
}

// What a process elsewhere mounts is mounted at home, and so for all. Sabotage: in mount, or in umount, do it here.
func TestFarMount(t *testing.T) {
	const nrMount, nrUmount = 40, 39
	w := newRealmWorld(t, 2)
	w.p.fs.Mkdir(w.p.fs.Root, "/m", 0o755)
	far := vfs.NewContext(w.others[0].files)
	far.Mkdir(far.Root, "/m", 0o755)
	at := func(th *thread) uint64 { return th.X[regSP] - 200 }
	s := script{
		1: {do(nrClone, forkFlags), do(nrWait4, 2, atStatus, 0, 0), do(nrExitGroup, 0)},
		2: {to(1), do(nrExecve, atPath, atArgv, 0), there(t, 1, func(th *thread) bool {
			th.p.space.Write(at(th), []byte("m\x00tmpfs\x00"))
			return th.set(nrMount, 0, at(th), at(th)+2, 0)
		}), func(th *thread) bool {
			if th.X[regA0] != 0 || len(w.s.tmpfs) != 1 || len(w.others[0].tmpfs) != 0 {
				t.Errorf("mount: %d; at home %d are mounted, here %d", int64(th.X[regA0]), len(w.s.tmpfs), len(w.others[0].tmpfs))
			}
			return th.set(nrUmount, at(th), 0)
		}, func(th *thread) bool {
			if th.X[regA0] != 0 || len(w.s.tmpfs) != 0 {
				t.Errorf("umount: %d; at home %d are mounted", int64(th.X[regA0]), len(w.s.tmpfs))
			}
			return th.set(nrUmount, at(th), 0)
		}, see(t, "umount of what is not mounted", inval.result(), do(nrExitGroup, 0))},
	}
	w.start(s.next)
	w.finish(t, s, 0)
}
