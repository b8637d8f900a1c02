package docs

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"atoll/monitor/console"
)

// read returns a file of the repository.
func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// firstCell matches the code span that a row of a table begins with.
var firstCell = regexp.MustCompile("^\\| `([^`]+)`")

// rows returns what the tables of README.md have in their first column, below the
// heading and above the next one.
func rows(t *testing.T, under string) []string {
	t.Helper()
	_, section, ok := strings.Cut(read(t, "README.md"), "\n"+under+"\n")
	if !ok {
		t.Fatalf("README.md has no heading %q", under)
	}
	var list []string
	for l := range strings.Lines(section) {
		if strings.HasPrefix(l, "#") {
			break
		}
		if m := firstCell.FindStringSubmatch(l); m != nil {
			list = append(list, strings.ReplaceAll(m[1], `\|`, "|"))
		}
	}
	return list
}

// compare reports what only one of the two lists has.
func compare(t *testing.T, under string, have, want []string) {
	t.Helper()
	if len(want) == 0 {
		t.Fatalf("%s: the code lists nothing; this test reads it wrongly", under)
	}
	for _, w := range want {
		if !slices.Contains(have, w) {
			t.Errorf("README.md, %s: no row for `%s`", under, w)
		}
	}
	for _, h := range have {
		if !slices.Contains(want, h) {
			t.Errorf("README.md, %s: `%s` does not exist", under, h)
		}
	}
}

// machine is as much of a machine as help needs.
type machine struct{ console.System }

func (machine) Self() int { return 0 }

func (m machine) With(context.Context) console.System { return m }

// TestCommands holds the table of commands against the console's own list.
func TestCommands(t *testing.T) {
	var line bytes.Buffer // what is printed; nothing is typed
	if status := console.New(machine{}, struct {
		io.Reader
		io.Writer
	}{strings.NewReader(""), &line}).Execute("help -json"); status != console.OK {
		t.Fatalf("help has status %d:\n%s", status, line.String())
	}
	var want []string
	for l := range strings.Lines(line.String()) {
		var c struct{ Name, Synopsis string }
		if i := strings.IndexByte(l, '{'); i >= 0 && json.Unmarshal([]byte(strings.TrimSpace(l[i:])), &c) == nil {
			want = append(want, strings.TrimSpace(c.Name+" "+c.Synopsis))
		}
	}
	compare(t, "## Commands", rows(t, "## Commands"), want)
}

// list returns the first group of every match in a file.
func list(t *testing.T, name, expr string) (found []string) {
	t.Helper()
	for _, m := range regexp.MustCompile(expr).FindAllStringSubmatch(read(t, name), -1) {
		found = append(found, strings.Fields(m[1])...)
	}
	return found
}

// TestSettings holds the tables of make's targets and settings and of the boot
// arguments against the Makefile and the parser.
func TestSettings(t *testing.T) {
	targets := list(t, "Makefile", `(?m)^([a-z-]+):.*## `)
	for i := range targets {
		targets[i] = "make " + targets[i]
	}
	compare(t, "## Make targets", rows(t, "## Make targets"), targets)
	settings := list(t, "Makefile", `(?m)^export ((?:[A-Z]+ ?){3,})$`)
	compare(t, "## Settings", rows(t, "## Settings"), settings)
	helped := list(t, "Makefile", `(?m)^#: ([A-Z]+) `)
	slices.Sort(settings)
	slices.Sort(helped)
	if !slices.Equal(helped, settings) { // Sabotage: delete a line of #: in the Makefile.
		t.Errorf("make help lists the settings %v, but the Makefile exports %v", helped, settings)
	}
	args := rows(t, "## Boot arguments")
	for i, a := range args {
		args[i], _, _ = strings.Cut(a, "=")
	}
	compare(t, "## Boot arguments", args, list(t, "boot/bootargs/bootargs.go", `(?m)^\tcase "(\w+)":`))
}

// TestEvents holds the table of stable lines against the code that prints them.
func TestEvents(t *testing.T) {
	table := regexp.MustCompile(`(?m)^\| ([a-z-]+) \| [^|]* \| [^|]* \|$`)
	var documented []string
	for _, m := range table.FindAllStringSubmatch(read(t, "docs/console.md"), -1) {
		if m[1] != "event" {
			documented = append(documented, m[1])
		}
	}
	var printed, records []string
	for _, expr := range []string{`"@%d ([a-z-]+)[ \\]`, `\.Fact\(NewRecord\("([a-z-]+)"`, `NewRecord\("([a-z-]+)"\)[^\n]*\.Fact\(`} {
		printed = append(printed, search(t, expr)...)
	}
	records = append(search(t, `NewRecord\("([a-z-]+)"`), printed...)
	for _, event := range printed {
		if !slices.Contains(documented, event) {
			t.Errorf("docs/console.md has no row for the event %s", event)
		}
	}
	for _, event := range documented {
		if !slices.Contains(records, event) {
			t.Errorf("docs/console.md: nothing prints the event %s", event)
		}
	}
	if len(printed) < 10 {
		t.Errorf("only %v seem to be printed; this test reads the code wrongly", printed)
	}
}

// search returns the first group of every match in the kernel's code.
func search(t *testing.T, expr string) (found []string) {
	t.Helper()
	for _, dir := range []string{"arch/shim", "boot/atoll", "monitor", "monitor/console", "user/spawn"} {
		files, err := filepath.Glob(filepath.Join(root, dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if !strings.HasSuffix(f, "_test.go") {
				found = append(found, list(t, filepath.Join(dir, filepath.Base(f)), expr)...)
			}
		}
	}
	return found
}
