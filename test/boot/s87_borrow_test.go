package boot

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"atoll/test/qemu"
)

// borrowers is a machine on whose cores programs take more RAM than there is.
type borrowers struct {
	*qemu.Guest
	t *testing.T
}

// free returns how many bytes a core has that nobody holds.
func (g borrowers) free(core int) string {
	g.t.Helper()
	g.Send(fmt.Sprintf("ps %d\r", core))
	return g.Expect(fmt.Sprintf(`@\d programs core=%d running=\d+ free-bytes=(\d+)`, core))[1]
}

// same waits until a core has as many as before.
func (g borrowers) same(core int, want string) {
	g.t.Helper()
	for end := time.Now().Add(20 * time.Second); ; {
		if have := g.free(core); have == want {
			return
		} else if time.Now().After(end) {
			g.t.Errorf("core %d has %s bytes, and had %s", core, have, want)
			return
		}
	}
}

// some as what is borrowed is anything but nothing.
const some = `[1-9]\d*`

// borrows has a program of a core take all it gets, and give it back.
func (g borrowers) borrows(core int, want string) {
	g.t.Helper()
	g.Send(fmt.Sprintf("run -core %d -mem 16M lend borrow\r", core))
	g.Expect(`lend: used \d+ MiB of this core, and borrowed ` + want + ` MiB`)
	g.Expect(fmt.Sprintf(`@%d program name=lend pid=\d+ status=0`, core))
}

// holds has a program of a core take all it gets, and returns its number.
func (g borrowers) holds(core int) (pid string) {
	g.t.Helper()
	g.Send(fmt.Sprintf("run -bg -core %d -mem 16M lend borrow hold\r", core))
	g.Expect(`lend: used \d+ MiB of this core, and borrowed ` + some + ` MiB`)
	g.Send("audit\r")
	g.Expect(`audit pages=\d+ shared=\d+ violations=0`)
	g.Send(fmt.Sprintf("ps -json %d\r", core))
	return g.Expect(`"pid":(\d+),"name":"lend"`)[1]
}

func (g borrowers) kill(core int, pid string) {
	g.t.Helper()
	g.Send(fmt.Sprintf("kill %d %s\r", core, pid))
	g.Expect(fmt.Sprintf(`@%d program name=lend pid=%s status=137`, core, pid))
}

// crash has a core die, which another says.
func (g borrowers) crash(core int, how string) {
	g.t.Helper()
	g.Send(fmt.Sprintf("crash %d %s\r", core, how))
	g.Expect(fmt.Sprintf(`@%d dead core=%d`, 1-core, core))
}

func (g borrowers) start(core int) {
	g.t.Helper()
	g.Send(fmt.Sprintf("start %d\r", core))
	g.Expect(fmt.Sprintf(`@\d start core=%d state=up`, core))
}

func (g borrowers) over() {
	g.t.Helper()
	g.Send("poweroff\r")
	if status := g.Wait(); status != 0 {
		g.t.Errorf("QEMU's status is %d", status)
	}
}

func newBorrowers(t *testing.T, deadline time.Duration) borrowers {
	o := withPrograms(t, 2)
	o.Mem = "128M"
	if deadline != 0 {
		o.Deadline = deadline
	}
	return borrowers{session(t, o), t}
}

// TestS87Borrow has a program take more RAM than its core has: the rest is another core's, which
// has it back when the program gives it back, is killed, or its core dies; when the other core
// dies nobody has it, and its next life lends again.
// Sabotages: in domain's askMemory, do not borrow; in Release, do not say Returned; in ram's end,
// do not Recall what is foreign; in Lost, charge on.
func TestS87Borrow(t *testing.T) {
	t.Parallel()
	g := newBorrowers(t, 0)
	g.borrows(0, some)
	before := g.free(1)
	g.borrows(0, some)
	g.same(1, before)
	g.kill(0, g.holds(0))
	g.same(1, before)
	g.holds(0)
	g.crash(0, "panic") // the borrower
	g.same(1, before)
	g.start(0)
	pid := g.holds(0)
	g.crash(1, "panic") // the lender
	g.kill(0, pid)
	g.borrows(0, "0")
	g.start(1)
	g.borrows(0, some)
	g.over()
}

// TestS87BorrowSoak has cores die for minutes, in all the ways of which others learn, while one has
// RAM of the other; a second program begins beside who has taken all. Who lives has all its memory
// again each time, and the next life lends and borrows.
// Sabotages: as of TestS87Borrow.
func TestS87BorrowSoak(t *testing.T) {
	if !soak() {
		t.Skip("runs with ATOLL_SOAK=1")
	}
	t.Parallel()
	g := newBorrowers(t, 10*time.Minute)
	random := rand.New(rand.NewPCG(1, 0))
	for end := time.Now().Add(5 * time.Minute); time.Now().Before(end); {
		borrower, dies := random.IntN(2), random.IntN(2)
		how := []string{"panic", "fault", "wild", "stack", "oom", "hang"}[random.IntN(6)]
		t.Logf("core %d borrows, core %d dies: %s", borrower, dies, how)
		g.borrows(0, some)
		g.borrows(1, some)
		before := g.free(1 - dies)
		pid := g.holds(borrower)
		g.Send(fmt.Sprintf("run -core %d hello\r", borrower))
		g.Expect(`name=hello pid=\d+ status=|run: .*not enough memory`)
		g.crash(dies, how)
		if dies != borrower {
			g.kill(borrower, pid)
		}
		g.same(1-dies, before)
		g.start(dies)
	}
	g.over()
}
