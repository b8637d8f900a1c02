package linux

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"atoll/user/farfs"
	"atoll/user/vfs"
)

// A file of which the core that has it asks somebody else is used from another core like any: written, sought in, read, and kept in order.
// Sabotage: in slow, return false.
func TestFarSlow(t *testing.T) {
	w := newRealmWorld(t, 2)
	h := &HomeFiles{sys: w.others[0]} // asks what is in memory at home, by way of the other core
	fs := farfs.New(h, 9, w.s.coroutines, w.loop.Do, 1<<20)
	w.mountSlow(t, fs)
	c := w.p.fs
	end := time.Now().Add(20 * time.Second)
	w.idle = func() bool { // an answer is on its way
		time.Sleep(20 * time.Microsecond)
		return time.Now().Before(end)
	}
	const cwd, nrLseek, size = ^uint64(99), 62, 50_000
	w.putString(scratch+0x1000, "/slow/f")
	at := func(th *thread) uint64 { return th.X[regSP] - 200 }
	wrote, closed := 0, false
	s := script{
		1: {
			do(nrOpenat, cwd, scratch+0x1000, syscall.O_CREAT|syscall.O_RDWR, 0o600),
			see(t, "open", 3, do(nrClone, forkFlags)),
			see(t, "fork", 2, do(nrClose, 3)),
			do(nrWait4, 2, atStatus, 0, 0),
			see(t, "wait4", 2, func(th *thread) bool {
				w.statusIs(t, "it", exited(7))
				f, err := c.Open(c.Root, "/f", syscall.O_RDONLY, 0)
				if err != nil {
					t.Fatal(err)
				}
				b := make([]byte, 2*size)
				n, _ := f.ReadAt(b, 0)
				if wrote < size || n != wrote || string(b[:4]) != "ABab" || string(b[n-2:n]) != "ab" {
					t.Errorf("of %d bytes %d have arrived: %q", wrote, n, b[:4])
				}
				closed = true
				return th.set(nrExitGroup, 0)
			}),
		},
		2: {
			to(1), do(nrExecve, atPath, atArgv, 0),
			nil, // it writes
		},
	}
	var after script
	after = script{2: {
		do(nrLseek, 3, 0, 0),
		see(t, "lseek", 0, func(th *thread) bool {
			th.p.space.Write(at(th), []byte("AB"))
			return th.set(nrWrite, 3, at(th), 2)
		}),
		see(t, "write", 2, do(nrLseek, 3, 2, 0)),
		see(t, "lseek behind that", 2, func(th *thread) bool { return th.set(nrRead, 3, at(th), 2) }),
		see(t, "read", 2, func(th *thread) bool {
			b := make([]byte, 2)
			th.p.space.Read(at(th), b)
			if string(b) != "ab" {
				t.Errorf("it has read %q", b)
			}
			return th.set(nrExitGroup, 7)
		}),
	}}
	writes := false
	w.start(func(th *thread) bool {
		if th.id == 2 && writes {
			wrote += int(int64(th.X[regA0]))
			writes = false
		}
		switch {
		case th.id != 2 || len(s[2]) > 1:
			return s.next(th)
		case wrote < size: // in many writes
			writes = true
			th.p.space.Write(at(th), []byte(strings.Repeat("ab", 32)))
			return th.set(nrWrite, 3, at(th), 64)
		}
		return after.next(th)
	})
	if w.status != 0 || !closed {
		t.Errorf("status %d", w.status)
	}
	if n := len(w.s.realm.exports); n != 0 {
		t.Errorf("%d files are exported still", n)
	}
}

// mountSlow mounts a file system on /slow, which may wait for whoever has it.
func (w *world) mountSlow(t *testing.T, fs *farfs.FS) {
	t.Helper()
	c := w.p.fs
	err := c.Mkdir(c.Root, "/slow", 0o755)
	if err == nil {
		err = w.s.files.Mount(c, "/slow", vfs.Mount{Source: "slow", Type: "slow", Root: fs.Root()})
	}
	if err != nil {
		t.Fatal(err)
	}
}
