package console

import (
	"fmt"
	"slices"
	"strings"
)

// key is x/term's hook for keys that it has no meaning for. It runs within
// ReadLine, without the terminal's lock.
func (c *Console) key(line string, pos int, key rune) (newLine string, newPos int, ok bool) {
	switch key {
	case keyCancel: // an Enter follows
		c.cancelled = true
		line += "^C"
		return line, len(line), true
	case keyLeave:
		if line == "" {
			fmt.Fprintln(c.out, "Type poweroff to stop the machine, or Ctrl-A X to end QEMU.")
		}
		if pos < len(line) {
			line = line[:pos] + line[pos+1:]
		}
		return line, pos, true
	case '\t':
		return c.complete(line, pos)
	}
	return "", 0, false
}

// complete extends the word before the cursor as far as it is certain, or lists
// how it can go on.
func (c *Console) complete(line string, pos int) (string, int, bool) {
	more, list := c.goOn(line[:pos])
	if list != "" {
		fmt.Fprint(c.out, list)
	}
	return line[:pos] + more + line[pos:], pos + len(more), true
}

// goOn says what is certain to stand behind a line, or lists how it can go on.
func (c *Console) goOn(line string) (more, list string) {
	words, partial, ok := wordsBefore(line)
	if !ok {
		return "", ""
	}
	var fits []string
	for _, name := range c.candidates(words, partial) {
		if strings.HasPrefix(name, partial) {
			fits = append(fits, name)
		}
	}
	if len(fits) == 0 {
		return "", ""
	}
	more = common(fits)[len(partial):]
	if len(fits) == 1 {
		more += " "
	}
	if more == "" {
		list = inLines(fits)
	}
	return more, list
}

// candidates lists what can stand behind these words. A completer that panics
// has none.
func (c *Console) candidates(words []string, partial string) (names []string) {
	defer func() {
		if recover() != nil {
			names = nil
		}
	}()
	if len(words) == 0 {
		return c.names()
	}
	cmd := c.find(words[0])
	switch {
	case cmd == nil || cmd.Raw:
		return nil
	case cmd.Name == "help":
		return c.names()
	case strings.HasPrefix(partial, "-"):
		for _, f := range cmd.flags() {
			names = append(names, "-"+f.Name)
		}
		return names
	case cmd.Complete == nil:
		return nil
	}
	call, err := c.newCall(cmd, words[1:])
	if err != nil {
		return nil // the word is a flag's value
	}
	return cmd.Complete(c.sys, call.Args)
}

// names lists the commands.
func (c *Console) names() []string {
	names := make([]string, 0, len(c.commands))
	for _, cmd := range c.commands {
		names = append(names, cmd.Name)
	}
	return names
}

// wordsBefore splits what stands before the cursor into the finished words of
// its command and the word being typed. It is not ok within quotes.
func wordsBefore(text string) (words []string, partial string, ok bool) {
	const mark = "\x00" // makes the last word exist, and Split take it as it is
	clauses, err := Split(text + `"` + mark + `"`)
	if err != nil || len(clauses) == 0 {
		return nil, "", false
	}
	words = clauses[len(clauses)-1].Words
	last := len(words) - 1
	partial, ok = strings.CutSuffix(words[last], mark)
	return words[:last], partial, ok
}

// inLines sets words in as few lines of at most 79 columns as it takes.
func inLines(words []string) string {
	const most, gap = 79, "  "
	var b strings.Builder
	column := 0
	for _, w := range words {
		switch {
		case column == 0:
		case column+len(gap)+len(w) > most:
			b.WriteByte('\n')
			column = 0
		default:
			b.WriteString(gap)
			column += len(gap)
		}
		b.WriteString(w)
		column += len(w)
	}
	b.WriteByte('\n')
	return b.String()
}

// common returns the longest prefix that all have.
func common(names []string) string {
	low, high := slices.Min(names), slices.Max(names)
	n := 0
	for n < len(low) && n < len(high) && low[n] == high[n] {
		n++
	}
	return low[:n]
}
