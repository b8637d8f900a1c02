package stdlib

import (
	"fmt"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"atoll/boot/tools/qemurun"
	"atoll/test/instance/harness"
	"atoll/test/qemu"
)

// leastShare of a package's tests must pass, in per cent, whatever the table
// excuses.
const leastShare = 95

// TestPackages runs the tests of each package of the table.
func TestPackages(t *testing.T) {
	for _, p := range packages {
		t.Run(p.path, func(t *testing.T) {
			if !p.quick && os.Getenv("ATOLL_SOAK") == "" {
				t.Skip("runs with ATOLL_SOAK=1")
			}
			t.Parallel()
			p.test(t)
		})
	}
}

// test builds the package's tests, boots them and checks what became of each.
func (p *pkg) test(t *testing.T) {
	image := p.build(t)
	for name, facility := range p.fatal {
		r := harness.Run(t, p.options(), image, "-test.run=^"+name+"$")
		if r.Complete || r.Verdicts[name] != harness.Fail {
			t.Errorf("%s needs %s and was expected to end the test binary, but its verdict is %q", name, facility, r.Verdicts[name])
		}
	}
	flags := []string{"-test.short", "-test.run=^Test"}
	if len(p.fatal) > 0 {
		names := slices.Collect(maps.Keys(p.fatal))
		flags = append(flags, "-test.skip=^("+strings.Join(names, "|")+")$")
	}
	r := harness.Run(t, p.options(), image, flags...)
	for _, c := range p.complaints(r) {
		t.Error(c)
	}
	t.Logf("%d passed, %d failed, %d were skipped", r.Count(harness.Pass), r.Count(harness.Fail), r.Count(harness.Skip))
}

// build makes an image of the package's tests.
func (p *pkg) build(t *testing.T) string {
	t.Helper()
	name := path.Base(p.path)
	// A file among the package's external tests gives the binary its way to boot.
	add := []string{overlaid(t, p.path, "boot", name+"_test", "atoll/test/instance")}
	if p.imports != "" {
		add = append(add, overlaid(t, p.path, "import", name, p.imports))
	}
	return harness.Build(t, p.path, add...)
}

// overlaid returns an overlay entry that adds to the package at dir a test file of
// package name which imports a package.
func overlaid(t *testing.T, dir, file, name, imported string) string {
	t.Helper()
	text := fmt.Sprintf("package %s\n\nimport _ %q\n", name, imported)
	return fmt.Sprintf("%s/zz_atoll_%s_test.go=%s", dir, file, harness.Write(t, file+".go", text))
}

// options is a machine of one hart, with time enough for a busy host.
func (p *pkg) options() qemu.Options {
	return qemu.Options{
		Machine:  qemurun.Machine{Harts: 1, Mem: "1G"},
		Deadline: max(p.deadline, 3*time.Minute),
	}
}

// complaints says what is wrong with the results.
func (p *pkg) complaints(r harness.Result) []string {
	var list []string
	complain := func(format string, args ...any) { list = append(list, fmt.Sprintf(format, args...)) }
	for _, name := range r.Failures() {
		if p.excuse(name) == "" {
			complain("%s: %s\n%s", name, r.Verdicts[name], r.Output[name])
		}
	}
	for name, facility := range p.excused {
		if v := r.Verdicts[name]; v != harness.Fail {
			complain("%s needs %s and was expected to fail, but its verdict is %q", name, facility, v)
		}
	}
	pass, fail := r.Count(harness.Pass), r.Count(harness.Fail)+r.Count(harness.Unfinished)
	if pass == 0 || pass*100 < leastShare*(pass+fail) {
		complain("%d passed and %d did not: less than %d %%", pass, fail, leastShare)
	}
	// The status tells of what no test's verdict does: a panic behind the last one.
	status := min(fail, 1)
	if !r.Complete || r.Status != status {
		complain("complete=%v, and QEMU's exit status is %d, want %d; the console ends with\n%s", r.Complete, r.Status, status, tail(r.Console))
	}
	return list
}

// excuse returns the facility that the test, or one that it is a subtest of, needs
// and an instance lacks; "" if it must pass.
func (p *pkg) excuse(name string) string {
	for {
		if facility := p.excused[name]; facility != "" {
			return facility
		}
		i := strings.LastIndexByte(name, '/')
		if i < 0 {
			return ""
		}
		name = name[:i]
	}
}

// tail is the end of a console.
func tail(console string) string {
	lines := slices.Collect(strings.Lines(console))
	return strings.Join(lines[max(0, len(lines)-20):], "")
}
