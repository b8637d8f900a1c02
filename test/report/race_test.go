package main

import (
	"slices"
	"testing"
)

// TestRacing checks which packages the race detector is for: that start goroutines, in their
// own code, in that of their tests, or, if all are wanted, in what of this module they are
// linked with.
// Sabotage: leave -test out of the list; look at a package's own files only; leave out of.
func TestRacing(t *testing.T) {
	module(t, map[string]string{
		"plain/a.go":         "package plain\n",
		"plain/a_test.go":    "package plain\nimport \"testing\"\nfunc TestX(t *testing.T) {}\n",
		"starts/a.go":        "package starts\nfunc F() { go func() {}() }\n",
		"starts/a_test.go":   "package starts\nimport \"testing\"\nfunc TestX(t *testing.T) {}\n",
		"locks/a.go":         "package locks\nimport \"sync\"\nvar M sync.Mutex\n",
		"locks/a_test.go":    "package locks_test\nimport \"testing\"\nfunc TestX(t *testing.T) {}\n",
		"tested/a.go":        "package tested\n",
		"tested/a_test.go":   "package tested_test\nimport \"testing\"\nfunc TestX(t *testing.T) { go t.Log() }\n",
		"linked/a.go":        "package linked\nimport _ \"m/starts\"\n",
		"linked/a_test.go":   "package linked\nimport \"testing\"\nfunc TestX(t *testing.T) {}\n",
		"untested/a.go":      "package untested\nfunc F() { go func() {}() }\n",
		"other/a_riscv64.go": "package other\nfunc F() { go func() {}() }\n",
		"other/a.go":         "package other\n",
		"other/a_test.go":    "package other\nimport \"testing\"\nfunc TestX(t *testing.T) {}\n",
	})
	for _, all := range []bool{false, true} {
		want := []string{"m/starts", "m/locks", "m/tested"}
		plain := []string{"m/plain", "m/linked", "m/untested", "m/other"}
		if all {
			want, plain = append(want, "m/linked"), slices.Delete(plain, 1, 2)
		}
		with, without, err := racing(t.Context(), []string{"m/plain", "m/starts", "m/locks", "m/tested", "m/linked", "m/untested", "m/other"}, all)
		if err != nil || !slices.Equal(with, want) {
			t.Errorf("with the race detector %v, %v, want %v", with, err, want)
		}
		if !slices.Equal(without, plain) {
			t.Errorf("without %v, want %v", without, plain)
		}
	}
	if _, _, err := racing(t.Context(), []string{"m/nowhere"}, true); err == nil {
		t.Error("a package that is not there: no error")
	}
}

// TestSlowFirst checks that long packages come first, in the order of their length, and all
// others behind them as they were.
// Sabotage: return packages.
func TestSlowFirst(t *testing.T) {
	got := slowFirst([]string{"m/a", "m/test/make", "m/monitor/ump", "m/b", "m/monitor"})
	if want := []string{"m/monitor", "m/monitor/ump", "m/test/make", "m/a", "m/b"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
