package docs

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"atoll/kernel/abi"
	"atoll/kernel/capability"
	"atoll/user/linux"
)

// userPage is the page about programs.
const userPage = "docs/user.md"

// section returns what stands below a heading of a page, up to the next one.
func section(t *testing.T, page, heading string) string {
	t.Helper()
	_, text, ok := strings.Cut(read(t, page), "\n"+heading+"\n")
	if !ok {
		t.Fatalf("%s has no heading %q", page, heading)
	}
	text, _, _ = strings.Cut(text, "\n## ")
	return text
}

// update has the tests write the rows that they want.
var update = flag.Bool("update", false, "write the tables of docs/user.md and docs/linux-abi.md that can be told from the code")

// needRows wants these rows in the table of a section of a page, in order, and no others.
func needRows(t *testing.T, name, heading string, want []string) {
	t.Helper()
	text := section(t, name, heading)
	_, have, _ := strings.Cut(text, "|---|")
	_, have, _ = strings.Cut(have, "\n") // the rest of that line
	have, _, _ = strings.Cut(have+"\n\n", "\n\n")
	rows := strings.Join(want, "\n")
	if have = strings.TrimSuffix(have, "\n"); have == rows {
		return
	}
	if !*update {
		t.Errorf("%s, %s: these are the rows (go test ./test/docs -update writes them)\n%s", name, heading, rows)
		return
	}
	page := strings.Replace(read(t, name), text, strings.Replace(text, have, rows, 1), 1)
	if err := os.WriteFile(filepath.Join(root, name), []byte(page), 0o666); err != nil {
		t.Fatal(err)
	}
}

// TestCalls holds the table of native calls against the comments in kernel/abi/calls.go.
// Sabotage: take a row out of the page.
func TestCalls(t *testing.T) {
	f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, "kernel/abi/calls.go"), nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	number := uint64(abi.Base)
	for _, d := range f.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.CONST {
			continue
		}
		for _, s := range g.Specs {
			v := s.(*ast.ValueSpec)
			name, ok := strings.CutPrefix(v.Names[0].Name, "Call")
			if !ok {
				continue
			}
			text := strings.TrimSpace(v.Comment.Text())
			if text == "" {
				text, _, _ = strings.Cut(v.Doc.Text(), "\n") // CallNull's stands above it
				_, text, _ = strings.Cut(strings.TrimSuffix(text, "."), " ")
			}
			want = append(want, fmt.Sprintf("| `%s` | %#x | %s |", name, number, strings.ReplaceAll(text, "|", `\|`)))
			number++
		}
	}
	if number != abi.End {
		t.Fatalf("the test sees %d calls, and there are %d", number-abi.Base, abi.End-abi.Base)
	}
	needRows(t, userPage, "## Calls", want)
}

// TestLinuxCalls holds the table of Linux's calls against that of user/linux.
// Sabotage: take a row out of the page.
func TestLinuxCalls(t *testing.T) {
	var want []string
	for _, s := range linux.Supported() {
		want = append(want, fmt.Sprintf("| %d | `%s` | %s | %s |", s.Number, s.Name, s.Level, s.Missing))
	}
	needRows(t, "docs/linux-abi.md", "## Calls", want)
}

// TestTypes wants a row for each type of capability, with the rights that it can permit.
// Sabotage: give the frame no right to execute in the page.
func TestTypes(t *testing.T) {
	text := section(t, userPage, "## Capabilities")
	for typ := capability.RAM; typ < capability.NumTypes; typ++ {
		row := regexp.MustCompile("(?m)^\\| `" + regexp.QuoteMeta(typ.String()) + "` \\|([^|]*)\\|([^|]*)\\|([^|]*)\\|([^|]*)\\|([^|]*)\\|$").FindStringSubmatch(text)
		if row == nil {
			t.Errorf("%s has no row for the type %v", userPage, typ)
			continue
		}
		for i, right := range []capability.Rights{capability.Read, capability.Write, capability.Execute} {
			if says := strings.TrimSpace(row[3+i]) != ""; says != (typ.Rights()&right != 0) {
				t.Errorf("%s: %v, right %03b: the page says %v", userPage, typ, right, says)
			}
		}
	}
}

// TestErrors wants a row for each error.
// Sabotage: change a sentence.
func TestErrors(t *testing.T) {
	const unknown = "unknown error"
	var want []string
	for e := abi.Error(1); e < 128; e++ {
		if s := e.Error(); s != unknown {
			want = append(want, fmt.Sprintf("| %d | %s |", uint64(e), s))
		}
	}
	needRows(t, userPage, "## Errors", want)
}

// TestFirstProgram wants the program in the page to be the one that is built.
// Sabotage: change a word of it in the page.
func TestFirstProgram(t *testing.T) {
	_, code, _ := strings.Cut(read(t, userPage), "```go\n")
	code, _, _ = strings.Cut(code, "```")
	if code != read(t, "user/programs/first/main.go") {
		t.Errorf("%s does not have user/programs/first/main.go", userPage)
	}
}

// TestPrograms wants a row for each program.
// Sabotage: take one out of the page.
func TestPrograms(t *testing.T) {
	dirs, err := filepath.Glob(filepath.Join(root, "user/programs/*/main.go"))
	if err != nil || len(dirs) == 0 {
		t.Fatal("no programs", err)
	}
	text := section(t, userPage, "## Programs that are there")
	for _, d := range dirs {
		if name := filepath.Base(filepath.Dir(d)); !regexp.MustCompile("(?m)^\\| `" + name + "[ `]").MatchString(text) {
			t.Errorf("%s has no row for the program %s", userPage, name)
		}
	}
}
