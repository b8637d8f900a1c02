package main

import (
	"fmt"
	"os"
	"strings"
)

// renew replaces the tables in a document. Each stands between two lines, the second
// of which is endMark. For one that is empty the earlier one stays, and is said to be
// that.
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

// oldNote stands above a table of an earlier run.
const oldNote = "*Of an earlier run than the rest.*\n"

// replace puts a table in its place in a text.
func replace(text, name, table string) (string, error) {
	head, rest, ok := strings.Cut(text, beginMark(name)+"\n")
	if !ok {
		return "", fmt.Errorf("no line %q", beginMark(name))
	}
	old, foot, ok := strings.Cut(rest, endMark)
	if !ok {
		return "", fmt.Errorf("no %q after %q", endMark, beginMark(name))
	}
	body := "\n" + table + "\n"
	if table == "" {
		body = "\n" + oldNote + strings.TrimPrefix(old, "\n"+oldNote)
	}
	return head + beginMark(name) + "\n" + body + endMark + foot, nil
}
