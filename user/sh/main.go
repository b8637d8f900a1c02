// Sh is a shell: POSIX's language, and Bash's, of package mvdan.cc/sh, with jobs, completion and
// history for who types.
package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"atoll/user/program"
)

const about = `sh: reads commands, with a prompt, jobs, Tab and history at a terminal
sh [OPTION ...] FILE [ARGUMENT ...]: carries out those of a file
sh [OPTION ...] -c COMMANDS [NAME [ARGUMENT ...]]: carries out these
The options are those of set, such as -e and -x; -i and -l change nothing.`

func main() { program.Main("sh", about, sh) }

func sh(args []string, _ io.Writer) error {
	w, err := parse(args)
	if err != nil {
		return err
	}
	source, name := io.Reader(os.Stdin), "sh"
	switch {
	case w.commands:
		source, w.operands = strings.NewReader(w.operands[0]), w.operands[1:]
		if len(w.operands) > 0 {
			name, w.operands = w.operands[0], w.operands[1:]
		}
	case len(w.operands) > 0:
		name = w.operands[0]
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		source, w.operands = bytes.NewReader(text), w.operands[1:]
	case term.IsTerminal(int(os.Stdin.Fd())):
		s, err := newShell(name, w, ownTerminal())
		if err != nil {
			return err
		}
		return status(s.converse())
	}
	s, err := newShell(name, w, nil)
	if err != nil {
		return err
	}
	return status(s.script(source))
}

// status makes the status of the last command, which has said why, that of the program.
func status(n int) error {
	if n == 0 {
		return nil
	}
	return program.Status(n)
}

// words are what the program is called with.
type words struct {
	options  []string // for set
	commands bool     // the first operand is what to carry out
	operands []string
}

func parse(args []string) (w words, err error) {
	for len(args) > 0 && len(args[0]) > 1 && strings.ContainsRune("-+", rune(args[0][0])) {
		word := args[0]
		args = args[1:]
		if word == "--" {
			break
		}
		rest := strings.Map(func(letter rune) rune {
			w.commands = w.commands || letter == 'c'
			if strings.ContainsRune("cil", letter) {
				return -1
			}
			return letter
		}, word)
		if word == "-o" || word == "+o" {
			if len(args) == 0 {
				return w, program.Misuse(word + " takes the name of an option")
			}
			w.options, args = append(w.options, word, args[0]), args[1:]
		} else if len(rest) > 1 {
			w.options = append(w.options, rest)
		}
	}
	if w.operands = args; w.commands && len(args) == 0 {
		return w, program.Misuse("-c takes commands")
	}
	return w, nil
}

// complain says what has gone wrong, where the errors of commands go.
func complain(format string, words ...any) { fmt.Fprintf(os.Stderr, "sh: "+format+"\n", words...) }
