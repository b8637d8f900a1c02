package console

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// slowSystem is a machine on which a ping takes until somebody types Ctrl-C.
type slowSystem struct {
	*fakeSystem
	began chan struct{} // closed when a ping has begun, may be nil
}

func (s slowSystem) With(ctx context.Context) System {
	s.fakeSystem.With(ctx)
	return s
}

func (s slowSystem) Ping(a, b, count int) (PingResult, error) {
	ctx := s.ctx
	if s.began != nil {
		close(s.began)
	}
	select {
	case <-ctx.Done():
		return PingResult{}, context.Cause(ctx)
	case <-time.After(10 * time.Second):
		return PingResult{}, errors.New("nobody has ended it")
	}
}

// Ctrl-C ends the command that runs, with a sentence, and what stands behind it in its
// line. What was typed before the key is dropped, what was typed after it is read.
// Sabotage: leave watch out of run; let take keep what is ahead; leave Interrupted out
// of Execute.
func TestInterrupt(t *testing.T) {
	const want = "ping: interrupted\natoll> "
	for name, c := range map[string]struct {
		steps []any
		want  string
	}{
		"alone":       {[]any{"ping 0 1\r", "\x03"}, "atoll> ping 0 1\n" + want + "|"},
		"of several":  {[]any{"ping 0 1; echo b\r", "\x03"}, "atoll> ping 0 1; echo b\n" + want + "|"},
		"typed ahead": {[]any{"ping 0 1\r", "echo b\r", "x\x03echo c\r", "echo d\r"}, "atoll> ping 0 1\n" + want + "echo c\nc\natoll> echo d\nd\natoll> |"},
		"twice":       {[]any{"ping 0 1\r", "\x03\x03echo c\r"}, "atoll> ping 0 1\n" + want + "echo c\nc\natoll> |"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := typed(t, slowSystem{newFake(2), nil}, c.steps...); got != c.want {
				t.Errorf("the screen shows:\n%s\nwant:\n%s", got, c.want)
			}
		})
	}
}

// In a script, too, Ctrl-C ends the command and what stands behind it, and the status
// says so. Nothing is left for a successor to go on with.
// Sabotage: leave Interrupted out of Resume, or out of finish.
func TestInterruptScript(t *testing.T) {
	for run, want := range map[string]int{"echo a; ping 0 1; echo never": Interrupted, "nix; ping 0 1; echo never": Usage} {
		sys := slowSystem{newFake(2), make(chan struct{})}
		var last Progress
		l := &fakeLine{steps: []any{func() { <-sys.began }, "\x03"}}
		c := New(sys, l)
		c.OnProgress = func(p Progress) { last = p }
		if status := c.Script(run); status != want || !slices.Equal(sys.off, []int{want}) || last != (Progress{3, want}) {
			t.Errorf("%s: status %d, powered off with %v, progress %v", run, status, sys.off, last)
		}
		if got := l.text(); !strings.Contains(got, fmt.Sprintf("\nping: interrupted\n@0 exit status=%d\n", want)) || strings.Contains(got, "never") {
			t.Errorf("%s printed:\n%s", run, got)
		}
	}
}

// A Ctrl-C between two commands of a line, when none runs, ends the second.
// Sabotage: leave take out of watch.
func TestInterruptBetween(t *testing.T) {
	c := New(newFake(2), &fakeLine{})
	c.input.ahead = []byte("a\x03b")
	status := c.Execute("ping 0 1; echo never")
	c.input.mu.Lock()
	defer c.input.mu.Unlock()
	if status != Interrupted || string(c.input.ahead) != "b" {
		t.Errorf("status %d, and %q is left", status, c.input.ahead)
	}
}

// What is typed while a command runs is kept in order, however much it is, and a line
// that ends does not end the command.
// Sabotage: let needs not look at maxAhead.
func TestTypeAhead(t *testing.T) {
	const lines = 4 * maxAhead / 10
	var text, want strings.Builder
	for n := range lines {
		fmt.Fprintf(&text, "echo %04d\r", n)
		fmt.Fprintf(&want, "%04d\n", n)
	}
	var in *input
	full := 0
	wait := &Command{Name: "wait", Summary: "wait until much was typed", Run: func(c *Call) error {
		for range 1000 {
			in.mu.Lock()
			full = len(in.ahead)
			in.mu.Unlock()
			if full >= maxAhead {
				break
			}
			time.Sleep(time.Millisecond)
		}
		time.Sleep(10 * time.Millisecond)
		in.mu.Lock()
		full = len(in.ahead)
		in.mu.Unlock()
		return nil
	}}
	l := &fakeLine{steps: []any{"wait\r", text.String()}}
	c := New(newFake(1), l, wait)
	in = c.input
	if err := c.Run(); err != nil {
		t.Error(err)
	}
	if full < maxAhead || full > maxAhead+256 {
		t.Errorf("%d bytes were read ahead", full)
	}
	got := ""
	for line := range strings.Lines(l.text()) {
		if line[0] >= '0' && line[0] <= '9' {
			got += line
		}
	}
	if got != want.String() {
		t.Errorf("%d bytes of output, not %d", len(got), want.Len())
	}
}

// A command that prints without end prints nothing more, not even the rest of one
// text; one that fails for each core says once why.
// Sabotage: let Write not look at the context; leave interrupted out of Fail.
func TestInterruptOutput(t *testing.T) {
	for name, run := range map[string]func(c *Call) error{
		"lines": func(c *Call) error {
			for c.interrupted() == nil {
				c.Printf("line\n")
			}
			c.Printf("never\n")
			c.Fail("never")
			return nil
		},
		"one text": func(c *Call) error {
			c.Printf("%s", strings.Repeat("line\n", 10_000_000)+"never\n")
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			flood := &Command{Name: "flood", Summary: "print", Run: run}
			start := time.Now()
			l := &fakeLine{steps: []any{"flood\r", "\x03"}}
			if err := New(newFake(1), l, flood).Run(); err != nil {
				t.Error(err)
			}
			got := l.text()
			if strings.Contains(got, "never") || !strings.HasSuffix(got, "\nflood: interrupted\natoll> ") || time.Since(start) > 10*time.Second {
				t.Errorf("after %v: %d bytes, ending %q", time.Since(start), len(got), got[max(0, len(got)-50):])
			}
		})
	}
}

// A restart ends between two rounds, with the core up.
// Sabotage: leave the look at interrupted out of runRestart; let restart use c.Sys.
func TestInterruptRestart(t *testing.T) {
	sys := newFake(2)
	stopped, key := make(chan struct{}), make(chan struct{})
	l := &fakeLine{steps: []any{"restart 1 10000\r", func() { <-stopped }, "\x03", func() { close(key) }}}
	stops := 0
	sys.then = func(f *fakeSystem) {
		if f.down[1] {
			if stops++; stops == 3 {
				close(stopped)
				<-key
			}
		}
		if f.ctx.Err() != nil {
			t.Error("what must not be left half done was interrupted at once")
		}
	}
	c := New(sys, l)
	c.Run()
	if got := l.text(); !strings.Contains(got, "\nrestart: interrupted after 3 of 10000 rounds\natoll> ") || strings.Contains(got, "@0 restart") {
		t.Errorf("it printed:\n%s", got)
	}
	if s := sys.States()[1]; s.State != StateUp || s.Incarnation != 4 {
		t.Errorf("core 1 is %v in incarnation %d", s, s.Incarnation)
	}
}

// What must not be left half done ends a little later, with the same cause.
// Sabotage: let Unhurried return its argument, or never end.
func TestUnhurried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, end := context.WithCancelCause(context.Background())
		later := Unhurried(ctx)
		end(errInterrupted)
		if time.Sleep(patience / 2); later.Err() != nil {
			t.Error("it has ended at once")
		}
		if time.Sleep(patience); !errors.Is(context.Cause(later), errInterrupted) {
			t.Errorf("afterwards: %v", context.Cause(later))
		}
	})
}

// A soak that cannot start at all cores leaves none of them streaming. One that stops
// tells all cores, and then waits no longer than somebody wants.
// Sabotage: leave soakEnd out of soakStart; let soakEnd return at the first error; let
// sleep not say that it was interrupted.
func TestInterruptSoak(t *testing.T) {
	sys := newFake(4)
	sys.silent[2] = true
	check(t, sys, "soak start", Failed, "soak: core 2 did not answer")
	if want := []string{"soak[0 1 2 3]", "soak-off[0]"}; !slices.Equal(sys.asked, want) {
		t.Errorf("it asked for %q", sys.asked)
	}
	sys.asked = nil
	check(t, sys, "soak stop", Failed, "soak: core 2 did not answer")
	if want := []string{"soak-off[0]", "soak-off[1]", "soak-off[2]", "soak-off[3]"}; !slices.Equal(sys.asked, want) {
		t.Errorf("it asked for %q", sys.asked)
	}
	sys = newFake(2)
	sys.streams = map[int][]Stream{0: {{Peer: 1, Incarnation: 1, Sent: 9, Next: 1}}, 1: {{Peer: 0, Incarnation: 1, Next: 5}}}
	start := time.Now()
	if got := typed(t, sys, "soak stop\r", "\x03"); got != "atoll> soak stop\nsoak: interrupted\natoll> |" || time.Since(start) > soakSettle/2 {
		t.Errorf("after %v the screen shows:\n%s", time.Since(start), got)
	}
}
