package boot

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"atoll/arch/layout"
	"atoll/test/instance/harness"
	"atoll/test/qemu"
)

// userMachine is a machine whose archive has program, which does what tests want, and hello.
func userMachine(t *testing.T, harts int) qemu.Options {
	o := machine(harts)
	o.Initrd = harness.Archive(t, "./test/boot/program", "./user/programs/hello")
	o.Deadline = 3 * time.Minute
	return o
}

// TestS80Run runs programs on each core: what they write, their statuses, what they get.
// Sabotages: let runProgram not pass the status on; leave callAfter's ahead out.
func TestS80Run(t *testing.T) {
	t.Parallel()
	const harts = 3
	var commands []string
	for core := range harts {
		commands = append(commands, fmt.Sprintf("run -core %d program exit %d; run -core %d hello a b", core, 10+core, core))
	}
	commands = append(commands, "run -core 1 program lines 2000", "run program wild", "run nothing", "run -mem 1K hello",
		"run -core 1 -mem 8M program touch 4", "run -core 1 -mem 8M program touch 64", "audit; programs; ps")
	status, console := qemu.RunCommands(t, userMachine(t, harts), strings.Join(commands, "; "))
	if status != 10 {
		t.Errorf("status %d, want that of the first that failed", status)
	}
	var got []string
	for _, f := range qemu.Facts(console, "program") {
		got = append(got, fmt.Sprintf("%d/%s/%d/%d", f.Core, f.Values["name"], f.Int("pid"), f.Int("status")))
	}
	want := "0/program/1/10 0/hello/2/0 1/program/1/11 1/hello/2/0 2/program/1/12 2/hello/2/0 1/program/3/0 0/program/3/2 1/program/4/0 1/program/5/137"
	if text := strings.Join(got, " "); text != want {
		t.Errorf("the programs ended so:\n%s\nwant\n%s", text, want)
	}
	for i := range 2000 {
		if line := fmt.Sprintf("\nline %d of 2000\n", i); strings.Count(console, line) != 1 {
			t.Errorf("%q stands there %d times", line, strings.Count(console, line))
			break
		}
	}
	for _, line := range []string{
		"arguments: a b\n", "run: there is no program \"nothing\"; see programs\n", "panic: runtime error: invalid memory address or nil pointer dereference\n",
		"run: core 0 cannot start hello: ", "touched 4194304\n",
	} {
		if !strings.Contains(console, line) {
			t.Errorf("%q is not there", line)
		}
	}
	if only(t, console, "audit").Int("violations") != 0 || only(t, console, "program-files").Int("programs") != 2 {
		t.Error("the audit finds something, or the archive has not two programs")
	}
	if t.Failed() {
		t.Log(kernelPart(console))
	}
}

// TestS80Archive has initial RAM disks that are none, and none.
// Sabotage: let Open take what does not begin as an archive does.
func TestS80Archive(t *testing.T) {
	t.Parallel()
	noArchive := filepath.Join(t.TempDir(), "initrd")
	if err := os.WriteFile(noArchive, []byte("this is no archive"), 0o666); err != nil {
		t.Fatal(err)
	}
	for initrd, want := range map[string]string{
		noArchive: "run: the initial RAM disk cannot be read: it is no cpio archive of the format newc\n",
		"":        "run: this machine has no archive of programs; the initial RAM disk is where one is looked for\n",
	} {
		o := machine(1)
		o.Initrd = initrd
		status, console := qemu.RunCommands(t, o, "run hello")
		if status != 1 || !strings.Contains(console, want) {
			t.Errorf("status %d, want 1, and %q:\n%s", status, want, kernelPart(console))
		}
	}
}

// TestS80Return runs a program again and again: free memory and capabilities return to where
// they were.
// Sabotages: in over, do not return the slots; in part, leave out Give.
func TestS80Return(t *testing.T) {
	t.Parallel()
	times := 25
	if soak() {
		times = 500
	}
	o := userMachine(t, 2)
	o.Deadline = 10 * time.Minute
	g := qemu.Start(t, o)
	g.ExpectText("atoll> ")
	typed := func(line, shows string) {
		g.Send(line + "\r")
		g.Expect(shows)
	}
	ran := `name=hello pid=\d+ status=0`
	typed("run -core 1 hello", ran)
	typed("ps", "@0 ps ")
	for range times {
		typed("run -core 1 hello", ran)
	}
	typed("ps", "@0 ps ")
	typed("audit", "@0 audit pages")
	g.Send("poweroff\r")
	if status := g.Wait(); status != 0 {
		t.Fatalf("status %d", status)
	}
	console := g.Console()
	var left []string
	for _, f := range qemu.Facts(console, "programs") {
		left = append(left, f.Values["free-bytes"]+" bytes, "+f.Values["capabilities"]+" capabilities")
	}
	if len(left) != 2 || left[0] != left[1] || only(t, console, "audit").Int("violations") != 0 {
		t.Errorf("left before and after %d runs: %q", times, left)
	}
}

// TestS80Lives has programs run while they are killed, given up and listed, and while their
// cores die; the next life of a core runs programs again. All the time the audit finds
// nothing, and the walk from outside finds what it says.
// Sabotage: let Mappings of spawn.Core return what the kernel maps alone.
func TestS80Lives(t *testing.T) {
	t.Parallel()
	o := userMachine(t, 3)
	o.Debug = true
	m := &mortal{Guest: session(t, o), t: t, lives: []int{1, 1, 1}, last: []int{1, 1, 1}}
	m.do("run -core 1 -bg program spin", `spins$`)
	m.do("run -bg program sleep", `sleeps$`)
	m.do("ps", `^ +0 +1  program +\d+ `, `^ +1 +1  program +\d+ `, `^@0 ps running=2$`)
	m.do("audit -json", `"event":"audit","by":0,.*"violations":0}`)
	m.sameFromOutside(3)
	m.do("kill 0 1", `@0 program name=program pid=1 status=137$`)
	m.do("kill 0 1", `^kill: core 0 runs no program 1$`)

	m.Send("run -core 2 program spin\r") // Ctrl-C ends it
	m.Expect(`spins$`)
	m.Send("\x03")
	m.Expect(`run: interrupted$`)
	m.Expect(`@2 program name=program pid=1 status=137$`)

	// Its core dies while it is waited for, and runs programs in its next life.
	m.Send("run -core 2 program sleep\r")
	m.Expect(`sleeps$`)
	out := newOutsider(t, m.Guest)
	out.derail(hartOf(t, m.Guest, 2))
	m.Expect(`^run: .*core 2 .*$`)
	m.lives[2] = 0
	m.do("run -core 2 hello", `^run: core 2 is not up$`)
	m.last[2]++
	m.do("start 2", `^@0 start core=2 state=up incarnation=2 `)
	m.do("run -core 2 hello again", `^arguments: again$`, `^@2 program name=hello pid=1 status=0$`)

	// Who waits for it dies: it is killed, and those in the background go on.
	m.Send("run -core 2 program sleep\r")
	m.Expect(`sleeps$`)
	out.derail(hartOf(t, m.Guest, 0))
	m.Expect(`@2 program name=program pid=2 status=137$`)
	m.do("ps", `^ +1 +1  program +\d+ `, `^@1 ps running=1$`)
	m.do("audit", `^@1 audit pages=\d+ shared=\d+ violations=0$`)
	m.do("kill 1 1", `@1 program name=program pid=1 status=137$`)
	m.Send("poweroff\r")
	if status := m.Wait(); status != 0 {
		t.Errorf("QEMU's exit status is %d", status)
	}
}

// sameFromOutside looks from outside which user pages the harts can reach: all are lawful, and
// in what audit lists.
func (m *mortal) sameFromOutside(cores int) {
	m.t.Helper()
	runs := reportedRuns(m.t, m.Console(), cores)
	user, known := 0, 0
	for core, space := range outside(m.t, m.Guest, cores) {
		listed := map[[2]uint64]layout.Perm{}
		for _, r := range runs[core] {
			for i := range r.Pages {
				listed[[2]uint64{r.VA + i*layout.PageSize, r.PA + i*layout.PageSize}] = r.Perm
			}
		}
		for _, l := range space.Leaves {
			if !l.User {
				continue
			}
			user++
			perm, is := listed[[2]uint64{l.VA, l.PA}]
			if is {
				known++
			}
			if l.VA >= layout.UserEnd || l.Perm&(layout.W|layout.X) == layout.W|layout.X || is && perm != l.Perm {
				m.t.Errorf("user code of core %d has %s at %#x, %#x; audit lists %s", core, l.Perm, l.VA, l.PA, perm)
			}
		}
	}
	// A program may have touched more pages since.
	if user == 0 || known < user/2 {
		m.t.Errorf("the harts have %d user pages, although a program spins; audit has listed %d of them", user, known)
	}
}
