package boot

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"atoll/boot/tools/debian"
	"atoll/test/instance/harness"
	"atoll/test/qemu"
)

// Stage 93: programs of others than Go's tools make, with the C libraries of others.

// othersMachine is a machine with a program.
func othersMachine(t *testing.T, program string) qemu.Options {
	o := machine(2)
	o.Initrd = harness.Archive(t, "./user/programs/hello", program)
	return o
}

// TestS93Threads runs a program of C's, with the GNU C library: threads, processes, signals, files.
// Sabotages: in user/linux's begin, leave out the thread pointer; in end, do not wake who joins; in
// futexesAt, take the address in any case.
func TestS93Threads(t *testing.T) {
	t.Parallel()
	compiler, err := exec.LookPath("riscv64-linux-gnu-gcc")
	if err != nil {
		t.Skip("there is no riscv64-linux-gnu-gcc (Debian: gcc-riscv64-linux-gnu)")
	}
	program := filepath.Join(t.TempDir(), "threads")
	if said, err := exec.Command(compiler, "-O2", "-static", "-pthread", "-o", program, "testdata/threads.c").CombinedOutput(); err != nil {
		t.Skipf("%s cannot link it, which takes Debian's libc6-dev-riscv64-cross: %v\n%s", compiler, err, said)
	}
	console := run(t, othersMachine(t, program), "run threads; run -core 1 threads; ps; run threads; run -core 1 threads; ps")
	if n := strings.Count(console, "threads: a file in common ok\n"); n != 4 {
		t.Errorf("%d of 4 have come to their end:\n%s", n, kernelPart(console))
	}
	programsLeft(t, console, 2)
}

// busyboxRuns are lines for Busybox's shell, and how a line begins that it says.
var busyboxRuns = []shellRun{
	{`for i in 1 2 3; do echo line $i; done | busybox sed s/line/LINE/ | busybox tail -n 1`, "LINE 3"},
	{`(exit 3); echo status $?; (busybox sleep 1; echo late) & wait; echo waited`, "waited"},
	{`trap 'echo trapped' USR1; kill -USR1 $$; busybox seq 100 | busybox awk '{ s += $1 } END { print s }'`, "5050"},
	{`cd /tmp; echo text > f; mkdir d; busybox tar cf t.tar f d; busybox gzip t.tar; busybox zcat t.tar.gz | busybox tar tf -; busybox rm -r f d t.tar.gz; busybox find .`, "d/"},
	{`busybox timeout 1 busybox sleep 5; echo timeout $?`, "timeout 143"},
}

// TestS93Busybox runs Debian's Busybox and its shell, which forks. It is downloaded, so in a soak
// only. Sabotage: in kernel/vspace's share, leave W.
func TestS93Busybox(t *testing.T) {
	t.Parallel()
	if !soak() {
		t.Skip("it is downloaded, so it runs in a soak only")
	}
	var commands []string
	for _, r := range busyboxRuns {
		commands = append(commands, `run busybox sh -c "`+r.line+`"`)
	}
	console := run(t, othersMachine(t, busybox(t)), strings.Join(commands, "; "))
	for _, r := range busyboxRuns {
		if !strings.Contains(console, "\n"+r.says) && !strings.Contains(console, "\r"+r.says) {
			t.Errorf("%s: %q is not said", r.line, r.says)
		}
	}
}

// busybox downloads Debian's program. The test is skipped where that is not to be had.
func busybox(t *testing.T) string {
	t.Helper()
	program, err := debian.Program(t.TempDir(), "busybox-static", "usr/bin/busybox")
	if err != nil {
		t.Skip("Debian's busybox-static for riscv64 is not to be had: ", err)
	}
	return program
}
