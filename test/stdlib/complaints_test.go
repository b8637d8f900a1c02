package stdlib

import (
	"fmt"
	"strings"
	"testing"

	"atoll/test/instance/harness"
)

// TestComplaints checks that whatever deviates from the table is reported.
func TestComplaints(t *testing.T) {
	p := pkg{path: "p", excused: map[string]string{"TestFile": files, "TestParent": files}}
	const (
		run  = "\x16=== RUN   "
		file = run + "TestFile\n\x16--- FAIL: TestFile (0.00s)\n" + run + "TestParent\n" + run + "TestParent/x\n" +
			"\x16--- FAIL: TestParent/x (0.00s)\n\x16--- FAIL: TestParent (0.00s)\n"
		end = "\x16FAIL\n"
	)
	good := ""
	for i := range 100 {
		name := fmt.Sprint("TestGood", i)
		good += run + name + "\n\x16--- PASS: " + name + " (0.00s)\n"
	}
	for _, c := range []struct {
		name, console string
		status        int
		want          string // in the only complaint, "" = none
	}{
		{"as expected", good + file + end, 1, ""},
		{"failure", good + file + run + "TestBad\nbecause\n\x16--- FAIL: TestBad (0.00s)\n" + end, 1, "TestBad: FAIL\n=== RUN   TestBad\nbecause"},
		{"no end of a test", good + file + run + "TestBad\n" + end, 1, "TestBad: unfinished"},
		{"excused but passes", good + strings.ReplaceAll(file, "FAIL: TestFile", "PASS: TestFile") + end, 1, "TestFile needs files and was expected to fail"},
		{"excused but gone", good + file[strings.Index(file, run+"TestParent"):] + end, 1, `its verdict is ""`},
		{"too few", file + run + "TestGood\n\x16--- PASS: TestGood (0.00s)\n" + end, 1, "less than 95 %"},
		{"panic behind the last test", good + file + "panic: x\n", 1, "complete=false"},
		{"wrong status", good + file + end, 0, "exit status is 0, want 1"},
	} {
		got := p.complaints(harness.Read(c.console, c.status))
		switch {
		case c.want == "" && len(got) != 0, c.want != "" && len(got) != 1:
			t.Errorf("%s: %d complaints: %q", c.name, len(got), got)
		case c.want != "" && !strings.Contains(got[0], c.want):
			t.Errorf("%s: complaint %q lacks %q", c.name, got[0], c.want)
		}
	}
}
