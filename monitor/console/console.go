package console

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"time"

	"golang.org/x/term"
)

const prompt = "atoll> "

// Console is one session on one serial line.
type Console struct {
	// OnProgress, if set, is told how far a script is before each of its
	// commands and at its end, so that another core can go on with it.
	OnProgress func(Progress)
	// OnTyped, if set, is told what was typed while commands ran and nobody has begun
	// with, whenever that changes and before a command begins, so that another core can
	// go on with it. Not to be kept.
	OnTyped func([]byte)
	// OnShell, if set, is told whether the first shell runs, so that another core begins one in its place.
	OnShell func(runs bool)
	// Shell has Run begin with the shell, where there is one; Anew says that it ran on another core, and has died with that.
	Shell, Anew bool

	sys       System
	ctx       context.Context // ends all commands
	line      io.Writer
	input     *input // nil: there is no line, commands are a program's
	keys      *keys
	term      *term.Terminal
	out       *LineBuffer // what commands print
	last      *LineBuffer // the machine's last words
	commands  []*Command  // by name
	status    int         // first failure of the script so far
	cancelled bool        // Ctrl-C ended the current line
	ended     bool        // the machine was told to stop
}

// New makes a console over a serial line. Commands beside the built-in ones may
// be given; of two with the same name the later counts.
func New(sys System, line io.ReadWriter, more ...*Command) *Console {
	c := &Console{sys: sys, ctx: context.Background(), line: line, input: newInput(line)}
	c.input.told = func(b []byte) {
		if c.OnTyped != nil {
			c.OnTyped(b)
		}
	}
	c.keys = newKeys(c.input)
	c.term = term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{c.keys, line}, prompt)
	c.term.History = &history{console: c}
	c.term.AutoCompleteCallback = c.key
	c.out = c.NewLineBuffer()
	c.last = c.out
	for _, cmd := range append(builtin(), more...) {
		c.commands = slices.DeleteFunc(c.commands, func(old *Command) bool { return old.Name == cmd.Name })
		c.commands = append(c.commands, cmd)
	}
	slices.SortFunc(c.commands, byName)
	return c
}

// TypeAhead types what was typed before this console began, and told by its predecessor.
// Call it before Run and Resume.
func (c *Console) TypeAhead(text string) { c.input.typeAhead(text) }

// NewLineBuffer makes a way in for lines of one more source, such as another
// core. They appear above the line that someone edits.
func (c *Console) NewLineBuffer() *LineBuffer { return NewLineBuffer(c.term) }

// Run greets and then serves a person until the line ends or the machine is
// told to stop. It returns nil at the end of the line, and otherwise what
// reading it failed with.
func (c *Console) Run() error {
	c.greet()
	if c.Shell {
		c.first()
	}
	for !c.ended {
		line, err := c.term.ReadLine()
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return fmt.Errorf("reading the console: %w", err)
		case c.cancelled:
			c.cancelled = false
			continue
		}
		c.Execute(line)
	}
	return nil
}

// greet says what this is and how to get out of it.
func (c *Console) greet() {
	n := len(c.sys.Alive())
	noun := "kernel instances, each with a Go runtime of its own"
	if n == 1 {
		noun = "kernel instance"
	}
	fmt.Fprintf(c.out, "\nAtoll, a multikernel in Go: %d %s (%s).\n", n, noun, runtime.Version())
	fmt.Fprintf(c.out, "Console of core %d. Type help, or poweroff to quit (Ctrl-A X ends QEMU).\n", c.sys.Self())
}

// first runs the first program as if it was typed, if there is one, and says how to get out of it:
// init, which begins the shell, or that. Init ends with the shell, and is begun again, unless it
// ends at once again and again, or Ctrl-] has ended it. If it dies with its core, the console's next owner begins it.
func (c *Console) first() {
	files, _ := c.sys.Files(c.sys.Self())
	has := func(name string) bool {
		return slices.ContainsFunc(files, func(f ProgramFile) bool { return f.Name == name })
	}
	if !has("sh") {
		return
	}
	if c.Anew {
		fmt.Fprintln(c.out, "The shell has ended with its core, and so has what it had begun. Here is another.")
	}
	c.tellShell(true)
	defer c.tellShell(false)
	fmt.Fprintln(c.out, "This is a shell. Ctrl-] leads to the console, whose commands mk has here; poweroff ends all.")
	if !has("init") {
		c.Execute("sh")
		return
	}
	for brief := 0; brief < mostBrief; brief++ {
		begun := time.Now()
		status := c.Execute("run -t -mk init")
		early := status == Interrupted && !c.input.wasLeft() // by a Ctrl-C for what ran before: it had no terminal yet
		if status != OK && !early || c.ended {
			return
		}
		if time.Since(begun) >= briefly && !early {
			brief = -1
		}
	}
}

func (c *Console) tellShell(runs bool) {
	if c.OnShell != nil {
		c.OnShell(runs)
	}
}

// An init that runs no longer than briefly does not find what it needs, if that comes mostBrief times
// in a row: once, somebody may have left the shell.
const briefly, mostBrief = time.Second, 3

// Execute runs the commands of one line, each whatever became of the one before
// it, unless Ctrl-C ends one, and returns the first status that is not OK.
func (c *Console) Execute(line string) int {
	clauses, err := Split(line)
	if err != nil {
		fmt.Fprintln(c.out, err)
		return Usage
	}
	status := OK
	for _, cl := range clauses {
		s := c.run(cl)
		if status = worst(status, s); c.ended || s == Interrupted {
			break
		}
	}
	return status
}

// run carries out one command and returns its status.
func (c *Console) run(cl Clause) int {
	defer c.out.Flush()
	cmd := c.find(cl.Words[0])
	if cmd == nil {
		fmt.Fprintln(c.out, c.unknown(cl.Words[0]))
		return Usage
	}
	call, err := c.newCall(cmd, cl.Words[1:])
	if err != nil {
		return call.finish(err)
	}
	if call.help {
		fmt.Fprint(c.out, cmd.manual())
		return OK
	}
	ctx, end := context.WithCancelCause(c.ctx)
	defer end(nil)
	call.ctx, call.Sys = ctx, c.sys.With(ctx)
	if c.input != nil {
		c.input.tell()
		defer c.input.watch(nil)
		c.input.watch(func() { end(errInterrupted) })
	}
	return call.finish(call.protected())
}

// finish prints the error of a command and gives its status.
func (c *Call) finish(err error) int {
	if c.interrupted() != nil {
		if err != nil && !errors.Is(err, errInterrupted) {
			c.complain(err.Error())
			err = nil
		}
		c.complain(cmp.Or(err, errInterrupted).Error())
		return Interrupted
	}
	if err != nil {
		if _, said := err.(exitError); !said {
			c.complain(err.Error())
		}
		return statusOf(err)
	}
	if c.failed {
		return Failed
	}
	return OK
}

// protected runs the command; a panic becomes an error with a trace.
func (c *Call) protected() (err error) {
	defer func() {
		if p := recover(); p != nil {
			trace := make([]byte, 4096)
			trace = trace[:runtime.Stack(trace, false)]
			err = fmt.Errorf("the command panicked: %v\n%s", p, trace)
		}
	}()
	return c.command.Run(c)
}
