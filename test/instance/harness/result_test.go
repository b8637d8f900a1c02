package harness

import (
	"maps"
	"slices"
	"testing"
)

// console is what a test binary with -test.v=test2json prints, between the words of
// firmware and kernel.
const console = "OpenSBI v1.1\nPASS\n" +
	"\x16=== RUN   TestGood\n\x16--- PASS: TestGood (0.00s)\n" +
	"\x16=== RUN   TestBad\nhello\x16=== RUN   TestBad/x\n\x16=== NAME  TestBad/x\n    f.go:3: why\n" +
	"\x16--- FAIL: TestBad/x (0.00s)\n\x16=== RUN   TestBad/y\n\x16--- PASS: TestBad/y (0.00s)\n\x16--- FAIL: TestBad (0.10s)\n" +
	"\x16=== RUN   TestPart\n\x16=== RUN   TestPart/x\n\x16--- SKIP: TestPart/x (0.00s)\n\x16--- PASS: TestPart (0.00s)\n" +
	"\x16=== RUN   TestDead\npanic: x\n"

func TestRead(t *testing.T) {
	r := Read(console+"@0 dead core=0 cause=panic status=2\n", 2)
	want := map[string]string{
		"TestGood": Pass, "TestBad": Fail, "TestBad/x": Fail, "TestBad/y": Pass,
		"TestPart": Pass, "TestPart/x": Skip, "TestDead": Unfinished,
	}
	if !maps.Equal(r.Verdicts, want) {
		t.Errorf("verdicts %v, want %v", r.Verdicts, want)
	}
	if got, want := r.Failures(), []string{"TestBad/x", "TestDead"}; !slices.Equal(got, want) {
		t.Errorf("failures %q, want %q", got, want)
	}
	if n := r.Count(Pass); n != 3 {
		t.Errorf("%d passed, want 3", n)
	}
	if got, want := r.Output["TestBad/x"], "=== RUN   TestBad/x\n=== NAME  TestBad/x\n    f.go:3: why\n--- FAIL: TestBad/x (0.00s)\n"; got != want {
		t.Errorf("output %q, want %q", got, want)
	}
	if r.Complete || r.Status != 2 {
		t.Errorf("complete %v, status %d; want false, 2", r.Complete, r.Status)
	}
}

// TestComplete checks that only the test binary's own last word counts.
func TestComplete(t *testing.T) {
	const good = "\x16=== RUN   TestGood\n\x16--- PASS: TestGood (0.00s)\n"
	for text, want := range map[string]bool{
		good + "\x16PASS\n@0 dead core=0 cause=exit status=0\n":  true,
		good + "\x16FAIL\n@0 dead core=0 cause=panic status=1\n": true,
		good:                       false,
		"PASS\n" + good:            false,
		console:                    false,
		"":                         false,
		good + "panic: \x16PASS x": false,
	} {
		if r := Read(text, 0); r.Complete != want {
			t.Errorf("complete is %v, want %v for %q", r.Complete, want, text)
		}
	}
}
