package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
)

// session is an open /mk/console: a line is written to it, and what comes of it read.
type session struct{ file io.ReadWriteCloser }

// ask writes a line, whose end says what is asked, and passes the answer on line by line, but for
// the last, which says the status.
func (c *session) ask(line string, each func(line string) error) (status int, err error) {
	if _, err := io.WriteString(c.file, line); err != nil {
		return 0, fmt.Errorf("the console does not take the command: %w", err)
	}
	lines := bufio.NewReader(c.file)
	last := ""
	for {
		text, err := lines.ReadString('\n')
		switch {
		case err == io.EOF:
			if n, _ := fmt.Sscanf(last, "status %d\n", &status); n == 0 {
				return 0, errors.New("the console has not said the status of the command")
			}
			return status, nil
		case err != nil:
			return 0, err
		}
		if last != "" {
			if err := each(last); err != nil {
				return 0, err
			}
		}
		last = text
	}
}

// command has a line carried out.
func (c *session) command(line string, out io.Writer) (status int, err error) {
	return c.ask(line+"\n", func(text string) error {
		_, err := io.WriteString(out, text)
		return err
	})
}

// complete asks what to insert behind a line, and how it can go on otherwise.
func (c *session) complete(line string) (more, list string, err error) {
	first := true
	_, err = c.ask(line+"\t", func(text string) error {
		if first {
			more, first = strings.TrimSuffix(text, "\n"), false
		} else {
			list += text
		}
		return nil
	})
	return more, list, err
}

// script carries out the lines of a file, and returns the first status that is not 0.
func (c *session) script(in io.Reader, out io.Writer) (first int, err error) {
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		status, err := c.command(lines.Text(), out)
		if err != nil {
			return 0, err
		}
		if first == 0 {
			first = status
		}
	}
	return first, lines.Err()
}

// quoted makes a line of words, each of which the console takes as one. A newline or a tab would end
// the line.
func quoted(words []string) string {
	var b strings.Builder
	for i, w := range words {
		if i > 0 {
			b.WriteByte(' ')
		}
		if w != "" && !strings.ContainsAny(w, ` ;"\`) {
			b.WriteString(w)
			continue
		}
		b.WriteString(`"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(w) + `"`)
	}
	return b.String()
}
