package linux

import (
	"strings"
	"syscall"
	"testing"

	"atoll/arch/layout"
	"atoll/arch/shim"
	"atoll/user/vfs"
)

// What a process stores to a file that it has mapped in common another sees, that has mapped it by
// itself or by a fork, and who reads the file; what is written by a call, both see. What is cut off
// is SIGBUS. Only who has opened it to write stores to it. In the end the file has it all.
// Sabotages: in fillShared, map a frame of its own; in elsewhere of memfs, return nil; in Cut, leave
// the memories out; in pageFault, leave ErrBeyond out; in dropShared, or in munmap, leave out what
// brings the pages to the file; in sharedContents, return all.
func TestSharedFile(t *testing.T) {
	const cwd, page = 1<<64 + atCwd, layout.PageSize
	const first, second, nrMunmap = mmapBase, mmapBase + 2*page, 215
	w := newProcessWorld(t)
	w.install(map[string]string{"/f": strings.Repeat("a", 2*page)})
	w.putString(atPath, "/f")
	w.putString(atValue, "call")
	w.put(scratch, 0, 1_000_000)
	store := func(at uint64, text string, then func(*thread) bool) func(*thread) bool {
		return func(th *thread) bool {
			if _, err := th.p.space.Write(at, []byte(text)); err != nil {
				t.Errorf("process %d stores %q at %#x: %v", th.p.id, text, at, err)
			}
			return then(th)
		}
	}
	stands := func(at uint64, want string, then func(*thread) bool) func(*thread) bool {
		return func(th *thread) bool {
			b := make([]byte, len(want))
			if _, err := th.p.space.Read(at, b); err != nil || string(b) != want {
				t.Errorf("process %d has %q at %#x, %v, want %q", th.p.id, b, at, err, want)
			}
			return then(th)
		}
	}
	s := script{
		1: {
			do(nrOpenat, cwd, atPath, syscall.O_RDWR, 0),
			see(t, "open", 3, do(nrMmap, 0, 2*page, protRead|protWrite, mapShared, 3, 0)),
			see(t, "mmap", first, store(first, "before", do(nrClone, forkFlags))),
			see(t, "fork", 2, do(nrNanosleep, scratch)), // the child stores, and writes
			see(t, "sleep", 0, stands(first, "forked", stands(first+page+8, "call", stands(first+page, "mapped", do(nrPread, 3, atSet, 6, page))))),
			see(t, "pread", 6, stands(atSet, "mapped", do(nrFtruncate, 3, page))),
			see(t, "ftruncate", 0, do(nrNanosleep, scratch)), // the child faults
			do(nrWait4, 2, atStatus, 0, 0),
			see(t, "wait4", 2, func(th *thread) bool {
				w.statusIs(t, "a child that reads what was cut off", killed(sigBUS))
				return th.set(nrFtruncate, 3, 2*page)
			}),
			see(t, "ftruncate", 0, stands(first+page, "\x00\x00\x00", store(first+page, "unmapped", do(nrMunmap, first+page, page)))),
			see(t, "munmap", 0, func(th *thread) bool {
				for _, sf := range w.s.shared {
					if sf.Bytes(1) != nil {
						t.Error("a page is there that nobody maps")
					}
				}
				return th.set(nrPread, 3, atSet, 8, page)
			}),
			see(t, "pread", 8, stands(atSet, "unmapped", do(nrExitGroup, 0))),
		},
		2: {
			see(t, "fork in the child", 0, stands(first, "before", do(nrOpenat, cwd, atPath, syscall.O_RDONLY, 0))),
			see(t, "open to read", 4, do(nrMmap, 0, 2*page, protRead|protWrite, mapShared, 4, 0)),
			see(t, "mmap to write what is open to read", noAccess.result(), do(nrMmap, 0, page, protRead, mapShared, 4, 1)),
			see(t, "mmap from the middle of a page", inval.result(), do(nrMmap, 0, 2*page, protRead, mapShared, 4, 0)),
			see(t, "mmap to read", second, do(nrMprotect, second, page, protRead|protWrite)),
			see(t, "mprotect of that", noAccess.result(), stands(second, "before", store(first, "forked", do(nrPwrite, 3, atValue, 4, page+8)))),
			see(t, "pwrite", 4, stands(second, "forked", stands(second+page+8, "call", store(first+page, "mapped", do(nrNanosleep, scratch+16))))),
			see(t, "sleep", 0, do(nrNanosleep, scratch)),
			see(t, "sleep", 0, do(nrNanosleep, scratch)),
			func(th *thread) bool {
				th.Cause, th.Value = shim.CauseLoadFault, second+page
				return true
			},
		},
	}
	w.put(scratch+16, 0, 100)
	fs := w.p.fs
	w.start(s.next)
	w.finish(t, s, 0)
	f, err := fs.Open(fs.Root, "/f", syscall.O_RDONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 2*page)
	f.ReadAt(b, 0)
	if !f.Node.(vfs.Mappable).Map(nil) || string(b[:6]) != "forked" || string(b[page:page+9]) != "unmapped\x00" || len(w.s.shared) != 0 {
		t.Errorf("the file has %q and %q in the end; %d are mapped", b[:6], b[page:page+9], len(w.s.shared))
	}
}
