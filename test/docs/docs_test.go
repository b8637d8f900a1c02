package docs

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// root is the repository, seen from this package's directory.
const root = "../.."

// TestRepository follows every link and reference of the repository.
func TestRepository(t *testing.T) {
	problems, err := Check(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Error(p)
	}
}

// tree writes files into a new directory.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		at := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(at), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestPlanted plants one mistake a line and wants each of them found, at its line.
func TestPlanted(t *testing.T) {
	for line, want := range map[string]string{
		"[a](gone.md)":                 "there is no docs/gone.md",
		"[a](../gone/)":                "there is no gone",
		"![a](gone.svg \"title\")":     "there is no docs/gone.svg",
		"<img src=\"gone.svg\">":       "there is no docs/gone.svg",
		"[a]: gone.md":                 "there is no docs/gone.md",
		"[a](b.md#no-such-heading)":    "docs/b.md has no heading #no-such-heading",
		"[a](#no-such-heading)":        "docs/a.md has no heading #no-such-heading",
		"[a](../x/code.go#L3)":         "write `path:/regex/`",
		"[a](/etc/passwd)":             "leaves the repository",
		"[a](../../outside.md)":        "leaves the repository",
		"see `x/code.go:/func gone/`":  "no line of x/code.go matches /func gone/",
		"see `x/gone.go:/func f/`":     "there is no such file",
		"see `x/code.go:/func/`":       "2 lines of x/code.go match /func/, the first two are 3 and 4",
		"see `x/code.go:/func (/`":     "holds no regular expression",
		"see `x:/func/`":               "cannot be followed",
		"held by TestGone":             "there is no test TestGone",
		"good `x/code.go:/f\\(/`, `x`": "",
		"held by TestThere, TestTh*":   "",
		"held by TestGo*":              "there is no test TestGo*",
		"<<<<<<< HEAD":                 "which a merge has left",
		">>>>>>> 0123456 (a change)":   "which a merge has left",
		"[a](b.md#heading-two-b) [b](https://example.org/x) <a href=\"b.md\">": "",
	} {
		dir := tree(t, map[string]string{
			"docs/a.md":   "# A\n\n```\n[a](in-a-fence.md)\n```\n" + line + "\n",
			"docs/b.md":   "## Heading: two, `B`\n",
			"x/code.go":   "package x\n\nfunc f() {}\nfunc g() {}\n",
			"x/x_test.go": "package x\n\nfunc TestThere(t *testing.T) {}\n",
		})
		problems, err := Check(dir)
		switch {
		case err != nil:
			t.Fatal(err)
		case want == "" && len(problems) > 0:
			t.Errorf("%s\n is right, but: %v", line, problems)
		case want != "" && (len(problems) != 1 || !strings.Contains(problems[0].Text, want) || problems[0].Line != 6 || problems[0].File != "docs/a.md"):
			t.Errorf("%s\n gives %v, want docs/a.md:6 with %q", line, problems, want)
		}
	}
}

// TestMention plants comments about a page and a test that are not there.
func TestMention(t *testing.T) {
	problems, err := Check(tree(t, map[string]string{
		"docs/a.md": "",
		"x/code.go": "// See docs/a.md.\n// See docs/gone.md. TestGone is not looked for here.\n",
		"x/doc.go":  "// Held by TestGone.\n",
	}))
	got := fmt.Sprint(problems)
	want := "[x/code.go:2: docs/gone.md is mentioned, but there is no such file x/doc.go:1: there is no test TestGone]"
	if err != nil || got != want {
		t.Errorf("%v, %v", got, err)
	}
}
