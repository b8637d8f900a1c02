package harness

import (
	"regexp"
	"slices"
	"strings"
)

// Verdicts of a test. Unfinished is one that began and never ended.
const (
	Pass       = "PASS"
	Fail       = "FAIL"
	Skip       = "SKIP"
	Unfinished = "unfinished"
)

// Result is what became of a package's tests.
type Result struct {
	Names    []string          // tests and subtests, in the order in which they began
	Verdicts map[string]string // by name
	Output   map[string]string // by name: what was printed while the test was the last one named
	Complete bool              // the test binary got to its end, whatever its tests' verdict
	Status   int               // QEMU's exit status
	Console  string
}

// Count returns how many tests have the verdict.
func (r *Result) Count(verdict string) int {
	n := 0
	for _, v := range r.Verdicts {
		if v == verdict {
			n++
		}
	}
	return n
}

// Failures returns the tests that failed of themselves, or did not end: not those
// of which only a subtest did.
func (r *Result) Failures() []string {
	var failed []string
	for _, name := range r.Names {
		if r.failed(name) && !slices.ContainsFunc(r.Names, func(sub string) bool {
			return strings.HasPrefix(sub, name+"/") && r.failed(sub)
		}) {
			failed = append(failed, name)
		}
	}
	return failed
}

func (r *Result) failed(name string) bool {
	return r.Verdicts[name] == Fail || r.Verdicts[name] == Unfinished
}

// mark stands before each line of the test binary's own with -test.v=test2json, so
// that no test's output can be taken for one, or hide one.
const mark = "\x16"

var ownLine = regexp.MustCompile(`^(=== RUN  |=== NAME |=== CONT |=== PAUSE|--- PASS:|--- FAIL:|--- SKIP:) (\S*).*\n`)

// Read makes a Result of the console of a test binary that ran with
// -test.v=test2json, and of QEMU's exit status.
func Read(console string, status int) Result {
	r := Result{Verdicts: map[string]string{}, Output: map[string]string{}, Status: status, Console: console}
	var current string
	for i, chunk := range strings.Split(console, mark) {
		m := ownLine.FindStringSubmatch(chunk)
		switch {
		case i == 0: // firmware and kernel
			continue
		case m != nil:
			current = m[2]
			r.take(m[1], current)
		case strings.HasPrefix(chunk, "PASS\n"), strings.HasPrefix(chunk, "FAIL\n"):
			r.Complete = true
			current = ""
		}
		r.Output[current] += chunk
	}
	return r
}

// take takes one of the test binary's own lines.
func (r *Result) take(word, name string) {
	switch word {
	case "=== RUN  ":
		r.Names = append(r.Names, name)
		r.Verdicts[name] = Unfinished
	case "--- PASS:":
		r.Verdicts[name] = Pass
	case "--- FAIL:":
		r.Verdicts[name] = Fail
	case "--- SKIP:":
		r.Verdicts[name] = Skip
	}
}
