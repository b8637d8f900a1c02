package console

import (
	"bytes"
	"context"
	"strings"
	"testing"
)

// programs returns what a program of the console may give commands to, and the console's line: a
// shell runs, after a command of run= that has failed.
func programs(t *testing.T, sys *fakeSystem) (Commander, *fakeLine) {
	sys.shell = true
	l := &fakeLine{steps: []any{"."}}
	New(sys, l).Script("unknown; sh")
	if sys.commander == nil {
		t.Fatal("the shell may give no commands")
	}
	sys.off = nil
	return sys.commander, l
}

// A program's commands do what typed ones do; what they print is the program's, and the machine's
// last words are the console's. They have no terminal to give.
// Sabotages: in on, print where the console does; say the last words there, or with status 0;
// in runHere, look for no line.
func TestCommander(t *testing.T) {
	sys := newFake(2)
	m, l := programs(t, sys)
	for line, want := range map[string]struct {
		status int
		says   string
	}{
		"echo a; echo b": {OK, "a\nb\n"},
		"ping 0 1 3":     {OK, "3 messages from core 0 to core 1 and back: "},
		"ping 0 9":       {Usage, "ping: there is no core \"9\"; this machine has cores 0 to 1\n"},
		"pong; echo":     {Usage, "unknown command \"pong\"; did you mean ping?\n"},
		"echo \"":        {Usage, "the double quote at column 6 is never closed\n"},
		"run exit 7":     {7, ""},
		"sh":             {Usage, "sh: the terminal is that of the program that gives this command\n"},
		"run -t true":    {Usage, "run: the terminal is that of the program that gives this command\n"},
	} {
		var out bytes.Buffer
		if status := m.Command(t.Context(), line, &out); status != want.status || !strings.HasPrefix(out.String(), want.says) {
			t.Errorf("%s: status %d, and it prints %q, want %d and %q", line, status, &out, want.status, want.says)
		}
	}
	before := len(l.text())
	var out bytes.Buffer
	m.Command(t.Context(), "echo bye; poweroff 3; echo never", &out)
	if said := l.text()[before:]; said != "@0 exit status=2\n" || out.String() != "bye\n" || len(sys.off) != 1 || sys.off[0] != Usage {
		t.Errorf("poweroff prints %q, the console %q; off with %d", &out, said, sys.off)
	}
}

// Only the shell, and what run -mk runs, may give commands, on another core in the foreground only.
// Sabotage: in runRun, make a commander in any case.
func TestCommanderRight(t *testing.T) {
	for line, may := range map[string]bool{"run true": false, "run -mk true": true, "run -trusted true": false, "run -mk -bg true": true, "run -mk -core 1 true": true} {
		sys := newFake(2)
		check(t, sys, line, OK, "")
		if (sys.commander != nil) != may {
			t.Errorf("%s: may give commands: %v, want %v", line, !may, may)
		}
	}
	check(t, newFake(2), "run -mk -bg -core 1 true", Usage, "run: a program of another core that may give the console commands runs in the foreground\n")
}

// A program that may give commands ends the machine by the call of Linux, and one that may not does
// not. Sabotages: in ended, end the machine in any case; take Restarts for PowersOff.
func TestCommanderOff(t *testing.T) {
	for _, c := range []struct {
		line         string
		calls        Off
		off, reboots int
	}{
		{"run exit 130", PowersOff, 0, 0}, {"run -mk exit 130", PowersOff, 1, 0}, {"run -mk exit 129", Restarts, 0, 1}, {"run -mk exit 0", StaysOn, 0, 0},
	} {
		sys := newFake(2)
		sys.calls = c.calls
		said, status := execute(sys, c.line+"; echo on")
		over := c.off+c.reboots > 0
		if len(sys.off) != c.off || sys.reboots != c.reboots || over && (status != OK || strings.Contains(said, "\non\n")) {
			t.Errorf("%s: off %d, reboots %d, status %d, and it prints %q", c.line, sys.off, sys.reboots, status, said)
		}
	}
}

// A program's command ends with the context, and what stands behind it is not begun.
// Sabotage: in Command, let the context end nothing.
func TestCommanderInterrupt(t *testing.T) {
	sys := newFake(2)
	slow := slowSystem{sys, make(chan struct{})}
	ctx, end := context.WithCancel(t.Context())
	go func() {
		<-slow.began
		end()
	}()
	var out bytes.Buffer
	if status := New(slow, &fakeLine{}).commander().Command(ctx, "ping 0 1; echo b", &out); status != Interrupted || out.String() != "ping: interrupted\n" {
		t.Errorf("status %d, and it prints %q", status, &out)
	}
}

// Completion is the console's.
// Sabotage: in goOn, list nothing.
func TestCommanderComplete(t *testing.T) {
	m, _ := programs(t, newFake(2))
	for line, want := range map[string][2]string{
		"pin": {"g ", ""}, "p": {"", "ping  plan  poweroff  programs  ps\n"}, "run tr": {"ue ", ""}, "ping 0 ": {"", "0  1\n"}, "x y": {"", ""},
	} {
		if more, list := m.Complete(line); more != want[0] || list != want[1] {
			t.Errorf("%q goes on with %q, or %q; want %q", line, more, list, want)
		}
	}
}
