package console

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Exit statuses of a command.
const (
	OK     = 0
	Failed = 1 // the machine could not do it, or did it wrong
	Usage  = 2 // the command was not understood, or its input is bad
	// Interrupted is for a command that Ctrl-C has ended: 128 and the number of the
	// signal of that key, as in a POSIX shell.
	Interrupted = 130
)

// Command is one row of the command table.
type Command struct {
	Name     string
	Synopsis string // arguments, as in "A B [count]"
	Summary  string // one line, lower case, no full stop
	Help     string // sentences; may be empty
	Flags    []Flag // besides -json and -h
	JSON     bool   // takes -json: the command prints data
	Raw      bool   // takes its words as they are, flags too
	Rest     bool   // flags stand before the first argument; what is behind it is somebody else's
	// Deadly, if set, says whether the core that runs this call may not outlive it.
	// A script in which it dies does not fail for that. Flags are sorted out, but
	// the arguments may be anything.
	Deadly func(*Call) bool
	// Run carries the command out. An error is printed after the command's name;
	// its status is Usage if it was made by Usagef, else Failed.
	Run func(*Call) error
	// Complete lists what the next word can be after these arguments. nil: nothing.
	Complete func(sys System, args []string) []string
}

// Flag is an option of a command.
type Flag struct {
	Name  string // without its dash
	Value string // what its value is called; empty if it takes none
	Loose bool   // it does without its value, too, which then stands behind an equals sign
	Help  string
}

// usageError is an error with status Usage.
type usageError struct{ error }

// Usagef makes an error that says what is wrong with the input.
func Usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// exitError is a status that a command hands on, which it has said already.
type exitError int

func (e exitError) Error() string { return "status " + strconv.Itoa(int(e)) }

// statusOf is the exit status that an error stands for.
func statusOf(err error) int {
	var u usageError
	var e exitError
	switch {
	case err == nil:
		return OK
	case errors.As(err, &e):
		return int(e)
	case errors.As(err, &u):
		return Usage
	}
	return Failed
}

// always is for commands that are deadly whatever their arguments are.
func always(*Call) bool { return true }

// worst keeps the first status that is not OK.
func worst(first, next int) int {
	if first != OK {
		return first
	}
	return next
}

// Call is one run of a command.
type Call struct {
	Sys  System   // whose calls end when somebody types Ctrl-C
	Args []string // without the command's name and its flags
	JSON bool     // -json was given

	ctx     context.Context // ends with Ctrl-C
	console *Console
	command *Command
	options map[string]string
	help    bool
	failed  bool
}

// newCall prepares a run of a command with the words behind its name.
func (c *Console) newCall(cmd *Command, words []string) (*Call, error) {
	call := &Call{Sys: c.sys, ctx: c.ctx, console: c, command: cmd, options: map[string]string{}}
	return call, call.parse(words)
}

// Option returns the value of a flag that was given; a flag that takes none has
// the value "".
func (c *Call) Option(name string) (string, bool) {
	v, ok := c.options[name]
	return v, ok
}

// Printf prints text for people. With -json there is none.
func (c *Call) Printf(format string, args ...any) {
	if !c.JSON {
		fmt.Fprintf(c, format, args...)
	}
}

// Fact prints a record as a fact, or as an object with -json.
func (c *Call) Fact(r *Record) {
	if !c.JSON {
		fmt.Fprintln(c, r.Fact(c.Sys.Self()))
	}
	c.Datum(r)
}

// Datum prints a record as an object with -json. For people the same data
// stands in a table.
func (c *Call) Datum(r *Record) {
	if c.JSON {
		fmt.Fprintln(c, r.JSON(c.Sys.Self()))
	}
}

// Fail says what went wrong and lets the command go on; its status will be
// Failed.
func (c *Call) Fail(format string, args ...any) {
	c.failed = true
	if c.interrupted() != nil {
		return // that is why, and is said once
	}
	c.complain(fmt.Sprintf(format, args...))
}

// complain prints what is wrong on a line of its own.
func (c *Call) complain(text string) {
	c.console.out.Flush()
	fmt.Fprintf(c.console.out, "%s: %s\n", c.command.Name, text)
}

// parse sorts the words behind the command's name into flags and arguments.
func (c *Call) parse(words []string) error {
	if c.command.Raw {
		c.Args, c.help = words, len(words) == 1 && words[0] == "-h"
		return nil
	}
	for i := 0; i < len(words); i++ {
		w := words[i]
		if w == "--" {
			c.Args = append(c.Args, words[i+1:]...)
			return nil
		}
		if c.command.Rest && (len(w) < 2 || w[0] != '-') {
			c.Args = append(c.Args, words[i:]...)
			return nil
		}
		if len(w) < 2 || w[0] != '-' || w[1] >= '0' && w[1] <= '9' {
			c.Args = append(c.Args, w)
			continue
		}
		used, err := c.flag(strings.TrimPrefix(w[1:], "-"), words[i+1:])
		if err != nil {
			return err
		}
		i += used
	}
	return nil
}

// flag takes one flag, and reports how many of the words behind it are its value.
func (c *Call) flag(text string, behind []string) (used int, err error) {
	name, value, given := strings.Cut(text, "=")
	switch f := c.command.flag(name); {
	case f == nil:
		return 0, Usagef("unknown flag %s; see help %s", quote("-"+name), c.command.Name)
	case f.Value == "" && given:
		return 0, Usagef("the flag -%s takes no value", name)
	case f.Loose:
	case f.Value != "" && !given && len(behind) == 0:
		return 0, Usagef("the flag -%s needs a value, %s", name, f.Value)
	case f.Value != "" && !given:
		value, used = behind[0], 1
	}
	switch name {
	case "h":
		c.help = true
	case "json":
		c.JSON = true
	}
	c.options[name] = value
	return used, nil
}

// flag finds a flag that the command takes, or returns nil.
func (c *Command) flag(name string) *Flag {
	for _, f := range c.flags() {
		if f.Name == name {
			return &f
		}
	}
	return nil
}

// flags lists the flags that the command takes.
func (c *Command) flags() []Flag {
	flags := append([]Flag(nil), c.Flags...)
	if c.JSON {
		flags = append(flags, Flag{Name: "json", Help: "print one JSON object a line instead of text"})
	}
	return append(flags, Flag{Name: "h", Help: "say what the command does"})
}

// quote writes a word of the input for a sentence, cut to a sensible length.
func quote(s string) string {
	const most = 40
	if len(s) > most {
		return strconv.QuoteToASCII(s[:most]) + "..."
	}
	return strconv.QuoteToASCII(s)
}
