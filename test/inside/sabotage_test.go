//go:build !riscv64

package inside

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"atoll/test/instance/harness"
	"atoll/test/qemu"
)

// sabotage is a change of the kernel that one test must notice.
type sabotage struct {
	test string // what must fail
	file string // below the module's root
	old  string // stands in the file once
	new  string
	// check runs the test; nil = it runs with the others of one boot.
	check func(m machine, t testing.TB)
}

// TestSabotage builds the kernel with each sabotage, without touching its files,
// and demands that the test which is to notice it begins and fails.
func TestSabotage(t *testing.T) {
	if os.Getenv("ATOLL_SOAK") == "" {
		t.Skip("runs with ATOLL_SOAK=1")
	}
	root, err := qemu.ModuleRoot()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sabotages {
		t.Run(s.test, func(t *testing.T) {
			t.Parallel()
			changed := harness.Write(t, filepath.Base(s.file), s.apply(t, root))
			m := newMachine(t, time.Minute, filepath.Join(root, s.file)+"="+changed)
			failed, log := harness.Try(t, func(tb testing.TB) { s.run(tb, m) })
			if began := strings.Contains(log, "=== RUN   "+s.test); !failed || !began {
				t.Errorf("with %q instead of %q in %s: failed=%v, began=%v\n%s", s.new, s.old, s.file, failed, began, log)
			}
		})
	}
}

// apply returns the text of the file with the sabotage.
func (s sabotage) apply(t *testing.T, root string) string {
	text, err := os.ReadFile(filepath.Join(root, s.file))
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), s.old); n != 1 {
		t.Fatalf("%s has %d places of the form %q, want 1", s.file, n, s.old)
	}
	return strings.Replace(string(text), s.old, s.new, 1)
}

// TestSabotagesFit finds the place of each sabotage, of which TestSabotage would learn late
// that it is gone.
func TestSabotagesFit(t *testing.T) {
	root, err := qemu.ModuleRoot()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sabotages {
		t.Run(s.test, func(t *testing.T) { s.apply(t, root) })
	}
}

// TestEveryTestIsSabotaged checks that the tests and the sabotages belong together.
func TestEveryTestIsSabotaged(t *testing.T) {
	files, err := filepath.Glob("*_riscv64_test.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files of tests, %v", len(files), err)
	}
	sabotaged := map[string]bool{} // by test: whether the test exists
	for _, s := range sabotages {
		sabotaged[s.test] = false
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?m)^func (Test\w+)\(`).FindAllStringSubmatch(string(text), -1) {
			if _, ok := sabotaged[m[1]]; !ok {
				t.Errorf("%s: %s has no sabotage", file, m[1])
			}
			sabotaged[m[1]] = true
		}
	}
	for test, exists := range sabotaged {
		if !exists {
			t.Errorf("a sabotage is for %s, which does not exist", test)
		}
	}
}

// run runs the test in the sabotaged kernel. A failure logs the console.
func (s *sabotage) run(t testing.TB, m machine) {
	if s.check != nil {
		s.check(m, t)
		return
	}
	r := harness.Run(t, m.options("256M"), m.image, "-test.run=^"+s.test+"$")
	if !r.Complete || r.Status != 0 {
		t.Errorf("the console:\n%s", r.Console)
	}
}
