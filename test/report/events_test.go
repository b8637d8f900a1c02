package main

import (
	"bytes"
	"fmt"
	"maps"
	"strings"
	"testing"
)

// sum follows a stream of events, given as `action package test output` lines.
func sum(t *testing.T, lines string) (*summary, *stream, string) {
	t.Helper()
	var in, out bytes.Buffer
	for line := range strings.Lines(lines) {
		f := strings.SplitN(strings.TrimSpace(line), " ", 4)
		if f[0] == "" {
			continue
		}
		for len(f) < 4 {
			f = append(f, "")
		}
		if f[0] == "raw" {
			fmt.Fprintln(&in, strings.TrimRight(strings.Join(f[1:], " "), " "))
			continue
		}
		fmt.Fprintf(&in, `{"Action":%q,"Package":%q,"Test":%q,"Output":%q}`+"\n", f[0], f[1], f[2], f[3]+"\n")
	}
	s := newSummary(&out)
	return s, follow(&in, s), out.String()
}

func TestCounts(t *testing.T) {
	for _, c := range []struct {
		name               string
		lines              string
		passed, bad, skips int
		printed            string // must be in the output
	}{
		{"nothing", "", 0, 0, 0, ""},
		{"one of each", "run p A\npass p A\nrun p B\noutput p B why\nfail p B\nrun p C\nskip p C\nfail p", 1, 1, 1, "FAIL p B\n    why\n"},
		{"leaves", "run p A\nrun p A/x\nrun p A/y\nrun p A/y/1\npass p A/x\npass p A/y/1\npass p A/y\npass p A\npass p", 2, 0, 0, "2 tests"},
		{"a name that only begins alike", "run p A\nrun p AB\nrun p A/x\npass p A/x\npass p A\npass p AB\npass p", 2, 0, 0, ""},
		{"leaf fails", "run p A\nrun p A/x\noutput p A/x why\nfail p A/x\nfail p A\nfail p", 0, 1, 0, "FAIL p A/x\n    why\n"},
		{"parent fails by itself", "run p A\nrun p A/x\npass p A/x\noutput p A why\nfail p A\nfail p", 1, 1, 0, "FAIL p A\n    why\n"},
		{"panic", "run p A\nrun p B\npass p A\noutput p B panic: at the disco\nfail p", 1, 1, 0, "FAIL p B\n    panic: at the disco\n"},
		{"package fails after its tests", "run p A\npass p A\noutput p  exit status 3\nfail p", 1, 1, 0, "FAIL p\n"},
		{"no tests", "skip p", 0, 0, 0, ""},
		{"passed output is dropped", "run p A\noutput p A noise\npass p A\npass p", 1, 0, 0, ""},
		{"two packages at once", "run p A\nrun q A\nfail p A\npass q A\npass q\nfail p", 1, 1, 0, "FAIL p A"},
		{"stray lines", "raw warning: x\nrun p A\nraw {broken\npass p A\npass p", 1, 0, 0, ""},
		{"pauses", "start p\nrun p A\npause p A\ncont p A\npass p A\npass p", 1, 0, 0, ""},
		{"the same name again, as with -count", "run p A\npass p A\nrun p A\nfail p A\nfail p", 0, 1, 0, ""},
	} {
		s, _, out := sum(t, c.lines)
		if s.counts[pass] != c.passed || s.counts[fail] != c.bad || s.counts[skip] != c.skips {
			t.Errorf("%s: counted %v", c.name, s.counts)
		}
		if !strings.Contains(out, c.printed) {
			t.Errorf("%s: printed\n%s", c.name, out)
		}
		if strings.Contains(out, "noise") {
			t.Errorf("%s: the output of a test that passed is printed", c.name)
		}
	}
}

func TestBuildFailure(t *testing.T) {
	s, st, out := sum(t, strings.Join([]string{
		`raw {"ImportPath":"p [p.test]","Action":"build-output","Output":"p.go:1: no such thing\n"}`,
		`raw {"ImportPath":"p [p.test]","Action":"build-fail"}`,
		`raw {"Action":"start","Package":"p"}`,
		`raw {"Action":"fail","Package":"p","FailedBuild":"p [p.test]"}`,
	}, "\n"))
	if s.counts[fail] != 1 || !st.failed || !strings.Contains(out, "    p.go:1: no such thing\n") {
		t.Errorf("counted %v, printed\n%s", s.counts, out)
	}
}

func TestStray(t *testing.T) {
	if _, st, _ := sum(t, "raw go: no such package\nraw {oh"); st.failed || st.stray.String() != "go: no such package\n{oh\n" {
		t.Errorf("stray lines: %q", st.stray.String())
	}
}

// A test's time is its own: what its subtests have taken is theirs.
func TestOwnTimes(t *testing.T) {
	s, _, _ := sum(t, strings.Join([]string{
		`raw {"Action":"run","Package":"p","Test":"A"}`,
		`raw {"Action":"run","Package":"p","Test":"A/x"}`,
		`raw {"Action":"pass","Package":"p","Test":"A/x","Elapsed":2}`,
		`raw {"Action":"run","Package":"p","Test":"A/y"}`,
		`raw {"Action":"fail","Package":"p","Test":"A/y","Elapsed":0.5}`,
		`raw {"Action":"fail","Package":"p","Test":"A","Elapsed":3.5}`,
		`raw {"Action":"fail","Package":"p","Elapsed":4}`,
	}, "\n"))
	got := map[string]string{}
	for _, c := range s.tests {
		got[c.name] = c.took.String()
	}
	if want := map[string]string{"p A": "1s", "p A/x": "2s", "p A/y": "500ms"}; !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
