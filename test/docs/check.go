package docs

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
)

// Problem is something that the documentation points at and that is not there.
type Problem struct {
	File string // relative to the root
	Line int    // from 1
	Text string // a sentence
}

func (p Problem) String() string { return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Text) }

// Check reads the repository at root. The error is one of reading it.
func Check(root string) ([]Problem, error) {
	c := checker{root: root, texts: map[string]*text{}, tests: map[string]bool{}}
	for _, look := range []func(rel string){c.collect, c.check} {
		if err := walk(root, look); err != nil {
			return nil, err
		}
	}
	return c.problems, nil
}

// walk calls look for every file of the repository, by its name relative to root.
func walk(root string, look func(rel string)) error {
	return filepath.WalkDir(root, func(at string, d fs.DirEntry, err error) error {
		name := d.Name()
		switch {
		case err != nil:
			return err
		case d.IsDir() && at != root && (name == "build" || name == "testdata" || strings.HasPrefix(name, ".")):
			return filepath.SkipDir
		case d.IsDir():
			return nil
		}
		rel, err := filepath.Rel(root, at)
		if err != nil {
			return err
		}
		look(filepath.ToSlash(rel))
		return nil
	})
}

// text is a file of the repository.
type text struct {
	lines []string
	err   error // why there are none
}

// checker gathers problems.
type checker struct {
	root     string
	texts    map[string]*text
	tests    map[string]bool // functions that are tests
	problems []Problem
	file     string // what is being read
	line     int
}

// report notes a problem of the current line.
func (c *checker) report(format string, args ...any) {
	c.problems = append(c.problems, Problem{c.file, c.line, fmt.Sprintf(format, args...)})
}

// read returns a file's lines; each file is read once.
func (c *checker) read(rel string) *text {
	if t := c.texts[rel]; t != nil {
		return t
	}
	b, err := os.ReadFile(filepath.Join(c.root, filepath.FromSlash(rel)))
	t := &text{strings.Split(string(b), "\n"), err}
	c.texts[rel] = t
	return t
}

// exists reports whether there is a file or a directory of that name.
func (c *checker) exists(rel string) bool {
	_, err := os.Stat(filepath.Join(c.root, filepath.FromSlash(rel)))
	return err == nil
}

var (
	mention  = regexp.MustCompile(`\bdocs/[\w-]+\.(md|svg)\b`)
	testFunc = regexp.MustCompile(`^func ((?:Test|Fuzz)\w+)\(`)
	testName = regexp.MustCompile(`\b(?:Test|Fuzz)[A-Z]\w+\*?`)
)

// skip reports whether a file is one of this package's own, which speak of what
// is not there.
func skip(rel string) bool { return strings.HasPrefix(rel, "test/docs/") }

// collect gathers the names of tests.
func (c *checker) collect(rel string) {
	if !strings.HasSuffix(rel, "_test.go") || skip(rel) {
		return
	}
	for _, l := range c.read(rel).lines {
		if m := testFunc.FindStringSubmatch(l); m != nil {
			c.tests[m[1]] = true
		}
	}
}

// check looks at one file.
func (c *checker) check(rel string) {
	switch path.Ext(rel) {
	case ".md":
		c.markdown(rel)
	case ".go", ".s", ".h":
		if !skip(rel) {
			c.source(rel)
		}
	}
}

// source checks what comments of the code say of the documentation, and which
// tests the package comments name.
func (c *checker) source(rel string) {
	c.file = rel
	for i, l := range c.read(rel).lines {
		c.line = i + 1
		for _, m := range mention.FindAllString(l, -1) {
			if !c.exists(m) {
				c.report("%s is mentioned, but there is no such file", m)
			}
		}
		if path.Base(rel) == "doc.go" {
			c.testNames(l)
		}
	}
}

// testNames checks that the tests which a line names exist; TestX* names some.
func (c *checker) testNames(line string) {
	for _, name := range testName.FindAllString(line, -1) {
		prefix, several := strings.CutSuffix(name, "*")
		found := c.tests[name]
		for t := range c.tests {
			found = found || several && strings.HasPrefix(t, prefix)
		}
		if !found {
			c.report("there is no test %s", name)
		}
	}
}
