package boot

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/u-root/u-root/pkg/cpio"

	"atoll/test/qemu"
)

// withPrograms is a machine with the archive that make has built beside the image.
func withPrograms(t *testing.T, harts int) qemu.Options {
	t.Helper()
	image, err := qemu.Image()
	if err != nil {
		t.Fatal(err)
	}
	o := machine(harts)
	o.Initrd = filepath.Join(filepath.Dir(image), "programs.cpio")
	o.Deadline = 3 * time.Minute
	return o
}

// programRuns are programs with their arguments, the status with which each ends, and what
// it says.
var programRuns = []struct {
	line   string
	status int
	says   string
}{
	{"hello one two", 0, "arguments: one two"},
	{"hello", 0, "capability own space: vnode-l1, rights 010, 8192 bytes"},
	{"first", 0, "at 0x1900000000: written to a page of its own"},
	{"files", 0, "files: locks ok"},
	{"memtest", 0, "memtest: 15 checks, all passed"},
	{"capstress 1s 4", 0, "capstress: all memory is given back"},
	{"pingpong lrpc 500", 0, "pingpong: lrpc, 500 round trips, each "},
	{"memtest -h", 0, "memtest: takes RAM from the memory server"},
	{"first now", 2, "first: it takes no arguments"},
	{"memtest now", 2, "memtest: it takes no arguments"},
	{"capstress", 2, "capstress: it takes a time, and at most a number of threads and a seed"},
	{"capstress 0", 2, `capstress: "0" is no time from 1 second to a day`},
	{"pingpong 1 1", 2, "pingpong: the two cores are one; lrpc is for messages on a core"},
	{"pingpong 6 7 10", 1, "pingpong: on core 6: the core cannot run that program"},
	{"pingpong lrpc x", 2, `pingpong: "x" is not a number from 1 to 1000000000`},
}

// TestS82Programs runs the programs on the console's core and on another, with arguments that
// they take and others: each says what it should and ends with its status, and at the end
// nobody maps what he may not.
// Sabotages: let leaves not look at the rights of the frame, which memtest finds;
// return 1 for a program.Misuse.
func TestS82Programs(t *testing.T) {
	t.Parallel()
	const harts = 3
	cores := []int{0, harts - 1}
	var commands []string
	for _, core := range cores {
		for _, r := range programRuns {
			commands = append(commands, fmt.Sprintf("run -core %d %s", core, r.line))
		}
	}
	_, console := qemu.RunCommands(t, withPrograms(t, harts), fmt.Sprintf("run -core %d hello; run -core %d hello; ps; ", cores[0], cores[1])+
		strings.Join(append(commands, "ps; audit"), "; "))
	checkLeft(t, console)
	_, rest, _ := strings.Cut(console, "@0 ps ") // the programs before are not looked at
	ends := qemu.Facts(rest, "program")
	if len(ends) != len(commands) {
		t.Fatalf("%d programs ended of %d:\n%s", len(ends), len(commands), kernelPart(console))
	}
	for i, end := range ends {
		core, r := cores[i/len(programRuns)], programRuns[i%len(programRuns)]
		at := strings.Index(rest, fmt.Sprintf("@%d program name=%s pid=%d ", core, end.Values["name"], end.Int("pid")))
		said := rest[:max(at, 0)]
		if end.Core != core || end.Int("status") != r.status || !strings.Contains(said, r.says) {
			t.Errorf("%s: core %d, status %s, want core %d, status %d and %q:\n%s", r.line, end.Core, end.Values["status"], core, r.status, r.says, said)
		}
		rest = rest[max(at, 0):]
		_, rest, _ = strings.Cut(rest, "\n")
	}
	if v := only(t, console, "audit").Int("violations"); v != 0 {
		t.Errorf("%d violations", v)
	}
}

// checkLeft compares what programs have left on each core between the first ps and the last:
// as much memory, and as many capabilities.
func checkLeft(t *testing.T, console string) {
	t.Helper()
	first := map[string]qemu.Fact{}
	seen := 0
	for _, f := range qemu.Facts(console, "programs") {
		core := f.Values["core"]
		before, ok := first[core]
		if !ok {
			first[core] = f
			continue
		}
		seen++
		for _, what := range []string{"free-bytes", "capabilities", "running"} {
			if f.Values[what] != before.Values[what] {
				t.Errorf("core %s: %s=%s at the end, %s before", core, what, f.Values[what], before.Values[what])
			}
		}
	}
	if seen == 0 {
		t.Error("nothing was compared")
	}
}

// TestS82BetweenCores has a program on one core send messages to one on another and back, in
// both directions.
// Sabotage: count up nothing in pongs.
func TestS82BetweenCores(t *testing.T) {
	t.Parallel()
	console := run(t, withPrograms(t, 2), "run pingpong 0 1 200; run -core 1 pingpong 1 0 200; audit")
	for _, want := range []string{"pingpong: ump, cores 0 and 1, 200 round trips", "pingpong: ump, cores 1 and 0, 200 round trips"} {
		if !strings.Contains(console, want) {
			t.Errorf("no line says %q:\n%s", want, kernelPart(console))
		}
	}
	if v := only(t, console, "audit").Int("violations"); v != 0 {
		t.Errorf("%d violations", v)
	}
}

// TestS82Stress has capstress work on all cores for minutes.
// Sabotages: those of user/programs/capstress.
func TestS82Stress(t *testing.T) {
	t.Parallel()
	if !soak() {
		t.Skip("set ATOLL_SOAK to run it")
	}
	o := withPrograms(t, 2)
	o.Deadline = 6 * time.Minute
	console := run(t, o, "run hello; run -core 1 hello; ps; run -bg -core 1 capstress 120 32 7; run capstress 150 32 1; ps; audit")
	if n := strings.Count(console, "capstress: all memory is given back"); n != 2 {
		t.Errorf("%d of 2 have given all back:\n%s", n, kernelPart(console))
	}
	checkLeft(t, console)
}

// TestS82Stubs runs the tests of the stubs with which programs call, which need a riscv64
// hart below them, as a program.
// Sabotages: those of arch/ecall.
func TestS82Stubs(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	binary, archive := filepath.Join(dir, "stubs"), filepath.Join(dir, "stubs.cpio")
	build := exec.Command("go", "test", "-c", "-ldflags=-s -w", "-o", binary, "atoll/arch/ecall")
	build.Env = append(os.Environ(), "GOOS=linux", "GOARCH=riscv64", "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	program, err := os.ReadFile(binary)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w := cpio.Newc.Writer(&b)
	if err := errors.Join(w.WriteRecord(cpio.StaticFile("stubs", string(program), 0o755)), cpio.WriteTrailer(w)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(archive, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	o := machine(1)
	o.Initrd = archive
	console := run(t, o, "run stubs -test.v")
	for _, name := range []string{"TestRegisters", "TestWait"} {
		if !strings.Contains(console, "--- PASS: "+name) {
			t.Errorf("%s has not passed:\n%s", name, kernelPart(console))
		}
	}
}
