package boot

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"atoll/boot/tools/qemurun"
	"atoll/test/qemu"
)

// smp are the numbers of harts that most stages are tested with.
var smp = []int{1, 2, 4, 8}

// soak reports whether the longer suites are to run.
func soak() bool { return os.Getenv("ATOLL_SOAK") != "" }

// machine is a machine of that many harts.
func machine(harts int) qemu.Options {
	return qemu.Options{Machine: qemurun.Machine{Harts: harts}}
}

// eachSMP runs a test at each number of harts that is at least least.
func eachSMP(t *testing.T, least int, test func(t *testing.T, harts int)) {
	for _, n := range smp {
		if n >= least {
			t.Run(fmt.Sprintf("harts=%d", n), func(t *testing.T) { test(t, n) })
		}
	}
}

// sized are the consoles of machines that several stages look at, by the number of harts.
var sized = func() map[int]*sizedBoot {
	m := map[int]*sizedBoot{}
	for _, n := range smp {
		m[n] = &sizedBoot{}
	}
	return m
}()

type sizedBoot struct {
	once    sync.Once
	console string
}

// bootSized returns what a machine of that many harts says of itself. It boots once, for the
// first test that asks.
func bootSized(t *testing.T, harts int) string {
	t.Helper()
	b := sized[harts]
	b.once.Do(func() { b.console = run(t, machine(harts), "cores; audit; mem") })
	if b.console == "" {
		t.Fatal("its boot has failed in another test")
	}
	return b.console
}

// run boots the machine, runs the commands and checks that all of them succeeded:
// by the exit line, and by QEMU's own exit status. It returns the console.
func run(t *testing.T, o qemu.Options, commands string) string {
	t.Helper()
	status, console := qemu.RunCommands(t, o, commands)
	if exit := exitStatus(t, console); exit != 0 || status != 0 {
		t.Fatalf("exit status %d, QEMU's %d; want 0\n%s", exit, status, kernelPart(console))
	}
	return console
}

// exitStatus returns the status that the console's one exit line states, -1 if there
// is none.
func exitStatus(t *testing.T, console string) int {
	t.Helper()
	exits := qemu.Facts(console, "exit")
	if len(exits) != 1 {
		t.Errorf("%d exit lines, want 1:\n%s", len(exits), kernelPart(console))
		return -1
	}
	return exits[0].Int("status")
}

// only returns the one fact with this event.
func only(t *testing.T, console, event string) qemu.Fact {
	t.Helper()
	facts := qemu.Facts(console, event)
	if len(facts) != 1 {
		t.Fatalf("%d lines of event %q, want 1:\n%s", len(facts), event, kernelPart(console))
	}
	return facts[0]
}

// kernelPart leaves out what the firmware printed.
func kernelPart(console string) string {
	if i := strings.Index(console, "Boot HART MEDELEG"); i >= 0 {
		console = console[i:]
		_, console, _ = strings.Cut(console, "\n")
	}
	return console
}

// checkUp checks the boot lines of cores instances: each says once that it is up,
// and then the first one that all are.
func checkUp(t *testing.T, console string, cores int) {
	t.Helper()
	var seenCores, seenHarts []int
	for _, f := range qemu.Facts(console, "up") {
		seenCores = append(seenCores, f.Core)
		seenHarts = append(seenHarts, f.Int("hart"))
		if mem := f.Int("mem"); mem < 16<<20 {
			t.Errorf("core %d has mem=%d, less than 16 MiB", f.Core, mem)
		}
		if v := f.Values["go"]; !strings.HasPrefix(v, "go1.") {
			t.Errorf("core %d has go=%q", f.Core, v)
		}
	}
	slices.Sort(seenCores)
	for i, core := range seenCores {
		if core != i {
			t.Errorf("cores that are up: %v, want 0 to %d, each once", seenCores, cores-1)
			break
		}
	}
	slices.Sort(seenHarts)
	if len(seenCores) != cores || len(slices.Compact(seenHarts)) != cores {
		t.Errorf("%d cores on harts %v are up, want %d", len(seenCores), seenHarts, cores)
	}
	ready := only(t, console, "ready")
	if ready.Core != 0 || ready.Int("cores") != cores {
		t.Errorf("ready line of core %d: cores=%s, want %d", ready.Core, ready.Values["cores"], cores)
	}
	if strings.LastIndex(console, " up hart=") > strings.Index(console, "@0 ready cores=") {
		t.Error("the ready line stands before an up line")
	}
}
