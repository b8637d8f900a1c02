package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// verdict is how a test ended.
type verdict string

// Verdicts, as `go test -json` names them.
const (
	pass verdict = "pass"
	fail verdict = "fail"
	skip verdict = "skip"
)

// summary counts verdicts and prints them as they come.
type summary struct {
	out      io.Writer
	counts   map[verdict]int
	failures []string // names
	skips    []string // names with reasons
	tests    []span
	steps    []span
}

// span is what a test or a step has taken.
type span struct {
	name string
	took time.Duration
}

// slowest is how many tests finish names.
const slowest = 10

func newSummary(out io.Writer) *summary {
	return &summary{out: out, counts: map[verdict]int{}}
}

// count records the end of one leaf test. The output is printed if it failed.
func (s *summary) count(name string, v verdict, output string) {
	s.counts[v]++
	switch v {
	case fail:
		s.failures = append(s.failures, name)
		fmt.Fprintf(s.out, "FAIL %s\n%s", name, indent(output))
	case skip:
		s.skips = append(s.skips, name+": "+reason(output))
	}
}

// finished prints the line of one package.
func (s *summary) finished(name string, v verdict, tests int, elapsed time.Duration) {
	fmt.Fprintf(s.out, "%-4s %s  %d tests, %.1f s\n", v, name, tests, elapsed.Seconds())
}

// took records how long a test has taken.
func (s *summary) took(name string, d time.Duration) { s.tests = append(s.tests, span{name, d}) }

// stepTook records how long a step has taken.
func (s *summary) stepTook(name string, d time.Duration) { s.steps = append(s.steps, span{name, d}) }

// printTimes prints the slowest tests and all steps, so that growth is seen.
func (s *summary) printTimes() {
	slices.SortStableFunc(s.tests, func(a, b span) int { return cmp.Compare(b.took, a.took) })
	for _, t := range s.tests[:min(slowest, len(s.tests))] {
		fmt.Fprintf(s.out, "slow: %5.1f s  %s\n", t.took.Seconds(), t.name)
	}
	for _, t := range s.steps {
		fmt.Fprintf(s.out, "step: %5.1f s  %s\n", t.took.Seconds(), t.name)
	}
}

// finish prints what failed and was skipped, what took long, and the last line; it returns
// the exit status.
func (s *summary) finish() int {
	s.printTimes()
	for _, name := range s.skips {
		fmt.Fprintln(s.out, "skipped:", name)
	}
	for _, name := range s.failures {
		fmt.Fprintln(s.out, "failed:", name)
	}
	ran := s.counts[pass] + s.counts[fail]
	if ran == 0 {
		fmt.Fprintln(s.out, "No test ran.")
	}
	fmt.Fprintf(s.out, "%d passed, %d failed, %d skipped\n", s.counts[pass], s.counts[fail], s.counts[skip])
	if s.counts[fail] > 0 || ran == 0 {
		return 1
	}
	return 0
}

// indent sets the lines of a test's output off from the rest.
func indent(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString("    " + line)
	}
	if text != "" && !strings.HasSuffix(text, "\n") {
		b.WriteByte('\n')
	}
	return b.String()
}

// reason takes from the output of a skipped test the lines that t.Skip wrote.
func reason(output string) string {
	var lines []string
	for line := range strings.Lines(output) {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "=== ") && !strings.HasPrefix(line, "--- ") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, " ")
}
