package console

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// A program that has the terminal gets what is typed, Ctrl-C too; Ctrl-] ends it, and what is
// typed behind that is the console's.
// Sabotages: in take, look for Ctrl-C first; in watch, keep keys.
func TestTerminal(t *testing.T) {
	var l *fakeLine
	shown := func(text string) func() {
		return func() {
			for !strings.Contains(l.text(), text) {
				time.Sleep(time.Millisecond)
			}
		}
	}
	l = &fakeLine{steps: []any{"run -t true; echo end\r", shown("ready"), "ab\x03", "c.", shown("c.end"), "echo next\r"}}
	New(newFake(2), l).Run()
	screen := l.text()
	if !strings.Contains(screen, "ab\x03c.") || !strings.Contains(screen, "end") || !strings.Contains(screen, "next") {
		t.Errorf("the screen shows %q", screen)
	}

	l = &fakeLine{steps: []any{"run -t true; echo end\r", shown("ready"), "x", shown("x"), "\x1d", shown("interrupted"), "echo next\r"}}
	New(newFake(2), l).Run()
	screen = l.text()
	if !strings.Contains(screen, "interrupted") || !strings.Contains(screen, "next") || strings.Contains(screen, "\nend") {
		t.Errorf("the screen shows %q", screen)
	}
	check(t, newFake(2), "run -t -bg true", Usage, "run: a program that has the terminal runs in the foreground, on the console's core\n")
	check(t, newFake(2), "run -t -core 1 true", Usage, "run: a program that has the terminal runs in the foreground, on the console's core\n")
	check(t, newFake(2), "run -t -strace true", Usage, "run: the calls of a program that has the terminal are not printed")
}

// The shell gets all words as they are, its flags too.
// Sabotage: Rest for Raw in shCommand.
func TestShell(t *testing.T) {
	var l *fakeLine
	ready := func() {
		for end := time.Now().Add(5 * time.Second); !strings.Contains(l.text(), "ready") && time.Now().Before(end); {
			time.Sleep(time.Millisecond)
		}
	}
	sys := newFake(2)
	sys.shell = true
	l = &fakeLine{steps: []any{"sh -c \"ls -l\" -json\r", ready, "."}}
	New(sys, l).Run()
	if want := []string{"sh", "-c", "ls -l", "-json"}; !slices.Equal(sys.here, want) {
		t.Errorf("%q runs, not %q", sys.here, want)
	}
	check(t, newFake(2), "sh", Usage, "sh: there is no program \"sh\"; see help sh\n")
	check(t, newFake(2), "sh -h", OK, "make initrd")
}
