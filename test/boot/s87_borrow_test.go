package boot

import (
	"testing"
	"time"
)

// TestS87Borrow has a program take more RAM than its core has: the rest is another core's, which
// has it back when the program gives it back, is killed, or its core dies; when the other core
// dies nobody has it, and its next life lends again.
// Sabotages: in domain's askMemory, do not borrow; in Release, do not say Returned; in ram's end,
// do not Recall what is foreign; in Lost, charge on.
func TestS87Borrow(t *testing.T) {
	t.Parallel()
	o := withPrograms(t, 2)
	o.Mem = "128M"
	g := session(t, o)
	free := func(core string) string {
		g.Send("ps " + core + "\r")
		return g.Expect(`@\d programs core=` + core + ` running=\d+ free-bytes=(\d+)`)[1]
	}
	same := func(core, want string) {
		t.Helper()
		for end := time.Now().Add(20 * time.Second); ; {
			if have := free(core); have == want {
				return
			} else if time.Now().After(end) {
				t.Errorf("core %s has %s bytes, and had %s", core, have, want)
				return
			}
		}
	}
	borrows := func(core, want string) {
		g.Send("run -core " + core + " -mem 16M lend borrow\r")
		g.Expect(`lend: used \d+ MiB of this core, and borrowed ` + want + ` MiB`)
		g.Expect(`@` + core + ` program name=lend pid=\d+ status=0`)
	}
	holds := func(core string) string {
		g.Send("run -bg -core " + core + " -mem 16M lend borrow hold\r")
		g.Expect(`lend: used \d+ MiB of this core, and borrowed [1-9]\d* MiB`)
		g.Send("audit\r")
		g.Expect(`audit pages=\d+ shared=\d+ violations=0`)
		g.Send("ps -json " + core + "\r")
		return g.Expect(`"pid":(\d+),"name":"lend"`)[1]
	}
	kill := func(core, pid string) {
		g.Send("kill " + core + " " + pid + "\r")
		g.Expect(`@` + core + ` program name=lend pid=` + pid + ` status=137`)
	}
	borrows("0", `[1-9]\d*`)
	before := free("1")
	borrows("0", `[1-9]\d*`)
	same("1", before)
	kill("0", holds("0"))
	same("1", before)
	holds("0")
	g.Send("crash 0 panic\r") // the borrower
	g.Expect(`@1 dead core=0`)
	same("1", before)
	g.Send("start 0\r")
	g.Expect(`@1 start core=0 state=up`)
	pid := holds("0")
	g.Send("crash 1 panic\r") // the lender
	g.Expect(`@0 dead core=1`)
	kill("0", pid)
	borrows("0", "0")
	g.Send("start 1\r")
	g.Expect(`@0 start core=1 state=up`)
	borrows("0", `[1-9]\d*`)
	g.Send("poweroff\r")
	if status := g.Wait(); status != 0 {
		t.Errorf("QEMU's status is %d", status)
	}
}
