package console

import (
	"context"
	"io"
)

// Commander carries out commands for a program, as if they were typed, beside the command that
// runs the program. Its methods are for any goroutine.
type Commander interface {
	// Command carries out the commands of a line and returns their status. What they print is
	// written to out, in whole lines. They end when the context does, as by Ctrl-C.
	Command(ctx context.Context, line string, out io.Writer) (status int)
	// Complete says what to insert behind a line that ends at the cursor, and, if it can go on in
	// several ways, lists those for people.
	Complete(line string) (more, list string)
}

// commander is a console's.
type commander struct {
	console *Console
	status  int // of run= so far
}

// commander makes one for the command that runs.
func (c *Console) commander() Commander { return commander{c, c.status} }

// Command carries out commands on a console without a line.
func (m commander) Command(ctx context.Context, line string, out io.Writer) int {
	typed, end := context.WithCancelCause(context.Background())
	defer context.AfterFunc(ctx, func() { end(errInterrupted) })()
	c := m.on(typed, out)
	defer c.out.Flush()
	return c.Execute(line)
}

func (m commander) Complete(line string) (more, list string) {
	return m.on(context.Background(), io.Discard).goOn(line)
}

// on is a console for commands that print elsewhere. It has no line, and its last words are the
// machine's, which its parent says.
func (m commander) on(ctx context.Context, out io.Writer) *Console {
	return &Console{
		sys: m.console.sys, commands: m.console.commands, status: m.status,
		ctx: ctx, out: NewLineBuffer(out), last: m.console.last,
	}
}
