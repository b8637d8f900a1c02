package main

import (
	"strings"
	"testing"
)

// The host's files are what the program expects: else it would expect what no Linux has.
func TestHost(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	t.Setenv("PWD", "")
	var out strings.Builder
	if err := files(nil, &out); err != nil {
		t.Errorf("%v\n%s", err, out.String())
	}
}
