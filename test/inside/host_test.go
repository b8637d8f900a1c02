//go:build !riscv64

package inside

import (
	"regexp"
	"strconv"
	"testing"
	"time"

	"atoll/boot/tools/qemurun"
	"atoll/test/instance/harness"
	"atoll/test/qemu"
)

// machine has a second hart, which is never started: its partition is what the
// instance must not map.
func machine(mem string) qemu.Options {
	return qemu.Options{Machine: qemurun.Machine{Harts: 2, Mem: mem}, Deadline: 4 * time.Minute}
}

// TestInside boots the tests of this package, and with the same image those that
// need a boot of their own.
func TestInside(t *testing.T) {
	image := harness.Build(t, "./test/inside")
	t.Run("tests", func(t *testing.T) { together(t, image) })
	t.Run("out of memory", func(t *testing.T) { outOfMemory(t, image) })
	t.Run("panic", func(t *testing.T) { panics(t, image) })
	t.Run("two boots", func(t *testing.T) { twoBoots(t, image) })
}

// together runs all tests that one boot can serve and reports each.
func together(t *testing.T, image string) {
	r := harness.Run(t, machine("256M"), image, "-test.skip=^TestEnd")
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

// end boots one test that ends the instance, and checks the status and that the
// console has lines of these forms, in this order.
func end(t *testing.T, image, mem, test string, wantStatus int, lines ...string) {
	t.Helper()
	o := machine(mem)
	o.Kernel = image
	status, console := qemu.RunCommands(t, o, harness.Verbose+" -test.run=^"+test+"$")
	if status != wantStatus {
		t.Errorf("QEMU's exit status is %d, want %d", status, wantStatus)
	}
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
func outOfMemory(t *testing.T, image string) {
	end(t, image, "96M", "TestEndOutOfMemory", 1,
		`out of memory: all \d+ pages of the kernel reserve are in use, the page at 0x21[0-9a-f]{8} cannot be had`,
		`@\d+ dead core=\d+ cause=oom status=\d+`)
}

// panics checks that a panic which nobody recovers ends the instance with the Go
// runtime's own report.
func panics(t *testing.T, image string) {
	end(t, image, "96M", "TestEndPanic", 2,
		`panic: drowned`, `goroutine \d+ .*\[running\]:`, `atoll/test/inside\.drown\(.*`,
		`\s+\S*test/inside/end_riscv64_test\.go:\d+.*`, `@\d+ dead core=\d+ cause=panic status=2`)
	end(t, image, "96M", "TestEndFault", 2,
		`panic: runtime error: invalid memory address or nil pointer dereference`,
		`\[signal SIGSEGV: segmentation violation code=0x1 addr=0x[0-9a-f]+ pc=0x20[0-9a-f]+\]`,
		`atoll/test/inside\.sinkHere\(.*`, `@\d+ dead core=\d+ cause=panic status=2`)
}

// twoBoots compares the wall clock with the host's, and the random numbers of two
// lives of one machine.
func twoBoots(t *testing.T, image string) {
	var seeds, randoms [2]string
	for i := range seeds {
		o := machine("96M")
		o.Kernel = image
		o.Append = `run="-test.run=^TestEndPrint$"`
		earliest := time.Now()
		g := qemu.Start(t, o)
		m := g.Expect(`^seed=(\S.*) random=([0-9a-f]{32}) wall=(\d+)$`)
		latest := time.Now()
		seeds[i], randoms[i] = m[1], m[2]
		ns, err := strconv.ParseInt(m[3], 10, 64)
		const slack = 2 * time.Second
		if wall := time.Unix(0, ns); err != nil || wall.Before(earliest.Add(-slack)) || wall.After(latest.Add(slack)) {
			t.Errorf("the wall clock says %v (%v), the host's %v to %v", wall, err, earliest, latest)
		}
		if status := g.Wait(); status != 0 {
			t.Errorf("QEMU's exit status is %d", status)
		}
	}
	if seeds[0] == seeds[1] || randoms[0] == randoms[1] {
		t.Errorf("two boots with seeds %q drew the random numbers %q", seeds, randoms)
	}
}
