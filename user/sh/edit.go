package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
	"mvdan.cc/sh/v3/syntax"
)

// editor reads lines from a person, with history and the Tab key.
type editor struct {
	shell   *shell
	history history
}

func newEditor(s *shell) *editor { return &editor{shell: s} }

var errInterrupted = errors.New("interrupted")

// read reads lines until they are whole statements.
func (e *editor) read() (stmts []*syntax.Stmt, err error) {
	prompt, text := "$ ", ""
	for {
		line, err := e.line(prompt)
		switch {
		case errors.Is(err, io.EOF) && text != "":
			return nil, syntax.ParseError{Text: "the end of the input, in the middle of a command"}
		case err != nil:
			return nil, err
		}
		if text += line; strings.HasSuffix(line, `\`) {
			text, prompt = strings.TrimSuffix(text, `\`), "> "
			continue
		}
		text += "\n"
		file, err := e.shell.parser.Parse(strings.NewReader(text), "")
		if err == nil {
			return file.Stmts, nil
		}
		if !syntax.IsIncomplete(err) {
			return nil, err
		}
		prompt = "> "
	}
}

// line reads a line with the keys of the terminal as they are.
func (e *editor) line(prompt string) (string, error) {
	in := int(os.Stdin.Fd())
	was, err := term.MakeRaw(in)
	if err != nil {
		return "", err
	}
	defer term.Restore(in, was)
	t := term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{keys{os.Stdin}, os.Stdout}, prompt)
	if width, height, err := term.GetSize(in); err == nil && width > 0 && height > 0 {
		t.SetSize(width, height)
	}
	t.History = &e.history
	t.AutoCompleteCallback = func(line string, pos int, key rune) (string, int, bool) {
		if key != '\t' {
			return "", 0, false
		}
		more, list := complete(line[:pos], e.shell.sources())
		if len(list) > 0 {
			io.WriteString(t, prompt+line+"\n"+columns(list))
		}
		return line[:pos] + more + line[pos:], pos + len(more), true
	}
	line, err := t.ReadLine()
	if errors.Is(err, errInterrupted) {
		fmt.Print("^C\r\n")
	}
	return line, err
}

// keys is what is typed, key by key: what is behind the end of a line is for whom that line runs.
type keys struct{ io.Reader }

func (k keys) Read(b []byte) (int, error) {
	const interrupt = 3
	n, err := k.Reader.Read(b[:1])
	if n == 1 && b[0] == interrupt {
		return 0, errInterrupted
	}
	return n, err
}

// history is the lines that were typed, the last of them first. It is what package term asks for.
type history struct{ lines []string }

// mostLines is how many are kept.
const mostLines = 500

// Add adds a line, unless there is none in it or it is the one before.
func (h *history) Add(line string) {
	if strings.TrimSpace(line) == "" || len(h.lines) > 0 && h.lines[len(h.lines)-1] == line {
		return
	}
	if h.lines = append(h.lines, line); len(h.lines) > mostLines {
		h.lines = h.lines[1:]
	}
}

// Len is how many there are.
func (h *history) Len() int { return len(h.lines) }

// At returns one.
func (h *history) At(i int) string { return h.lines[len(h.lines)-1-i] }
