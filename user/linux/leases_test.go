package linux

import (
	"strings"
	"syscall"
	"testing"

	"atoll/arch/layout"
	"atoll/user/farfs"
	"atoll/user/vfs"
)

// What a process of another core stores to a file of the home that it has mapped, others see when it asks for that, and when they learn that it
// has ended; meanwhile nobody else maps it so, and what others write beside it stays.
// Sabotages: in lease of the home, do not look who has it; in paged, do not ask the realm; in msync, do nothing; in munmap, do not flush; in tell,
// do not wait; in end, do not call End.
func TestFarShared(t *testing.T) {
	const nrMsync, nrMunmap, cwd, page = 227, 215, 1<<64 + atCwd, layout.PageSize
	const all, sync = protRead | protWrite, 4
	w := newRealmWorld(t, 2)
	far := w.shareFiles()
	defer far.End()
	w.install(map[string]string{"/f": strings.Repeat("a", 3*page)})
	const at = scratch + 0x1000
	w.putString(at, "/f")
	w.putString(at+8, "mine")
	phase := 0
	until := func(n int, then func(*thread) bool) (f func(*thread) bool) {
		f = func(th *thread) bool {
			if phase < n {
				w.script[th.id] = append([]func(*thread) bool{f}, w.script[th.id]...)
				return th.set(nrYield)
			}
			return then(th)
		}
		return f
	}
	next := func(then func(*thread) bool) func(*thread) bool {
		return func(th *thread) bool { phase++; return then(th) }
	}
	store := func(off uint64, text string, then func(*thread) bool) func(*thread) bool {
		return func(th *thread) bool {
			if _, err := th.p.space.Write(mmapBase+off, []byte(text)); err != nil {
				t.Errorf("process %d stores %q: %v", th.p.id, text, err)
			}
			return then(th)
		}
	}
	has := func(off uint64, want string, then func(*thread) bool) func(*thread) bool { // the home
		return func(th *thread) bool {
			f, err := w.p.fs.Open(w.p.fs.Root, "/f", syscall.O_RDONLY, 0)
			b := make([]byte, len(want))
			if err == nil {
				f.ReadAt(b, int64(off))
			}
			if string(b) != want {
				t.Errorf("the home has %q at %d, %v, want %q", b, off, err, want)
			}
			return then(th)
		}
	}
	busy := errno(syscall.EBUSY).result()
	w.script = script{
		1: {
			do(nrClone, forkFlags),
			until(1, do(nrOpenat, cwd, at, syscall.O_RDWR, 0)),
			see(t, "open", 3, do(nrMmap, 0, page, all, mapShared, 3, 0)),
			see(t, "mmap of what another core has", busy, do(nrPwrite, 3, at+8, 4, 100)),
			see(t, "pwrite", 4, has(0, "aaaaa", next(until(3, has(0, "child", has(100, "mine", next(do(nrYield)))))))),
			until(5, has(page, "again", has(2*page, "aaa", next(do(nrWait4, 2, atStatus, 0, 0))))),
			see(t, "wait4", 2, has(2*page, "end", do(nrMmap, 0, page, all, mapShared, 3, 0))),
			see(t, "mmap of what nobody has any more", mmapBase, do(nrExitGroup, 0)),
		},
		2: {
			to(1), do(nrExecve, atPath, atArgv, 0),
			there(t, 1, func(th *thread) bool {
				th.p.space.Write(th.X[regSP]-0x200, []byte("/f\x00"))
				return th.set(nrOpenat, cwd, th.X[regSP]-0x200, syscall.O_RDWR, 0)
			}),
			see(t, "open", 3, do(nrMmap, 0, 2*page, all, mapShared, 3, 0)),
			see(t, "mmap", mmapBase, do(nrMmap, 0, page, all, mapShared, 3, 2*page)),
			see(t, "mmap of more", mmapBase+2*page, store(0, "child", next(until(2, do(nrMsync, mmapBase, page, sync))))),
			see(t, "msync", 0, next(until(4, store(page, "again", do(nrMunmap, mmapBase, 2*page))))),
			see(t, "munmap", 0, next(until(6, store(2*page, "end", do(nrExitGroup, 0))))),
		},
	}
	w.start(func(th *thread) bool { return w.script.next(th) })
	w.finish(t, w.script, 0)
	if n, m := len(w.s.realm.leased), len(w.others[0].shared); n != 0 || m != 0 {
		t.Errorf("another core has %d files in the end, and says that it has %d", n, m)
	}
}

// Another core gets a file that it has open to write, unless somebody has it, and has it until it closes it, or is dead.
// Sabotages: in lease, look for nothing; in closeOpened, keep it.
func TestLeases(t *testing.T) {
	w := newRealmWorld(t, 3)
	r := w.s.realm
	w.s.loop = w.loop
	ask := func(core int, op, id, mode uint64) error {
		f := &fileServer{r: r, c: vfs.NewContext(w.s.files), from: core, life: r.deaths[core], q: &fileQuestion{file: farfs.Ref{ID: id, Path: "bin/child"}, mode: mode}}
		return f.serve(op)
	}
	is := func(what string, got, want error) {
		t.Helper()
		if got != want {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	is("what is not open", ask(1, fileLease, 5, 0), syscall.EBADF)
	is("open to read", ask(1, fileOpen, 5, 0), nil)
	is("what is open to read", ask(1, fileLease, 5, 0), syscall.EBADF)
	is("open", ask(1, fileOpen, 5, 1), nil)
	is("open of another", ask(2, fileOpen, 9, 1), nil)
	is("the first", ask(1, fileLease, 5, 0), nil)
	is("the first again", ask(1, fileLease, 5, 0), nil)
	is("another", ask(2, fileLease, 9, 0), syscall.EBUSY)
	ask(2, fileUnlease, 9, 0)
	is("another, that gives back what it has not", ask(2, fileLease, 9, 0), syscall.EBUSY)
	ask(1, fileClose, 5, 0)
	is("another when it is closed", ask(2, fileLease, 9, 0), nil)
	r.others |= 4
	w.s.Lost(2)
	is("open", ask(1, fileOpen, 5, 1), nil)
	is("when the core is dead", ask(1, fileLease, 5, 0), nil)
}
