package boot

import (
	"fmt"
	"strings"
	"testing"

	"atoll/test/instance/harness"
	"atoll/test/qemu"
)

// TestS90Processes has a program fork, run others, wait for them, stop and kill them, by calls and
// by package os/exec, beside one that wants the hart, too, and in a soak make as many as there can be; all it had is free afterwards, and nothing is mapped that must not be.
// Sabotages: in user/linux's fork, share the memory; in become, leave the root table of the
// thread; in endSpace, do nothing, with which the bomb's last fork fails; in Fork of a context,
// return the same.
func TestS90Processes(t *testing.T) {
	o := userMachine(t, 2)
	bomb := ""
	lines := []string{
		`placed: "1\n" <nil>` + "\n",
		`placed: "0\n" <nil>` + "\n",
		"exits: own=true exited=true status=5 signal=-1 err=<nil>\n",
		"faults: own=true exited=true status=2 signal=-1 err=<nil>\n",
		"hogs: own=true exited=false status=-1 signal=9 err=<nil>\n",
		"stopped=true signal=19\n",
		"terminated: own=true exited=false status=-1 signal=15 err=<nil>\n",
		"] exit_group(3) = ?\n",
		"atoll> run -core 1 -strace=exit program exit 4\n[1] exit_group(4) = ?\n",
		`cannot start program: no name of a call begins with "opn"`,
		`output: "line 0 of 2\nline 1 of 2\n" <nil>` + "\n",
		"told: /tmp value input <nil>\n",
		`pipeline: 7893 bytes end in "ine 499 of 500\n" <nil>` + "\n",
		"failed: exit status 5\n",
		`missing: exec: "nothing-of-this-name": executable file not found in $PATH` + "\n",
		"slow: signal: killed, exited=false\n",
	}
	if soak() {
		bomb = "run -core 1 -mem 6M program bomb; "
		lines = append(lines, "many=true\n", "after: own=true exited=true status=6 signal=-1 err=<nil>\n", " status=8\n")
	}
	_, console := qemu.RunCommands(t, o, "run program place; run -core 1 program place; ps; "+
		"run program exec; run -mem 8M program family; "+bomb+"run -strace program exit 3; run -core 1 -strace=exit program exit 4; run -strace=opn program exit 0; audit; ps")
	for _, want := range lines {
		if !strings.Contains(console, want) {
			t.Errorf("no line says %q", want)
		}
	}
	checkLeft(t, console)
	if v := only(t, console, "audit").Int("violations"); v != 0 {
		t.Errorf("%d violations", v)
	}
	if t.Failed() {
		t.Log(kernelPart(console))
	}
}

// TestS90Jobs has a program be a shell for jobs at a terminal, on the console's core and on another, and types what it asks for: those in the
// background are stopped when they read, write or set the terminal, those in the foreground by a
// key. What is typed ahead reaches the console, as far as no program has read it.
// Sabotages: in end of a screen, return nothing; in mayUse, return true; in signalKey, know no SIGTSTP; in goOn of a process, wake nobody.
func TestS90Jobs(t *testing.T) {
	t.Parallel()
	o := machine(2)
	o.Initrd = harness.Archive(t, "./user/programs/jobs")
	g := session(t, o)
	for core := range 2 {
		g.Send(fmt.Sprintf("run -t -core %d jobs\r", core))
		g.Expect("^jobs: read in the background: stopped \\(tty input\\)$")
		g.Expect("^jobs: type a line$")
		g.Send("typed\r")
		g.Expect(`^jobs: it reads "typed\\n"$`)
		g.Expect("^jobs: set in the background: stopped \\(tty output\\)$")
		g.Expect("^jobs: write in the background: stopped \\(tty output\\)$")
		g.Expect("^jobs: it writes$")
		g.Expect("^jobs: press Ctrl-Z$")
		g.Send("\x1a")
		g.Expect("jobs: press Ctrl-C$")
		g.Send("\x03echo =ahead=\r")
		g.Expect("jobs: keys ok$")
		g.Expect(fmt.Sprintf("^@%d program name=jobs pid=1 status=0$", core))
		g.Expect("^=ahead=$")
	}
	g.Send("poweroff\r")
	if status := g.Wait(); status != 0 {
		t.Errorf("QEMU's exit status is %d", status)
	}
}

// TestS90Clock asks for the time by calls and by the vDSO, which agree; nobody makes a call who
// need not. Sabotages: in firstStack, leave out auxVDSO; in mapVDSO, add a millisecond to the wall.
func TestS90Clock(t *testing.T) {
	t.Parallel()
	console := run(t, userMachine(t, 1), "run program clock 20000; run -strace program clock 20")
	if n := strings.Count(console, "clock: in order\n"); n != 2 {
		t.Errorf("in %d of 2 programs time is in order:\n%s", n, kernelPart(console))
	}
	if n := strings.Count(console, "] clock_gettime("); n != 40 {
		t.Errorf("%d calls ask for the time, of which 40 have to", n)
	}
}
