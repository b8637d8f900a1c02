package linux

import (
	"syscall"
	"testing"
)

// homeward is a process that goes to some cores one after the other, writes to its descriptor 4 on each, and comes back. Before it goes from one
// it does something else.
func homeward(t *testing.T, route []uint64, before func(*thread)) []func(*thread) bool {
	steps := []func(*thread) bool{to(route[0]), do(nrExecve, atPath, atArgv, 0)}
	for i, core := range route {
		steps = append(steps, there(t, int(core), func(th *thread) bool {
			th.p.space.Write(th.X[regSP]-200, []byte{byte('a' + i)})
			for _, f := range th.p.sys.env.(*farEnv).system(int(route[0])).realm.imports {
				f.way = 1 // what is written waits there until it has to go
			}
			return th.set(nrWrite, 4, th.X[regSP]-200, 1)
		}), do(nrYield), do(nrYield), do(nrYield), do(nrYield), do(nrYield), do(nrYield))
		next := uint64(0)
		if i+1 < len(route) {
			next = route[i+1]
		}
		on := onward(next)
		steps = append(steps, func(th *thread) bool {
			before(th)
			return on[0](th)
		}, on[1])
	}
	return append(steps, there(t, 0, func(th *thread) bool {
		th.p.space.Write(th.X[regSP]-200, []byte("z"))
		return th.set(nrWrite, 4, th.X[regSP]-200, 1)
	}))
}

// A process that has been on other cores and comes back has its files again, and what it has written comes in order, before its end. Of a pipe
// from which it may have read ahead it keeps the way around; what it writes there comes before its end, too.
// Sabotages: in isBack, answer false, or do not look what has come; in emigrate, do not bring in; in bringHome, do nothing; in bringIn, ask for nothing if nothing is on
// its way here; in flush of news, and in control, look at no bytes behind.
func TestHomeward(t *testing.T) {
	const fds, buf = scratch + 0x800, scratch + 0x900
	for _, route := range [][]uint64{{1}, {1, 2}, {1, 2, 1}} {
		for _, ahead := range []bool{false, true} {
			w := newRealmWorld(t, 3)
			got := ""
			s := script{
				1: {
					do(nrPipe2, fds, 0), do(nrClone, forkFlags), do(nrClose, 4),
					do(nrWait4, 2, atStatus, 0, 0),
					see(t, "wait4", 2, do(nrRead, 3, buf, 100)),
					func(th *thread) bool {
						b := make([]byte, th.X[regA0])
						th.p.read(buf, b)
						got = string(b)
						return th.set(nrYield)
					},
					do(nrYield), do(nrYield), do(nrYield), do(nrYield), do(nrYield), do(nrYield),
					func(th *thread) bool {
						for core := range 3 {
							if r := w.system(core).realm; len(r.exports)+len(r.imports) != 0 {
								t.Errorf("route %v: core %d keeps %d and %d files", route, core, len(r.exports), len(r.imports))
							}
						}
						return th.set(nrExitGroup, 0)
					},
				},
				2: append(homeward(t, route, func(th *thread) {
					if ahead {
						f, _ := th.file(4)
						f.Content.(*farFile).content = []byte("x")
					}
				}), func(th *thread) bool {
					f, _ := th.file(4)
					if far := farOf(f.Content); (far != nil) != ahead {
						t.Errorf("route %v, ahead %v: it writes to %T", route, ahead, f.Content)
					}
					return th.set(nrExitGroup, 0)
				}),
			}
			w.start(s.next)
			w.finish(t, s, 0)
			if want := "abc"[:len(route)] + "z"; got != want {
				t.Errorf("route %v, ahead %v: what it has written when it has ended is %q, not %q", route, ahead, got, want)
			}
		}
	}
}

// Who comes back waits until there is room for what he has written. Sabotages: in step, answer at once; in emigrate, do not bring in.
func TestHomewardFull(t *testing.T) {
	w := newRealmWorld(t, 2)
	const fds, buf = scratch + 0x800, scratch + 0x1000
	got := ""
	var read func(*thread) bool
	s := script{2: append(homeward(t, []uint64{1}, func(*thread) {}), do(nrExitGroup, 0))}
	read = func(th *thread) bool {
		b := make([]byte, th.X[regA0])
		th.p.read(buf, b)
		if got += string(b); len(got) < window+2 {
			s[1] = append([]func(*thread) bool{read}, s[1]...)
			return th.set(nrRead, 3, buf, 4096)
		}
		return th.set(nrWait4, 2, atStatus, 0, 0)
	}
	s[1] = []func(*thread) bool{do(nrPipe2, fds, 0)}
	for range window / 4096 {
		s[1] = append(s[1], do(nrWrite, 4, buf, 4096))
	}
	s[1] = append(s[1], do(nrClone, forkFlags))
	for range 30 {
		s[1] = append(s[1], do(nrYield))
	}
	s[1] = append(s[1], func(th *thread) bool {
		if !w.s.processes[2].ghost() || len(s[2]) != 2 {
			t.Errorf("it has come though the pipe is full; it has %d steps", len(s[2]))
		}
		return th.set(nrRead, 3, buf, 4096)
	}, read, see(t, "wait4", 2, do(nrExitGroup, 0)))
	w.start(s.next)
	w.finish(t, s, 0)
	if len(got) != window+2 || got[window:] != "az" {
		t.Errorf("%d bytes have come, of which the last are %q", len(got), got[len(got)-2:])
	}
}

// That a process was killed is told behind what it has written where nobody has to read that, though another has the file, too.
// Sabotages: in heard, hold no news of who is killed; in tell, flush nothing.
func TestFarLastKilled(t *testing.T) {
	w := newRealmWorld(t, 2)
	w.room = 0
	s := script{
		1: {do(nrClone, forkFlags)},
		2: {to(1), do(nrExecve, atPath, atArgv, 0), there(t, 1, do(nrClone, forkFlags)), func(th *thread) bool {
			th.p.space.Write(th.X[regSP]-200, []byte("abc"))
			return th.set(nrWrite, 1, th.X[regSP]-200, 1)
		}, func(th *thread) bool {
			return th.set(nrWrite, 1, th.X[regSP]-199, 2)
		}, func(th *thread) bool { return th.set(nrKill, 2, sigKILL) }},
	}
	for range 30 {
		s[1] = append(s[1], do(nrYield))
	}
	s[1] = append(s[1], do(nrWait4, 2, atStatus, waitNoHang, 0), see(t, "wait4", 0, func(th *thread) bool {
		for _, f := range w.others[0].realm.imports {
			if len(f.out) > 0 {
				t.Errorf("that it is dead is told, and %q is not", f.out)
			}
		}
		w.room = 100
		w.s.Writable()
		return th.set(nrWait4, 2, atStatus, 0, 0)
	}), see(t, "wait4", 2, func(th *thread) bool {
		if w.out != "abc" {
			t.Errorf("when it is dead %q has come", w.out)
		}
		return th.set(nrKill, ^uint64(0), sigKILL)
	}), do(nrExitGroup, 0))
	w.start(func(th *thread) bool {
		if len(s[th.id]) == 0 {
			return th.set(nrYield)
		}
		return s.next(th)
	})
	w.finish(t, s, 0)
	w.statusIs(t, "it", killed(sigKILL))
}

// A file that a process has at home again has the position that it left elsewhere, and can be mapped.
// Sabotage: in isBack, answer false.
func TestHomewardFile(t *testing.T) {
	w := newRealmWorld(t, 3)
	f, err := w.p.fs.Open(w.p.fs.Root, "/file", syscall.O_CREAT|syscall.O_RDWR, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	w.p.files.Put(f, 4, false)
	s := script{
		1: {do(nrClone, forkFlags), do(nrWait4, 2, atStatus, 0, 0), see(t, "wait4", 2, do(nrExitGroup, 0))},
		2: append(homeward(t, []uint64{1, 2}, func(*thread) {}), func(th *thread) bool {
			if g, _ := th.file(4); g != f {
				t.Errorf("it has %v, not the file", g)
			}
			return th.set(nrMmap, 0, 4096, 1, 1, 4, 0)
		}, func(th *thread) bool {
			if e := int64(th.X[regA0]); e < 0 {
				t.Errorf("mmap: %d", e)
			}
			return th.set(nrExitGroup, 0)
		}),
	}
	w.start(s.next)
	w.finish(t, s, 0)
	b := make([]byte, 10)
	if n, _ := f.ReadAt(b, 0); string(b[:n]) != "abz" {
		t.Errorf("the file is %q", b[:n])
	}
}

// SIGKILL reaches who is on his way back, or goes on by way of where he came from, though the core dies to which it was passed on before that can send it after him.
// Sabotages: in dooms, keep nothing; in settle, or in passed, do not look for it.
func TestHomewardKilled(t *testing.T) {
	for _, last := range []uint64{0, 2} {
		w := newRealmWorld(t, 3)
		steps := append([]func(*thread) bool{to(1), do(nrExecve, atPath, atArgv, 0)}, onward(last)...)
		s := script{2: append(steps, do(nrYield), do(nrYield), do(nrYield), do(nrExitGroup, 3))}
		var wait func(th *thread) bool
		wait = func(th *thread) bool {
			if w.moves < 2 {
				s[1] = append([]func(*thread) bool{wait}, s[1]...)
				return th.set(nrYield)
			}
			if p := w.s.processes[2]; !p.ghost() || p.seat != 1 {
				t.Fatal("it has come already")
			}
			w.down[1] = true // and nobody knows yet
			return th.set(nrKill, 2, sigKILL)
		}
		s[1] = []func(*thread) bool{do(nrClone, forkFlags), wait, do(nrWait4, 2, atStatus, 0, 0), see(t, "wait4", 2, func(th *thread) bool {
			w.statusIs(t, "it", killed(sigKILL))
			return th.set(nrExitGroup, 0)
		})}
		w.start(s.next)
		w.finish(t, nil, 0)
	}
}
