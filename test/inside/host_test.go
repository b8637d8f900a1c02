//go:build !riscv64

package inside

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"atoll/boot/tools/qemurun"
	"atoll/test/instance/harness"
	"atoll/test/qemu"
)

// TestInside boots the tests of this package, and with the same image those that
// need a boot of their own.
func TestInside(t *testing.T) {
	m := newMachine(t, 4*time.Minute)
	run := func(name string, f func(testing.TB)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f(t)
		})
	}
	t.Run("tests", m.together) // alone: some of them take times
	run("out of memory", m.outOfMemory)
	run("out of threads", m.outOfThreads)
	run("panic", m.panics)
	run("two boots", m.twoBoots)
	run("vector", m.vector)
}

// machine boots an image of this package's tests.
type machine struct {
	image    string
	program  string // a user program, the initial RAM disk
	deadline time.Duration
}

// newMachine builds the image, with files of the kernel replaced.
func newMachine(t testing.TB, deadline time.Duration, add ...string) machine {
	t.Helper()
	return machine{
		image: harness.Build(t, "./test/inside", add...), program: harness.Program(t, "./test/inside/program"), deadline: deadline,
	}
}

// options has a second hart, which is never started: its partition is what the
// instance must not map.
func (m machine) options(mem string) qemu.Options {
	return qemu.Options{Machine: qemurun.Machine{Harts: 2, Mem: mem, Kernel: m.image, Initrd: m.program}, Deadline: m.deadline}
}

// together runs all tests that one boot can serve and reports each.
func (m machine) together(t *testing.T) {
	r := harness.Run(t, m.options("256M"), m.image, "-test.skip=^TestEnd")
	for _, name := range r.Names {
		t.Run(name, func(t *testing.T) {
			if r.Verdicts[name] != harness.Pass {
				t.Errorf("%s\n%s", r.Verdicts[name], r.Output[name])
			}
		})
	}
	const least = 30 // tests and subtests; there are more
	if !r.Complete || r.Status != 0 || len(r.Names) < least {
		t.Errorf("complete=%v, QEMU's exit status %d, %d tests began; the console:\n%s", r.Complete, r.Status, len(r.Names), r.Console)
	}
}

// boot runs one test in a machine of its own and returns the console and QEMU's
// exit status.
func (m machine) boot(t testing.TB, mem, test string) (string, int) {
	t.Helper()
	status, console := qemu.RunCommands(t, m.options(mem), harness.Verbose+" -test.run=^"+test+"$")
	return console, status
}

// wantLines checks that the console has lines of these forms, in this order.
func wantLines(t testing.TB, console string, lines ...string) {
	t.Helper()
	rest := console
	for _, line := range lines {
		at := regexp.MustCompile("(?m)^" + line + "$").FindStringIndex(rest)
		if at == nil {
			t.Errorf("no line of the form %q, or not in this order, in the console:\n%s", line, console)
			return
		}
		rest = rest[at[1]:]
	}
}

// outOfMemory checks the report of an instance whose memory is used up.
func (m machine) outOfMemory(t testing.TB) {
	console, status := m.boot(t, "96M", "TestEndOutOfMemory")
	wantLines(t, console,
		`out of memory: all \d+ pages of the kernel reserve are in use, the page at 0x2[0-9a-f]{9} cannot be had`,
		`@\d+ dead core=\d+ cause=oom status=\d+`)
	if status != 1 {
		t.Errorf("QEMU's exit status is %d, want 1", status)
	}
}

// outOfThreads checks the report of an instance that has no slot for a thread.
func (m machine) outOfThreads(t testing.TB) {
	console, status := m.boot(t, "96M", "TestEndOutOfThreads")
	wantLines(t, console, `out of threads: all \d+ thread slots are in use`, `@\d+ dead core=\d+ cause=oom status=\d+`)
	if status != 1 {
		t.Errorf("QEMU's exit status is %d, want 1", status)
	}
}

// panics checks that a panic which nobody recovers ends the instance with the Go
// runtime's own report.
func (m machine) panics(t testing.TB) {
	const dead = `@\d+ dead core=\d+ cause=panic status=2`
	for test, lines := range map[string][]string{
		"TestEndPanic": {`panic: drowned`, `goroutine \d+ .*\[running\]:`, `atoll/test/inside\.drown\(.*`,
			`\s+\S*test/inside/end_riscv64_test\.go:\d+.*`, dead},
		"TestEndFault": {`panic: runtime error: invalid memory address or nil pointer dereference`,
			`\[signal SIGSEGV: segmentation violation code=0x1 addr=0x[0-9a-f]+ pc=0x20[0-9a-f]+\]`,
			`atoll/test/inside\.sinkHere\(.*`, dead},
	} {
		console, status := m.boot(t, "96M", test)
		wantLines(t, console, lines...)
		if status != 2 {
			t.Errorf("%s: QEMU's exit status is %d, want 2", test, status)
		}
	}
}

// vector runs a test on a hart with vector instructions.
func (m machine) vector(t testing.TB) {
	o := m.options("96M")
	o.CPU = "rv64,v=true"
	if status, console := qemu.RunCommands(t, o, harness.Verbose+" -test.run=^TestEndVector$"); status != 0 {
		t.Errorf("QEMU's exit status is %d; the console:\n%s", status, console)
	}
}

var printed = regexp.MustCompile(`(?m)^seed=(\S.*) random=([0-9a-f]{32}) wall=(\d+)$`)

// twoBoots compares the wall clock with the host's, and the random numbers of two
// lives of one machine.
func (m machine) twoBoots(t testing.TB) {
	var seeds, randoms []string
	for range 2 {
		earliest := time.Now()
		console, status := m.boot(t, "96M", "TestEndPrint")
		latest := time.Now()
		line := printed.FindStringSubmatch(console)
		if line == nil || status != 0 {
			t.Fatalf("QEMU's exit status is %d; the console:\n%s", status, console)
		}
		seeds, randoms = append(seeds, line[1]), append(randoms, line[2])
		ns, err := strconv.ParseInt(line[3], 10, 64)
		const slack = 2 * time.Second
		if wall := time.Unix(0, ns); err != nil || wall.Before(earliest.Add(-slack)) || wall.After(latest.Add(slack)) {
			t.Errorf("the wall clock says %v (%v), the host's %v to %v", wall, err, earliest, latest)
		}
	}
	if seeds[0] == seeds[1] || randoms[0] == randoms[1] {
		t.Errorf("two boots with the seeds %s drew the random numbers %s", strings.Join(seeds, " and "), strings.Join(randoms, " and "))
	}
}
