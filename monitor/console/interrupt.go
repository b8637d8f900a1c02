package console

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync"
	"time"
)

// Ctrl-C ends the command that runs. Its calls to the machine end at once, since they
// are made with a context; so do its waits and its output. What stands behind it in
// the line, or in run=, is not begun.

// errInterrupted is why a command ends that did not have to.
var errInterrupted = errors.New("interrupted")

// patience is how long an interrupted command may take to leave nothing half done.
const patience = 2 * time.Second

// Unhurried is for what must not be left half done, such as a core that was stopped
// to be started: it ends a little later than the context does.
func Unhurried(ctx context.Context) context.Context {
	later, end := context.WithCancelCause(context.WithoutCancel(ctx))
	context.AfterFunc(ctx, func() {
		time.AfterFunc(patience, func() { end(context.Cause(ctx)) })
	})
	return later
}

// interrupted returns what the command is to end with, if somebody has typed Ctrl-C.
func (c *Call) interrupted() error {
	if c.ctx.Err() != nil {
		return errInterrupted
	}
	return nil
}

// unhurried is the machine for what must not be left half done.
func (c *Call) unhurried() System { return c.console.sys.With(Unhurried(c.ctx)) }

// sleep waits for a span, or until Ctrl-C.
func (c *Call) sleep(d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-c.ctx.Done():
	}
	return c.interrupted()
}

// Write prints, line by line, unless the command has been interrupted.
func (c *Call) Write(p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		if err = c.interrupted(); err != nil {
			break
		}
		end := n + bytes.IndexByte(p[n:], '\n') + 1
		if end == n {
			end = len(p)
		}
		_, err = c.console.out.Write(p[n:end])
		n = end
	}
	return n, err
}

// leaveKey leaves a program that has the terminal: Ctrl-].
const leaveKey = 0x1d

// terminal is the console's line for a program.
type terminal struct {
	*input
	io.Writer
}

// Keys has a function take what is typed.
func (t *terminal) Keys(typed func([]byte)) { t.give(t, typed) }

// Return puts what nobody has read ahead of what is typed next.
func (t *terminal) Return(unread []byte) { t.takeBack(t, unread) }

// maxAhead bounds what is typed while nobody reads it, in bytes. More is left where it
// comes from, and a Ctrl-C behind it is not seen.
const maxAhead = 4096

// input is a serial line that is read on demand, and while a command runs: then a
// Ctrl-C interrupts that, and drops what was typed before it.
type input struct {
	line io.Reader

	mu        sync.Mutex
	changed   sync.Cond
	ahead     []byte       // typed and not yet read
	err       error        // of the line, behind that
	reading   bool         // fetch runs
	wanted    bool         // Read waits
	interrupt func()       // ends the command that runs; nil = none does
	keys      func([]byte) // takes all that is typed but leaveKey, which interrupts; nil: nobody
	holder    *terminal    // whose that is, or was last, unless it was left
	left      bool         // the command that runs, or ran last, was left

	telling sync.Mutex
	told    func([]byte) // is told what is ahead
	last    string       // what it was last told; under telling
}

// tell tells what is ahead, if that has changed.
func (in *input) tell() {
	in.telling.Lock()
	defer in.telling.Unlock()
	in.mu.Lock()
	ahead := string(in.ahead)
	in.mu.Unlock()
	if ahead != in.last && in.told != nil {
		in.last = ahead
		in.told([]byte(ahead))
	}
}

// typeAhead puts a text ahead of all others, of which others know.
func (in *input) typeAhead(text string) {
	in.telling.Lock()
	in.last = text
	in.telling.Unlock()
	in.mu.Lock()
	defer in.mu.Unlock()
	in.ahead = append([]byte(text), in.ahead...)
}

func newInput(line io.Reader) *input {
	in := &input{line: line}
	in.changed.L = &in.mu
	return in
}

// Read waits for something that was typed, and returns no more than one line: what is
// behind it stays ahead, unless a Ctrl-C drops it.
func (in *input) Read(p []byte) (int, error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.wanted = true
	for len(in.ahead) == 0 && in.err == nil {
		in.start()
		in.changed.Wait()
	}
	in.wanted = false
	if len(in.ahead) == 0 {
		return 0, in.err
	}
	n := len(in.ahead)
	if i := bytes.IndexAny(in.ahead, "\r\n"); i >= 0 {
		n = max(i, bytes.LastIndexByte(in.ahead, ctrlC)) + 1
	}
	n = copy(p, in.ahead[:n])
	in.ahead = in.ahead[:copy(in.ahead, in.ahead[n:])]
	return n, nil
}

// watch has a Ctrl-C call a function, until it is called with nil. One that was typed
// between two commands of a line counts for the second.
func (in *input) watch(interrupt func()) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.interrupt, in.keys, in.left = interrupt, nil, in.left && interrupt == nil
	ahead := in.ahead
	in.ahead = nil
	in.take(ahead)
	in.start()
}

// wasLeft reports whether leaveKey has ended the last command.
func (in *input) wasLeft() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.left
}

// give has a function take all that is typed, and was typed ahead, until it is called with
// nil for the same terminal, or leaveKey is typed. A program that leaveKey ends may give its
// terminal back when the next has one already.
func (in *input) give(who *terminal, keys func([]byte)) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if keys == nil && in.holder != who {
		return
	}
	in.holder, in.keys = who, keys
	ahead := in.ahead
	in.ahead = nil
	in.take(ahead)
}

// takeBack puts what the last holder of the terminal has not read ahead of all others. One that was left has nothing that
// anybody wants.
func (in *input) takeBack(who *terminal, unread []byte) {
	in.mu.Lock()
	if in.holder == who && in.keys == nil {
		in.ahead = append(unread, in.ahead...)
		in.holder = nil
	}
	in.mu.Unlock()
	go in.tell() // who returns it must not block
}

// start begins to fetch, if there is somebody to fetch for. in.mu is held.
func (in *input) start() {
	if !in.reading && in.needs() {
		in.reading = true
		go in.fetch()
	}
}

func (in *input) needs() bool {
	return in.err == nil && len(in.ahead) < maxAhead && (in.interrupt != nil || in.wanted && len(in.ahead) == 0)
}

// fetch reads the line as long as somebody needs it.
func (in *input) fetch() {
	var raw [256]byte
	for {
		n, err := in.line.Read(raw[:])
		in.mu.Lock()
		in.take(raw[:n])
		in.err = err
		in.changed.Broadcast()
		runs := in.interrupt != nil
		more := in.needs()
		if !more {
			in.reading = false
		}
		in.mu.Unlock()
		if runs {
			in.tell()
		}
		if !more {
			return
		}
	}
}

// take takes what was typed. in.mu is held.
func (in *input) take(b []byte) {
	if in.keys != nil {
		before, after, leave := bytes.Cut(b, []byte{leaveKey})
		if len(before) > 0 {
			in.keys(before)
		}
		if !leave {
			return
		}
		in.keys, in.holder, in.left, b = nil, nil, true, after
		in.interrupt()
	}
	if in.interrupt != nil {
		if i := bytes.LastIndexByte(b, ctrlC); i >= 0 {
			in.ahead, b = in.ahead[:0], b[i+1:]
			in.interrupt()
		}
	}
	in.ahead = append(in.ahead, b...)
}
