package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// module writes a module and makes it the working directory.
func module(t *testing.T, files map[string]string) {
	t.Helper()
	dir := t.TempDir()
	files["go.mod"] = "module m\n\ngo 1.26\n"
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	t.Setenv("GOFLAGS", "-buildvcs=false")
}

func TestFormatStep(t *testing.T) {
	module(t, map[string]string{
		"good/a.go": "package good\n", "bad/b.go": "package bad\nvar  x int\n", "broken/c.go": "package\n",
		"build/d.go": "package  d", "x/testdata/e.go": "package  e", ".git/f.go": "package  f", "text.txt": "package  g",
	})
	bad, err := unformatted(".")
	if err != nil || !slices.Equal(bad, []string{"bad/b.go", "broken/c.go"}) {
		t.Errorf("unformatted: %q, %v", bad, err)
	}
	s := newSummary(&bytes.Buffer{})
	if formatStep(t.Context(), options{}, s); s.counts[fail] != 1 {
		t.Errorf("counted %v", s.counts)
	}
}

func TestTestStep(t *testing.T) {
	module(t, map[string]string{
		"a/a_test.go": "package a\nimport \"testing\"\nfunc TestGood(t *testing.T) {}\nfunc TestBad(t *testing.T) { t.Error(\"why\") }\n",
		"b/b_test.go": "package b\nimport \"testing\"\nfunc TestX(t *testing.T) { undefined() }\n",
		"c/c.go":      "package c\n",
	})
	var out bytes.Buffer
	s := newSummary(&out)
	test(t.Context(), s, "host", nil, "./...")
	if s.counts[pass] != 1 || s.counts[fail] != 2 {
		t.Errorf("counted %v:\n%s", s.counts, out.String())
	}
	for _, want := range []string{"FAIL m/a TestBad\n", "why", "FAIL m/b\n", "undefined"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not printed:\n%s", want, out.String())
		}
	}
}

// TestCommandFails checks that a step whose command fails without a test counts.
func TestCommandFails(t *testing.T) {
	module(t, map[string]string{"c/c.go": "package c\n"})
	var out bytes.Buffer
	s := newSummary(&out)
	test(t.Context(), s, "boot", nil, "-count=x")
	if s.counts[fail] != 1 || !strings.Contains(out.String(), "invalid value") {
		t.Errorf("counted %v:\n%s", s.counts, out.String())
	}
}

func TestLimit(t *testing.T) {
	module(t, map[string]string{"a/a_test.go": "package a\nimport \"testing\"\nfunc TestForever(t *testing.T) { select {} }\n"})
	var out bytes.Buffer
	s := newSummary(&out)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if test(ctx, s, "host", nil, "./..."); s.counts[fail] != 1 || !strings.Contains(out.String(), "deadline exceeded") {
		t.Errorf("counted %v:\n%s", s.counts, out.String())
	}
}

func TestPlain(t *testing.T) {
	var out bytes.Buffer
	s := newSummary(&out)
	plain(t.Context(), s, "good", []string{"X=1"}, "sh", "-c", `test "$X" = 1`)
	plain(t.Context(), s, "bad", nil, "sh", "-c", "echo why; exit 3")
	plain(t.Context(), s, "missing", nil, "/nowhere/command")
	if s.counts[pass] != 1 || s.counts[fail] != 2 || !strings.Contains(out.String(), "FAIL bad\n    why\n    exit status 3\n") {
		t.Errorf("counted %v:\n%s", s.counts, out.String())
	}
}

func TestChoose(t *testing.T) {
	all, err := choose(options{}, nil)
	if err != nil || len(all) != len(steps) {
		t.Errorf("all steps: %v, %v", all, err)
	}
	if soak, err := choose(options{soak: true}, nil); err != nil || soak[len(soak)-1].name != "fuzz" {
		t.Errorf("with -soak: %v, %v", soak, err)
	}
	if two, err := choose(options{}, []string{"boot", "vet"}); err != nil || len(two) != 2 || two[0].name != "boot" {
		t.Errorf("two steps: %v, %v", two, err)
	}
	for _, name := range []string{"fuzz", "nothing"} {
		if _, err := choose(options{}, []string{name}); err == nil {
			t.Errorf("step %q: no error", name)
		}
	}
}

func TestTargets(t *testing.T) {
	module(t, map[string]string{
		"a/a_test.go": "package a\nimport \"testing\"\nfunc FuzzOne(f *testing.F) { f.Fuzz(func(*testing.T, int) {}) }\nfunc FuzzTwo(f *testing.F) { f.Fuzz(func(*testing.T, int) {}) }\n",
		"b/b_test.go": "package b\nimport \"testing\"\nfunc TestNone(t *testing.T) {}\n",
	})
	out, err := command(t.Context(), nil, []string{"go", "test", "-json", "-list", "^Fuzz", "./..."}).Output()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := targets(out), []target{{"m/a", "FuzzOne"}, {"m/a", "FuzzTwo"}}; !slices.Equal(got, want) {
		t.Errorf("targets %v", got)
	}
	if os.Getenv("ATOLL_SOAK") == "" {
		return // to compile the standard library for a fuzzer takes a minute
	}
	s := newSummary(&bytes.Buffer{})
	fuzz(t.Context(), options{fuzzTime: 100 * time.Millisecond}, s)
	if s.counts[pass] != 2 || s.counts[fail] != 0 {
		t.Errorf("counted %v", s.counts)
	}
}
