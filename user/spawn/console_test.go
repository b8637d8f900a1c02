package spawn

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"
	"testing"
	"time"

	"atoll/user/vfs"
)

// teller carries out commands: "tell N" prints N lines, "wait" waits until it is ended.
type teller struct{ ended chan error }

func (c teller) Command(ctx context.Context, line string, out io.Writer) int {
	var n int
	fmt.Sscanf(line, "tell %d", &n)
	for i := range n {
		if _, err := fmt.Fprintf(out, "line %d\n", i); err != nil {
			c.ended <- err
			return 1
		}
	}
	if line == "wait" {
		<-ctx.Done()
		c.ended <- ctx.Err()
	}
	return n
}

func (c teller) Complete(line string) (more, list string) { return "x ", "as " + line + "\n" }

// opened is /mk/console as a program of a core has it open; in runs what is the loop's.
func opened(t *testing.T, c Commander) (f *vfs.File, in func(func())) {
	core := New(newHost())
	ran(t, core, "hello")
	g := &program{l: core.land, commander: c}
	core.land.wait(func() {
		files := vfs.NewContext(core.files)
		files.Console = g.Console
		var err error
		if f, err = files.Open(files.Root, "/mk/console", syscall.O_RDWR, 0); err != nil {
			t.Error(err)
			return
		}
		f.Hold()
	})
	return f, core.land.wait
}

// all reads until the end of an answer.
func all(t *testing.T, f *vfs.File, in func(func())) string {
	var said strings.Builder
	b := make([]byte, 100)
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); {
		n, err := 0, error(nil)
		in(func() { n, err = f.Read(b) })
		switch {
		case errors.Is(err, syscall.EAGAIN):
			time.Sleep(time.Millisecond)
		case n == 0:
			return said.String()
		}
		said.Write(b[:n])
	}
	t.Fatalf("the answer does not end: %.200q", said.String())
	return ""
}

// What commands print is read behind each line, whole, with the status; and how a line goes on.
// Sabotage: in take, copy and keep.
func TestConsole(t *testing.T) {
	f, in := opened(t, teller{})
	write := func(text string) (n int, err error) {
		in(func() { n, err = f.Write([]byte(text)) })
		return n, err
	}
	if said := all(t, f, in); said != "" {
		t.Errorf("before the first line %q is read", said)
	}
	for _, text := range []string{"te", "ll 2\nbehind"} {
		if n, err := write(text); n == 0 || err != nil {
			t.Errorf("writing %q: %d, %v", text, n, err)
		}
	}
	if said := all(t, f, in); said != "line 0\nline 1\nstatus 2\n" {
		t.Errorf("%q is read", said)
	}
	write("a b\t")
	if said := all(t, f, in); said != "x \nas a b\nstatus 0\n" {
		t.Errorf("completing says %q", said)
	}
	write("tell 5000\n")
	if said := all(t, f, in); strings.Count(said, "\n") != 5001 || !strings.HasSuffix(said, "\nline 4999\nstatus 5000\n") {
		t.Errorf("of 5000 lines %d are read", strings.Count(said, "\n"))
	}
	if _, err := write(strings.Repeat("x", mostCommand+1)); err != syscall.E2BIG {
		t.Errorf("a line that is too long: %v", err)
	}
}

// Who closes the file ends what is carried out for it, whether that waits for something or for a
// reader; there is one line of a file at a time, and so many of a core.
// Sabotages: in Write of an answer, do not wait; in close, leave out the end, or the signal; in Write, leave out one of the bounds.
func TestConsoleEnds(t *testing.T) {
	c := teller{make(chan error, 1)}
	for line, want := range map[string]error{"wait\n": context.Canceled, "tell 100000\n": io.ErrClosedPipe} {
		f, in := opened(t, c)
		in(func() {
			f.Write([]byte(line))
			if _, err := f.Write([]byte("tell 1\n")); err != syscall.EBUSY {
				t.Errorf("a second line: %v", err)
			}
		})
		time.Sleep(10 * time.Millisecond)
		in(func() {
			a := f.Content.(*dialogue).answer
			a.mu.Lock()
			if n := len(a.text); n > mostAnswered+len(line) {
				t.Errorf("%d bytes wait for a reader", n)
			}
			a.mu.Unlock()
			f.Release()
		})
		select {
		case err := <-c.ended:
			if err != want {
				t.Errorf("%q ends with %v, want %v", line, err, want)
			}
		case <-time.After(10 * time.Second):
			t.Errorf("%q does not end", line)
		}
	}
	f, in := opened(t, c)
	in(func() {
		l := f.Content.(*dialogue).l
		l.commands = mostCommands
		if _, err := f.Write([]byte("tell 1\n")); err != syscall.EUSERS {
			t.Errorf("a line too many: %v", err)
		}
	})
}

// Who has not been given the right opens no console.
// Sabotage: in Console, let everybody.
func TestConsoleRight(t *testing.T) {
	if _, err := (&program{}).Console(); err != syscall.EACCES {
		t.Errorf("a program without a commander: %v", err)
	}
}
