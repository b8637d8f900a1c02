package linux

import (
	"syscall"
	"testing"

	"atoll/arch/layout"
	"atoll/arch/shim"
)

// Nobody can write or cut what runs, for its pages are read when they are first used, and
// nobody can run what another may write; afterwards both is as before.
// Sabotages: in openProgram, leave out Run; in memfs's Hold, do not look at what runs; in
// truncate, do not hold; in Release of a file, give back Reading whatever it is.
func TestBusy(t *testing.T) {
	w := newProcessWorld(t)
	const text = 0x1_0078
	w.install(map[string]string{"/bin/it": program(text, "text"), "/bin/other": program(text, "other")})
	const other, cwd, busy = atPath + 32, 1<<64 + atCwd, errno(syscall.ETXTBSY)
	w.putString(atPath, "/bin/it")
	w.putString(other, "/bin/other")
	w.put(atArgv, atPath, 0)
	w.put(scratch, 0, 100_000)
	s := script{
		1: {
			do(nrClone, forkFlags),
			see(t, "fork", 2, do(nrNanosleep, scratch)),
			see(t, "a sleep", 0, do(nrOpenat, cwd, atPath, syscall.O_WRONLY, 0)),
			see(t, "what runs, to be written", busy.result(), do(nrOpenat, cwd, atPath, syscall.O_RDONLY|syscall.O_TRUNC, 0)),
			see(t, "what runs, to be cut", busy.result(), do(nrTruncate, atPath, 0)),
			see(t, "truncate of what runs", busy.result(), do(nrOpenat, cwd, atPath, syscall.O_RDONLY, 0)),
			see(t, "what runs, to be read", 3, do(nrClose, 3)),
			see(t, "close", 0, do(nrWait4, 2, atStatus, 0, 0)),
			see(t, "wait4", 2, do(nrTruncate, atPath, 1)),
			see(t, "truncate of what has run", 0, do(nrOpenat, cwd, other, syscall.O_WRONLY, 0)),
			see(t, "open", 3, do(nrExecve, other, atArgv, 0)),
			see(t, "what is written, to run", busy.result(), do(nrClose, 3)),
			see(t, "close", 0, do(nrExecve, other, atArgv, 0)),
			do(nrExitGroup, 5),
		},
		2: {
			see(t, "fork in the child", 0, do(nrExecve, atPath, atArgv, 0)),
			func(th *thread) bool {
				sp := th.X[regSP]
				th.p.store64(sp, 0)
				th.p.store64(sp+8, 1_000_000)
				return th.set(nrNanosleep, sp)
			},
			func(th *thread) bool {
				th.Cause, th.Value = shim.CauseFetchFault, text&^(layout.PageSize-1)
				return true
			},
			func(th *thread) bool {
				if got, _ := th.p.loadString(text, 100); got != "text" {
					t.Errorf("the program is %q", got)
				}
				return th.set(nrExitGroup, 0)
			},
		},
	}
	w.start(s.next)
	w.finish(t, s, 5)
}
