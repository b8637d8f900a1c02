package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestFinish(t *testing.T) {
	for _, c := range []struct {
		name             string
		pass, fail, skip int
		status           int
		last             string
	}{
		{"good", 3, 0, 1, 0, "3 passed, 0 failed, 1 skipped"},
		{"bad", 3, 1, 0, 1, "3 passed, 1 failed, 0 skipped"},
		{"nothing ran", 0, 0, 0, 1, "0 passed, 0 failed, 0 skipped"},
		{"only skips", 0, 0, 5, 1, "0 passed, 0 failed, 5 skipped"},
	} {
		var out bytes.Buffer
		s := newSummary(&out)
		for v, n := range map[verdict]int{pass: c.pass, fail: c.fail, skip: c.skip} {
			for range n {
				s.count("p T", v, "    p_test.go:1: the reason\n")
			}
		}
		if got := s.finish(); got != c.status {
			t.Errorf("%s: status %d", c.name, got)
		}
		lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
		if lines[len(lines)-1] != c.last {
			t.Errorf("%s: last line %q", c.name, lines[len(lines)-1])
		}
		if strings.Count(out.String(), "skipped: p T: p_test.go:1: the reason") != c.skip || strings.Count(out.String(), "failed: p T") != c.fail {
			t.Errorf("%s: printed\n%s", c.name, out.String())
		}
	}
}

// TestTimes has the slowest tests and all steps printed, and before the last line.
func TestTimes(t *testing.T) {
	var out bytes.Buffer
	s := newSummary(&out)
	for i := range 12 {
		s.took(fmt.Sprint("T", i), time.Duration(i*7%12)*time.Second)
	}
	s.stepTook("vet", 1500*time.Millisecond)
	s.stepTook("host", 2*time.Minute)
	s.finish()
	var got []string
	for line := range strings.Lines(out.String()) {
		got = append(got, strings.Join(strings.Fields(line), " "))
	}
	var want []string
	for took := 11; took > 1; took-- { // seven is its own inverse modulo twelve
		want = append(want, fmt.Sprintf("slow: %d.0 s T%d", took, took*7%12))
	}
	want = append(want, "step: 1.5 s vet", "step: 120.0 s host", "No test ran.", "0 passed, 0 failed, 0 skipped")
	if !slices.Equal(got, want) {
		t.Errorf("printed\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestReason(t *testing.T) {
	got := reason("=== RUN   TestX\n    x_test.go:9: no QEMU\n        at all\n--- SKIP: TestX (0.00s)\n")
	if got != "x_test.go:9: no QEMU at all" {
		t.Errorf("got %q", got)
	}
}
