package main

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
)

// allTables puts the tables into one text.
func allTables(tables map[string]string) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(tables)) {
		fmt.Fprintf(&b, "## %s\n\n%s\n", name, tables[name])
	}
	return b.String()
}

// renew replaces the tables in a document. Each stands between two lines, the second
// of which is endMark.
func renew(path string, tables map[string]string) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	text := string(b)
	for name, t := range tables {
		if text, err = replace(text, name, t); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return os.WriteFile(path, []byte(text), 0o666)
}

const endMark = "<!-- end -->"

// beginMark is the line above a table.
func beginMark(name string) string { return "<!-- bench " + name + " -->" }

// replace puts a table in its place in a text.
func replace(text, name, table string) (string, error) {
	head, rest, ok := strings.Cut(text, beginMark(name)+"\n")
	if !ok {
		return "", fmt.Errorf("no line %q", beginMark(name))
	}
	_, foot, ok := strings.Cut(rest, endMark)
	if !ok {
		return "", fmt.Errorf("no %q after %q", endMark, beginMark(name))
	}
	return head + beginMark(name) + "\n\n" + table + "\n" + endMark + foot, nil
}
