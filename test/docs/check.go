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
	c := checker{root: root, texts: map[string]*text{}}
	err := filepath.WalkDir(root, func(at string, d fs.DirEntry, err error) error {
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
		rel = filepath.ToSlash(rel)
		switch path.Ext(name) {
		case ".md":
			c.markdown(rel)
		case ".go", ".s", ".h":
			c.source(rel)
		}
		return nil
	})
	return c.problems, err
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

var mention = regexp.MustCompile(`\bdocs/[\w-]+\.(md|svg)\b`)

// source checks what comments of the code say of the documentation. This
// package's own comments and tests speak of files that are not there.
func (c *checker) source(rel string) {
	if strings.HasPrefix(rel, "test/docs/") {
		return
	}
	c.file = rel
	for i, l := range c.read(rel).lines {
		c.line = i + 1
		for _, m := range mention.FindAllString(l, -1) {
			if !c.exists(m) {
				c.report("%s is mentioned, but there is no such file", m)
			}
		}
	}
}
