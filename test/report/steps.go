package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// step is one of the checks. It counts what it finds.
type step struct {
	name string
	run  func(ctx context.Context, o options, s *summary)
}

var steps = []step{
	{"format", formatStep},
	{"image", image},
	{"vet", vet},
	{"host", host},
	{"boot", boot},
}

// bootTests hold the tests that boot images; they run apart from the others,
// one package at a time, since each of them fills the host's processors.
var bootTests = []string{"/test/boot", "/test/inside", "/test/stdlib"}

// kernelEnv is the environment in which the go command builds for the kernel.
var kernelEnv = []string{"GOOS=linux", "GOARCH=riscv64", "CGO_ENABLED=0"}

// vet runs go vet for both architectures. For the kernel it is run as the image is built, so
// that what was compiled for that serves both.
func vet(ctx context.Context, _ options, s *summary) {
	plain(ctx, s, "vet host", nil, "go", "vet", "./...")
	plain(ctx, s, "vet kernel", kernelEnv, "go", "vet", "-trimpath", "-overlay", "build/overlay.json", "./...")
}

// image builds the kernel image, which the boot tests run.
func image(ctx context.Context, _ options, s *summary) {
	plain(ctx, s, "image", nil, "make", "-s", "image")
}

// host runs the packages' own tests.
func host(ctx context.Context, o options, s *summary) {
	out, err := exec.CommandContext(ctx, "go", "list", "./...").Output()
	if err != nil {
		s.count("go list", fail, err.Error())
		return
	}
	packages := slices.DeleteFunc(strings.Fields(string(out)), func(p string) bool {
		return slices.ContainsFunc(bootTests, func(b string) bool { return strings.Contains(p, b) })
	})
	race, plain, err := racing(ctx, packages, o.soak)
	if err != nil {
		s.count("go list -test", fail, err.Error())
		return
	}
	// The step before has vetted all. A package that hangs still says where.
	args := []string{"-vet=off", "-timeout", (o.limit * 2 / 3).String()}
	if _, err := exec.LookPath(compiler()); err != nil {
		fmt.Fprintf(s.out, "There is no C compiler, which -race needs: the tests run without it.\n")
		test(ctx, s, "host", nil, append(args, packages...)...)
		return
	}
	test(ctx, s, "race", []string{"CGO_ENABLED=1"}, slices.Concat(args, []string{"-race"}, slowFirst(race))...)
	// Under -race the search through all schedules is cut short, and of many like cases few
	// run: in full they run without it. It checks pointers, too, as a soak does for all.
	for _, p := range race {
		if slices.ContainsFunc(inFull, func(name string) bool { return strings.HasSuffix(p, name) }) {
			plain = append(plain, p)
		}
	}
	if o.soak {
		args = append(args, "-gcflags=-d=checkptr")
	}
	test(ctx, s, "host", soakEnv(o), append(args, slowFirst(plain)...)...)
}

// inFull are the packages that do less under the race detector.
var inFull = []string{"/monitor", "/monitor/ump"}

// slowFirst puts the packages whose tests take longest before the others, beside which they
// run then, so that no processor idles in the end.
func slowFirst(packages []string) []string {
	rank := func(p string) int {
		for i, name := range []string{"/monitor", "/monitor/agree", "/monitor/ump", "/test/make"} {
			if strings.HasSuffix(p, name) {
				return i - 4
			}
		}
		return 0
	}
	sorted := slices.Clone(packages)
	slices.SortStableFunc(sorted, func(a, b string) int { return rank(a) - rank(b) })
	return sorted
}

// compiler is the C compiler that the go command would use.
func compiler() string {
	if cc := strings.Fields(os.Getenv("CC")); len(cc) > 0 {
		return cc[0]
	}
	return "gcc"
}

// boot runs the tests that boot the image, always afresh: the go command does not
// see the image, so it could not tell that an old result is out of date.
func boot(ctx context.Context, o options, s *summary) {
	args := []string{"-count=1", "-p=1", "-timeout", o.limit.String()}
	for _, b := range bootTests {
		args = append(args, "."+b+"/...")
	}
	test(ctx, s, "boot", soakEnv(o), args...)
}

// soakEnv is the environment in which the longer suites run, if they are to.
func soakEnv(o options) []string {
	if o.soak {
		return []string{"ATOLL_SOAK=1"}
	}
	return nil
}

// plain runs a command whose exit status is its verdict.
func plain(ctx context.Context, s *summary, name string, env []string, args ...string) {
	start := time.Now()
	cmd := command(ctx, env, args)
	out, err := cmd.CombinedOutput()
	v := pass
	if err != nil {
		v = fail
		out = append(out, err.Error()...)
	}
	s.count(name, v, string(out))
	s.finished(name, v, 1, time.Since(start))
}

// test runs `go test -json` and counts its events.
func test(ctx context.Context, s *summary, name string, env []string, args ...string) {
	cmd := command(ctx, env, append([]string{"go", "test", "-json"}, args...))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		s.count(name, fail, err.Error())
		return
	}
	events := follow(stdout, s)
	err = cmd.Wait()
	if cause := context.Cause(ctx); cause != nil {
		err = errors.Join(err, cause)
	}
	if err != nil && !events.failed {
		s.count(name, fail, events.stray.String()+stderr.String()+err.Error())
	}
}

// command makes a command that an interrupt ends, with the variables added.
func command(ctx context.Context, env, args []string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Env = append(append(os.Environ(), "ATOLL_REQUIRE_QEMU=1"), env...)
	// The go command passes an interrupt on to the tests it runs.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	cmd.Stdin = nil
	return cmd
}
