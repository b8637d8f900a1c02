package console

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
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
	check(t, newFake(2), "run -t -bg true", Usage, "run: a program that has the terminal runs in the foreground\n")
	check(t, newFake(2), "run -t -strace true", Usage, "run: the calls of a program that has the terminal are not printed")
}

// A console begins with init if there is one, which may give commands, and begins it again when it has
// ended, but not when that was at once, three times in a row, or Ctrl-] has ended it. A Ctrl-C for what
// ran before does not end that. Sabotages: in first, leave out the look at the time; run it without -mk; take any interrupt for the key.
func TestInit(t *testing.T) {
	for name, c := range map[string]struct {
		ahead, last string
		want        int
	}{"at once": {"", ".", 4}, "left": {"", "\x1d", 2}, "a key before": {"\x03", "\x1d", 3}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sys := newFake(2)
				sys.shell, sys.init = true, true
				lives := func() { time.Sleep(2 * briefly) }
				settles := func() { time.Sleep(briefly / 2) }
				steps := []any{lives, ".", settles, c.last, settles}
				if c.last == "." {
					steps = append(steps, ".", settles, ".", settles)
				}
				l := &fakeLine{steps: append(steps, "echo typed\r", settles)}
				con := New(sys, l)
				con.Shell = true
				con.TypeAhead(c.ahead)
				con.Run()
				if !slices.Equal(sys.here, []string{"init"}) || sys.commander == nil || sys.heres != c.want || !strings.Contains(l.text(), "\ntyped") {
					t.Errorf("%d programs run, the last of them %q; the screen shows %q", sys.heres, sys.here, l.text())
				}
			})
		})
	}
}

// A program that was left gives its terminal back late, when the next one has one: what is typed
// is that one's. Sabotage: in give, take the terminal from whoever has it.
func TestTerminalLate(t *testing.T) {
	in := newInput(&fakeLine{})
	first, second := &terminal{input: in}, &terminal{input: in}
	var got []byte
	first.Keys(func(b []byte) { t.Errorf("the first program gets %q", b) })
	in.watch(nil)
	second.Keys(func(b []byte) { got = append(got, b...) })
	first.Keys(nil)
	in.mu.Lock()
	in.take([]byte("typed"))
	in.mu.Unlock()
	if string(got) != "typed" {
		t.Errorf("the second program gets %q", got)
	}
}

// What a program has not read goes ahead of what was typed since; nothing does of one that was left, or of one whose terminal
// another has. Sabotages: in takeBack, put it behind; in take, leave the holder; in takeBack, do not ask for it.
func TestTerminalReturn(t *testing.T) {
	in := newInput(&fakeLine{})
	in.interrupt = func() {}
	none := func([]byte) {}
	press := func(text string) {
		in.mu.Lock()
		defer in.mu.Unlock()
		in.take([]byte(text))
	}
	who := &terminal{input: in}
	who.Keys(none)
	who.Keys(nil)
	press("later")
	who.Return([]byte("first "))
	if got := string(in.ahead); got != "first later" {
		t.Errorf("%q is ahead", got)
	}
	who.Keys(none)
	press("\x1dnext")
	who.Keys(nil)
	who.Return([]byte("left"))
	if got := string(in.ahead); got != "next" {
		t.Errorf("%q is ahead, when the program was left", got)
	}
	who.Keys(none)
	who.Keys(nil)
	other := &terminal{input: in}
	other.Keys(none)
	who.Return([]byte("late"))
	if got := string(in.ahead); got != "" {
		t.Errorf("%q is ahead, when another program has the terminal", got)
	}
}

// The shell gets all words as they are, its flags too; a console begins with it, if it is told
// to and there is one, and goes on behind it.
// Sabotages: Rest for Raw in shCommand; in Run, leave out the shell; in shell, run it in any case; in first, do not tell that it runs.
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

	for _, shell := range []bool{true, false} { // at the beginning
		sys := newFake(2)
		sys.shell = shell
		steps := []any{"echo typed\r"}
		if shell {
			steps = append([]any{ready, "x", "\x1d"}, steps...)
		}
		l = &fakeLine{steps: steps}
		c := New(sys, l)
		c.Shell, c.Anew = true, true
		var told []bool
		c.OnShell = func(runs bool) { told = append(told, runs) }
		c.Run()
		said := strings.Contains(l.text(), "The shell has ended with its core, and so has what it had begun. Here is another.\nThis is a shell")
		if shell != slices.Equal(told, []bool{true, false}) {
			t.Errorf("a shell: %v; its heir is told %v", shell, told)
		}
		if ran := slices.Equal(sys.here, []string{"sh"}); ran != shell || said != shell || !strings.Contains(l.text(), "\ntyped") {
			t.Errorf("a shell: %v, %q runs; the screen shows %q", shell, sys.here, l.text())
		}
	}
	check(t, newFake(2), "sh", Usage, "sh: there is no program \"sh\"; see help sh\n")
	check(t, newFake(2), "sh -h", OK, "make initrd")
}
