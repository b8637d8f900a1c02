package main

import (
	"os"
	"strings"
	"testing"
)

// TestMain is the program where that calls itself: what runs is the tests' binary.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && (os.Args[1] == storer || os.Args[1] == locker) {
		main()
	}
	os.Exit(m.Run())
}

// The host's files are what the program expects: else it would expect what no Linux has.
func TestHost(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	t.Setenv("PWD", "")
	var out strings.Builder
	if err := files(nil, &out); err != nil {
		t.Errorf("%v\n%s", err, out.String())
	}
}
