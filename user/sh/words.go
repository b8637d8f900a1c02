package main

import (
	"io"
	"strconv"
	"strings"
	"syscall"

	"mvdan.cc/sh/v3/expand"

	"atoll/user/program"
)

// Echo and printf write once, so that what several shells write to one file or pipe comes in whole lines: the interpreter writes each word by itself.

func (s *shell) echo(c call) (int, error) {
	words, newline, escapes := c.args, "\n", false
options:
	for ; len(words) > 0; words = words[1:] {
		switch words[0] {
		case "-n":
			newline = ""
		case "-e":
			escapes = true
		case "-E":
		default:
			break options
		}
	}
	text := strings.Join(words, " ")
	if escapes {
		var err error
		if text, _, err = expand.Format(&expand.Config{}, text, nil); err != nil {
			return 0, err
		}
	}
	_, err := io.WriteString(c.out, text+newline)
	return 0, err
}

// printf takes its format as often as there are words for it.
func (s *shell) printf(c call) (int, error) {
	if len(c.args) == 0 {
		return 0, program.Misuse("printf FORMAT [WORD ...]")
	}
	var text strings.Builder
	format, words := c.args[0], c.args[1:]
	for {
		part, taken, err := expand.Format(&expand.Config{}, format, words)
		if err != nil {
			io.WriteString(c.out, text.String())
			return 0, err
		}
		text.WriteString(part)
		if words = words[taken:]; taken == 0 || len(words) == 0 {
			_, err = io.WriteString(c.out, text.String())
			return 0, err
		}
	}
}

// byPipe is the status of who writes to what nobody reads, as SIGPIPE gives it to a process.
var byPipe = strconv.Itoa(128 + int(syscall.SIGPIPE))

// unread ends whom a call is of, be it an element of a pipeline or the shell, as SIGPIPE would.
func unread(c call) error { return c.hc.Builtin(c.interpreter, []string{"exit", byPipe}) }
