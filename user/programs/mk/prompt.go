package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"

	"golang.org/x/term"
)

// prompt reads commands from a person, whom Ctrl-D lets go. Ctrl-C ends the command that runs, or
// drops the line.
func (c *session) prompt(out io.Writer) error {
	t := term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{keys{os.Stdin}, out}, "mk> ")
	t.AutoCompleteCallback = func(line string, pos int, key rune) (string, int, bool) {
		if key != '\t' {
			return "", 0, false
		}
		more, list, err := c.complete(line[:pos])
		if err != nil {
			return line, pos, true
		}
		io.WriteString(t, list)
		return line[:pos] + more + line[pos:], pos + len(more), true
	}
	fmt.Fprintln(out, "These are the commands of the console. Type help for a list, Ctrl-D to leave.")
	for {
		line, err := readLine(t)
		switch {
		case errors.Is(err, io.EOF):
			fmt.Fprintln(out)
			return nil
		case err != nil:
			return err
		}
		if err := c.interruptible(line, out); err != nil {
			return err
		}
	}
}

// readLine reads a line with the keys of the terminal as they are.
func readLine(t *term.Terminal) (string, error) {
	was, err := term.MakeRaw(int(os.Stdin.Fd()))
	if err != nil {
		return "", err
	}
	defer term.Restore(int(os.Stdin.Fd()), was)
	return t.ReadLine()
}

// interruptible has a line carried out, which Ctrl-C ends: the console is closed, and opened anew.
func (c *session) interruptible(line string, out io.Writer) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	closes := context.AfterFunc(ctx, func() { c.file.Close() })
	_, err := c.command(line, out)
	if closes() {
		return err
	}
	fmt.Fprintln(out, "interrupted")
	again, err := open()
	if err == nil {
		c.file = again.file
	}
	return err
}

// keys is what is typed, in which Ctrl-C drops the line: it would be taken for the end.
type keys struct{ io.Reader }

func (k keys) Read(b []byte) (int, error) {
	const interrupt, kill = 3, 0x15
	n, err := k.Reader.Read(b)
	copy(b, bytes.ReplaceAll(b[:n], []byte{interrupt}, []byte{kill}))
	return n, err
}
