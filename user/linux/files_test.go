package linux

import (
	"strings"
	"syscall"
	"testing"

	"atoll/arch/layout"
	"atoll/arch/shim"
	"atoll/user/vfs"
)

// Numbers of calls of files.
const (
	nrOpenat, nrClose, nrPipe2, nrRead  = 56, 57, 59, 63
	nrPread, nrPpoll, nrDup3, nrGetdent = 67, 73, 24, 61
	nrTruncate, nrFtruncate, nrPwrite   = 45, 46, 68
)

// A file is written and read; who reads an empty pipe waits for what another thread writes, or
// for its end, and who polls one waits as long as it said; a write that nobody will read is a
// signal.
// Sabotages: in finish, do not wait; in blockFor, take the time from each attempt; in Close of
// a writing end, do not notify; in finish, do not send SIGPIPE.
func TestFiles(t *testing.T) {
	w := newWorld(t)
	const path, text, buf, fds, polls, span, longer = scratch, scratch + 64, scratch + 0x1000, scratch + 128, scratch + 192, scratch + 256, scratch + 320
	w.p.store(path, []byte("/f\x00"))
	w.p.store(text, []byte("abcde"))
	w.put(span, 0, 1000)
	w.put(longer, 0, 1_000_000)
	w.put(polls, 4|1<<32) // descriptor 4, to read
	const cwd = 1<<64 + atCwd
	at := uint64(0)
	s := script{
		1: {
			do(nrOpenat, cwd, path, syscall.O_RDWR, 0),
			see(t, "a file that is not there", noEnt.result(), do(nrOpenat, cwd, path, syscall.O_CREAT|syscall.O_RDWR, 0o644)),
			see(t, "open", 3, do(nrWrite, 3, text, 5)),
			see(t, "write", 5, do(nrPread, 3, buf, 10, 1)),
			see(t, "pread", 4, do(nrGetdent, 3, buf, 100)),
			see(t, "a file as a directory", errno(syscall.ENOTDIR).result(), do(nrPipe2, fds, 0)),
			see(t, "pipe2", 0, do(nrClone, threadFlags, scratch+0x2000)),
			see(t, "clone", 2, do(nrRead, 4, buf, 100)),
			see(t, "a read that waits", 3, func(th *thread) bool { at = w.now; return th.set(nrPpoll, polls, 1, span) }),
			see(t, "a poll whose time is over", 0, func(th *thread) bool {
				if spent := w.now - at; spent < 10 || spent > 100 {
					t.Errorf("it took %d ticks, want 10", spent)
				}
				return th.set(nrRead, 4, buf, 100)
			}),
			see(t, "a read at the end", 0, do(nrPpoll, polls, 1, 0)),
			see(t, "a poll of what has ended", 1, do(nrDup3, 4, 9, syscall.O_CLOEXEC)),
			see(t, "dup3", 9, do(nrClose, 4)),
			see(t, "close", 0, do(nrClose, 4)),
			see(t, "close again", badF.result(), do(nrClose, 9)),
			see(t, "the last close", 0, do(nrPipe2, fds, 0)),
			see(t, "pipe2", 0, do(nrClose, 4)),
			see(t, "close", 0, do(nrWrite, 5, text, 5)),
		},
		2: {
			do(nrWrite, 5, text, 3),
			see(t, "a write to a pipe", 3, do(nrNanosleep, longer)),
			see(t, "a sleep", 0, do(nrClose, 5)),
			see(t, "close", 0, do(nrExit, 0)),
		},
	}
	made := map[*thread]uint64{} // where each has made its last call
	w.start(func(th *thread) bool {
		if pc, ok := made[th]; ok && pc == th.PC { // it makes the call again
			th.Cause = shim.CauseUserCall
			return true
		}
		made[th] = th.PC
		return s.next(th)
	})
	if w.status != 128+sigPIPE || len(s[1]) != 0 || len(s[2]) != 0 {
		t.Errorf("status %d; steps left: %d, %d", w.status, len(s[1]), len(s[2]))
	}
}

// elsewhere is pages of a file that another system has.
type elsewhere struct{}

func (elsewhere) Bytes(uint64) []byte { return nil }
func (elsewhere) Cut(uint64)          {}
func (elsewhere) Sync()               {}

// Who maps a file in common whose pages another system has sees what is written by calls, in a fork as
// well, and what is cut off is gone; nobody writes through the mapping.
// Sabotages: in contents, take the file as it is; in copyMemory, do not watch; in Truncate of a
// file, tell nobody; in Protect, do not look at ReadOnly; in dropFiles, do not clear.
func TestCommonFile(t *testing.T) {
	w := newProcessWorld(t)
	w.install(map[string]string{"/f": strings.Repeat("a", 2*layout.PageSize)})
	w.putString(atPath, "/f")
	w.putString(atValue, "bbbb")
	w.put(scratch, 0, 100_000, 0, 300_000, 0, 10_000)
	n, _ := w.p.fs.Find(w.p.fs.Root, "/f", true)
	n.(vfs.Mappable).Map(elsewhere{})
	const cwd, page = 1<<64 + atCwd, layout.PageSize
	stands := func(at uint64, want byte, then func(*thread) bool) func(*thread) bool {
		return func(th *thread) bool {
			t.Helper()
			var b [1]byte
			if _, err := th.p.space.Read(at, b[:]); err != nil || b[0] != want {
				t.Errorf("process %d has %q at %#x, %v, want %q", th.p.id, b, at, err, want)
			}
			return then(th)
		}
	}
	s := script{
		1: {
			do(nrOpenat, cwd, atPath, syscall.O_RDWR, 0),
			see(t, "open", 3, do(nrMmap, 0, page, protRead|protWrite, mapShared, 3, 0)),
			see(t, "mmap to write", busy.result(), do(nrMmap, 0, 2*page, protRead, mapShared, 3, 0)),
			see(t, "mmap", mmapBase, stands(mmapBase+page+8, 'a', do(nrClone, forkFlags))),
			see(t, "fork", 2, do(nrNanosleep, scratch+32)), // the child looks first
			do(nrPwrite, 3, atValue, 4, page+8),
			see(t, "pwrite", 4, stands(mmapBase+page+8, 'b', do(nrNanosleep, scratch+16))),
			see(t, "a sleep", 0, stands(mmapBase+page+8, 0, stands(mmapBase+8, 'a', do(nrMprotect, mmapBase, page, protRead|protWrite)))),
			see(t, "mprotect", noAccess.result(), do(nrWait4, 2, 0, 0, 0)),
			see(t, "wait4", 2, do(nrExitGroup, 0)),
		},
		2: {
			see(t, "fork in the child", 0, stands(mmapBase+page+8, 'a', do(nrNanosleep, scratch))),
			stands(mmapBase+page+8, 'b', do(nrFtruncate, 3, page)),
			see(t, "ftruncate", 0, do(nrExitGroup, 0)),
		},
	}
	w.start(s.next)
	w.finish(t, s, 0)
	if n := len(w.p.memory.common); n != 0 {
		t.Errorf("%d files tell a process that has ended of changes", n)
	}
}
