package spawn

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"sync"
	"syscall"

	"atoll/user/vfs"
)

// Commander carries out commands of the console for a program, each from a goroutine of its own.
type Commander interface {
	// Command carries out the commands of a line, whose output are whole lines, and returns their
	// status. They end when the context does, or out fails.
	Command(ctx context.Context, line string, out io.Writer) (status int)
	// Complete says what to insert behind a line, and lists how it can go on otherwise.
	Complete(line string) (more, list string)
}

// Bounds of commands: their length in bytes, how many of a core's programs are carried out at a
// time, and what of their output waits to be read.
const (
	mostCommand  = 4096
	mostCommands = 8
	mostAnswered = 8 << 10
)

// dialogue is an open /mk/console. Who has it writes a line of commands and reads what they print,
// with a last line "status N" behind it; then reads return 0 until the next line is written. Of a
// line that ends with a tab the answer is what to insert behind it, in the first line, and how
// it can go on, in more. It belongs to the loop.
type dialogue struct {
	l         *land
	commander Commander
	line      []byte // that is being written
	answer    *answer
	queue     vfs.Queue
}

// Console opens the console for a program that may give it commands.
func (g *program) Console() (vfs.Stream, error) {
	if g.commander == nil {
		return nil, syscall.EACCES
	}
	return &dialogue{l: g.l, commander: g.commander, answer: newAnswer(true)}, nil
}

// Write takes a line. One at a time is carried out.
func (d *dialogue) Write(b []byte) (int, error) {
	n := bytes.IndexAny(b, "\n\t") + 1
	switch {
	case !d.answer.over():
		return 0, syscall.EBUSY
	case len(d.line)+len(b) > mostCommand:
		return 0, syscall.E2BIG
	case n == 0:
		d.line = append(d.line, b...)
		return len(b), nil
	case d.l.commands == mostCommands:
		return 0, syscall.EUSERS
	}
	line := string(append(d.line, b[:n-1]...))
	d.line = nil
	d.carryOut(line, b[n-1] == '\t')
	return n, nil
}

// carryOut begins the answer to a line.
func (d *dialogue) carryOut(line string, complete bool) {
	a := newAnswer(false)
	d.answer = a
	a.more = func() { d.l.loop.Do(d.queue.Notify) }
	d.l.commands++
	go func() {
		status := 0
		if complete {
			more, list := d.commander.Complete(line)
			fmt.Fprintf(a, "%s\n%s", more, list)
		} else {
			status = d.commander.Command(a.ctx, line, a)
		}
		fmt.Fprintf(a, "status %d\n", status)
		a.finish()
		d.l.loop.Do(func() { d.l.commands--; d.queue.Notify() })
	}()
}

func (d *dialogue) Read(b []byte) (int, error) {
	n, over := d.answer.take(b)
	if n == 0 && !over {
		return 0, syscall.EAGAIN
	}
	return n, nil
}

func (d *dialogue) Ready() vfs.Events {
	switch readable, over := d.answer.ready(); {
	case over:
		return vfs.In | vfs.Out
	case readable:
		return vfs.In
	}
	return 0
}

func (d *dialogue) Queue() *vfs.Queue { return &d.queue }

// Close ends what is being carried out: nobody reads any more.
func (d *dialogue) Close() error {
	d.answer.close()
	return nil
}

// answer is what commands print on its way from their goroutine, which waits while there is too
// much of it, to the loop.
type answer struct {
	ctx  context.Context // ends the commands
	end  context.CancelFunc
	more func() // there is something to read

	mu       sync.Mutex
	changed  sync.Cond
	text     []byte
	finished bool // no more is written
	closed   bool // no more is read
}

func newAnswer(finished bool) *answer {
	a := &answer{finished: finished}
	a.ctx, a.end = context.WithCancel(context.Background())
	a.changed.L = &a.mu
	return a
}

// Write is the commands'. It waits until there is room.
func (a *answer) Write(b []byte) (int, error) {
	a.mu.Lock()
	for len(a.text) >= mostAnswered && !a.closed {
		a.changed.Wait()
	}
	closed := a.closed
	if !closed {
		a.text = append(a.text, b...)
	}
	a.mu.Unlock()
	if closed {
		return 0, io.ErrClosedPipe
	}
	a.more()
	return len(b), nil
}

// finish says that all has been written.
func (a *answer) finish() {
	a.end()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.finished = true
}

// take takes what there is, and reports whether no more will come.
func (a *answer) take(b []byte) (n int, over bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	n = copy(b, a.text)
	a.text = a.text[n:]
	a.changed.Signal()
	return n, a.finished
}

// ready reports whether there is something to read, and whether all has been written.
func (a *answer) ready() (readable, over bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.text) > 0, a.finished
}

func (a *answer) over() bool { _, over := a.ready(); return over }

// close ends the commands.
func (a *answer) close() {
	a.end()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.closed = true
	a.changed.Signal()
}
