package main

import (
	"slices"
	"strings"
	"testing"
)

// A word goes on as far as all go that begin so, quoted as it is; a command is looked for where one is
// expected, else a file.
// Sabotages: in quoted, quote nothing; in lastWord, begin no command behind a bar, or know no quote; in complete, put no
// blank behind the only one.
func TestComplete(t *testing.T) {
	folders := map[string][]string{
		"":      {"a file", "docs/", ".hidden", "Makefile"},
		"docs/": {"user.md", "user.txt"},
		"/":     {"tmp/", "it's", "bin/"},
	}
	from := sources{
		commands: func() []string { return []string{"cat", "echo", "seq", "sort", "sort"} },
		files:    func(dir string) []string { return folders[dir] },
	}
	for _, c := range []struct{ line, more, list string }{
		{"ec", "ho ", ""},
		{"s", "", "seq sort"},
		{"so", "rt ", ""},
		{"ls | ec", "ho ", ""},
		{"(ec", "ho ", ""},
		{"if ec", "ho ", ""},
		{"A=b ec", "ho ", ""},
		{"ls ec", "", ""},
		{"echo if ec", "", ""},
		{"cat M", "akefile ", ""},
		{"cat >M", "akefile ", ""},
		{"cat a", `\ file `, ""},
		{`cat a\ `, "file ", ""},
		{`cat "a`, ` file" `, ""},
		{"cat 'a f", "ile' ", ""},
		{"cat d", "ocs/", ""},
		{"cat docs/", "user.", ""},
		{"docs/user.", "", "user.md user.txt"},
		{"cat .", "hidden ", ""},
		{"cat ", "", "Makefile a file docs/"},
		{"cat /i", `t\'s `, ""},
		{"cat nothing", "", ""},
	} {
		more, list := complete(c.line, from)
		if more != c.more || strings.Join(list, " ") != c.list {
			t.Errorf("%q goes on with %q, or with %q", c.line, more, list)
		}
	}
}

// No line panics, and what is inserted goes on as a name does.
func FuzzComplete(f *testing.F) {
	f.Add("cat \"a\\", "a file")
	f.Fuzz(func(t *testing.T, line, name string) {
		if name == "" {
			return
		}
		all := func() []string { return []string{name} }
		complete(line, sources{commands: all, files: func(string) []string { return all() }})
	})
}

// The last line comes first, none twice, and only so many are kept. Sabotage: keep all.
func TestHistory(t *testing.T) {
	var h history
	for _, line := range []string{"one", "two", "two", " ", "three"} {
		h.Add(line)
	}
	if want := []string{"one", "two", "three"}; !slices.Equal(h.lines, want) || h.At(0) != "three" || h.Len() != 3 {
		t.Errorf("%q are kept", h.lines)
	}
	for i := range 2 * mostLines {
		h.Add(strings.Repeat("x", i+1))
	}
	if h.Len() != mostLines || len(h.At(0)) != 2*mostLines {
		t.Errorf("%d lines are kept", h.Len())
	}
}
