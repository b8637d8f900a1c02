package console

import (
	"fmt"
	"io"
	"strings"
	"testing"
)

// typed runs a console on what is typed and returns what the screen shows
// behind the greeting.
func typed(t *testing.T, sys System, steps ...any) string {
	t.Helper()
	l := &fakeLine{steps: steps}
	if err := New(sys, l).Run(); err != nil {
		t.Errorf("Run: %v", err)
	}
	text := show(l.out.String()).text()
	_, rest, found := strings.Cut(text, "(Ctrl-A X ends QEMU).\n")
	if !found {
		t.Errorf("no greeting in %q", text)
	}
	return rest
}

func TestEdit(t *testing.T) {
	for _, tt := range edits {
		t.Run(tt.name, func(t *testing.T) {
			if got := typed(t, newFake(2), tt.keys); got != tt.want {
				t.Errorf("in one piece, the screen shows:\n%s\nwant:\n%s", got, tt.want)
			}
			var steps []any // a slow line: one byte a time
			for i := range len(tt.keys) {
				steps = append(steps, tt.keys[i:i+1])
			}
			if got := typed(t, newFake(2), steps...); got != tt.want {
				t.Errorf("byte by byte, the screen shows:\n%s\nwant:\n%s", got, tt.want)
			}
		})
	}
}

var edits = []struct {
	name, keys, want string // | is the cursor
}{
	{"nothing", "", "atoll> |"},
	{"a line", "echo hello\r", "atoll> echo hello\nhello\natoll> |"},
	{"line feed only", "echo a\necho b\n", "atoll> echo a\na\natoll> echo b\nb\natoll> |"},
	{"CR and LF", "echo a\r\necho b\r\n", "atoll> echo a\na\natoll> echo b\nb\natoll> |"},
	{"empty lines", "\r\r", "atoll>\natoll>\natoll> |"},
	{"two commands", "echo a; echo b\r", "atoll> echo a; echo b\na\nb\natoll> |"},
	{"backspace, both codes", "echo ax\x7fby\x08\r", "atoll> echo ab\nab\natoll> |"},
	{"kill the line", "garbage\x15echo a\r", "atoll> echo a\na\natoll> |"},
	{"kill a word", "echo one two\x17three\r", "atoll> echo one three\none three\natoll> |"},
	{"left and insert", "echo ac\x1b[Db\r", "atoll> echo abc\nabc\natoll> |"},
	{"home by two codes", "cho a\x1b[1~e\x1b[4~b\x01\x1bOF!\r", "atoll> echo ab!\nab!\natoll> |"},
	{"delete", "echo abc\x1b[D\x1b[D\x1b[3~\r", "atoll> echo ac\nac\natoll> |"},
	{"history", "echo a\recho b\r\x1b[A\x1b[A\r", "atoll> echo a\na\natoll> echo b\nb\natoll> echo a\na\natoll> |"},
	{"history keeps no empty and no repeated line", "echo a\recho b\recho b\r\r \r\x1b[A\x1b[A",
		"atoll> echo a\na\natoll> echo b\nb\natoll> echo b\nb\natoll>\natoll>\natoll> echo a|"},
	{"Ctrl-C drops the line", "mem 9\x03echo a\r", "atoll> mem 9^C\natoll> echo a\na\natoll> |"},
	{"Ctrl-C within the line", "mem 9\x01\x03", "atoll> mem 9^C\natoll> |"},
	{"Ctrl-C is not history", "echo a\rmem 9\x03\x1b[A", "atoll> echo a\na\natoll> mem 9^C\natoll> echo a|"},
	{"Ctrl-C at an empty line", "\x03\x03", "atoll> ^C\natoll> ^C\natoll> |"},
	{"Ctrl-D at an empty line", "\x04", "Type poweroff to stop the machine, or Ctrl-A X to end QEMU.\natoll> |"},
	{"Ctrl-D within a line", "echo abc\x1b[D\x1b[D\x04\x04\x04", "atoll> echo a|"},
	{"unknown keys", "\x1b[24~\x1bxec\x00\x1a\x1c\x1d\x1b[99;99;99;99;99Qho \xc3\xa9a\r", "atoll> echo a\na\natoll> |"},
	{"Enter within a key", "echo a\x1b[\recho b\r", "atoll> echo a\na\natoll> echo b\nb\natoll> |"},
	{"Alt and a letter", "echo a\r\x1bAecho b\r", "atoll> echo a\na\natoll> echo b\nb\natoll> |"},
	{"pasted in brackets", "\x1b[200~echo a\r\x1b[201~", "atoll> echo a\na\natoll> |"},
	{"poweroff ends it", "poweroff\recho never\r", "atoll> poweroff\n@0 exit status=0\n|"},
	{"poweroff ends its line", "poweroff; echo never\r", "atoll> poweroff; echo never\n@0 exit status=0\n|"},
	{"a bad line is no end", "\"\recho a\r", "atoll> \"\nthe double quote at column 1 is never closed\natoll> echo a\na\natoll> |"},
}

func TestComplete(t *testing.T) {
	for keys, want := range map[string]string{
		"ver\t":                "atoll> version |",
		"p\t":                  "ping  plan  poweroff  programs  ps\natoll> p|",
		"po\t\r":               "atoll> poweroff\n@0 exit status=0\n|",
		"x\t":                  "atoll> x|",
		"\t":                   "audit  bench  bind  cores  crash  disk  echo  help  irqs  kill  mem  msgs\nnames  ping  plan  poweroff  programs  ps  random  reboot  restart  route  run\nsh  skb  soak  start  stop  trace  version\natoll> |",
		"ping \t":              "0  2  10  11\natoll> ping |",
		"ping 1\t":             "10  11\natoll> ping 1|",
		"ping 0 2\t":           "atoll> ping 0 2 |",
		"ping 0 2 \t":          "atoll> ping 0 2 |",
		"ping -json 2\t":       "atoll> ping -json 2 |",
		"ping -\t":             "-json  -h\natoll> ping -|",
		"ping -j\t":            "atoll> ping -json |",
		"bench \t":             "ump  pairs  updates  binding  wake  doorbell  life  interference  shootdown\nagreement  boot\natoll> bench |",
		"bench um\t2\t1\t":     "10  11\natoll> bench ump 2 1|",
		"bench -n \t":          "atoll> bench -n |",
		"help pl\t":            "atoll> help plan |",
		"echo a; me\t":         "atoll> echo a; mem |",
		"echo \t":              "atoll> echo |",
		"echo -\t":             "atoll> echo -|",
		`echo "; pi` + "\t":    `atoll> echo "; pi|`,
		`echo \` + "\t":        `atoll> echo \|`,
		"nix \t":               "atoll> nix |",
		"ver x\x1b[D\x1b[D\t":  "atoll> version | x",
		"reboot \t":            "atoll> reboot |",
		`"pi` + "\t":           `atoll> "pi|`,
		"crash \t":             "0  2  10  11\natoll> crash |",
		"crash 2 \t":           "panic  fault  wild  stack  oom  hang  zombie\natoll> crash 2 |",
		"crash -json 2 z\t":    "atoll> crash -json 2 zombie |",
		"crash 2 oom \t":       "atoll> crash 2 oom |",
		"stop \t":              "0  2  10  11\natoll> stop |",
		"stop 2 \t":            "atoll> stop 2 |",
		"start \t":             "1  3  4  5  6  7  8\natoll> start |",
		"start 1 \t":           "atoll> start 1 |",
		"restart \t":           "1  2  3  4  5  6  7  8  10  11\natoll> restart |",
		"restart 2 \t":         "atoll> restart 2 |",
		"cores -j\t; co\t-j\t": "atoll> cores -json ; cores -json |",
	} {
		t.Run(keys, func(t *testing.T) {
			sys := newFake(12)
			for i := range 12 {
				sys.down[i] = i != 0 && i != 2 && i < 10
			}
			sys.odd[9] = StateZombie
			if got := typed(t, sys, keys); got != want {
				t.Errorf("the screen shows:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

// Lists fill lines of 79 columns.
func TestInLines(t *testing.T) {
	a, b := strings.Repeat("a", 39), strings.Repeat("b", 38)
	for want, words := range map[string][]string{
		"x\n":                             {"x"},
		a + "  " + b + "\n":               {a, b},
		a + "\n" + a + "\n":               {a, a},
		a + "  " + b + "\n" + b + "  x\n": {a, b, b, "x"},
		a + "\n" + a + "  " + b + "\n":    {a, a, b},
		"x\n" + a + a + a + "\nx  y  z\n": {"x", a + a + a, "x", "y", "z"},
	} {
		if got := inLines(words); got != want {
			t.Errorf("%d words give:\n%swant:\n%s", len(words), got, want)
		}
	}
}

// A completer that panics completes nothing.
func TestCompletePanic(t *testing.T) {
	bad := &Command{Name: "bad", Summary: "panic", Complete: func(System, []string) []string { panic("no") }}
	c := New(newFake(1), &fakeLine{}, bad)
	if line, pos, ok := c.key("bad ", 4, '\t'); line != "bad " || pos != 4 || !ok {
		t.Errorf("got %q, %d, %v", line, pos, ok)
	}
}

// Lines of other cores appear above the edited line, which stays whole, be it
// longer than the screen is wide.
func TestAsyncLine(t *testing.T) {
	for _, word := range []string{"hello", strings.Repeat("0123456789", 17)} {
		l := &fakeLine{}
		c := New(newFake(3), l)
		one, two := c.NewLineBuffer(), c.NewLineBuffer()
		l.steps = []any{
			"echo " + word[:3],
			func() { fmt.Fprint(one, "@1 up ha"); fmt.Fprint(two, "@2 up hart=3\n") },
			word[3:] + "\x1b[D\x1b[D",
			func() { fmt.Fprint(one, "rt=2\n") },
			"\x1b[C\x1b[C!",
			func() { two.Write([]byte("@2 last words")); two.Flush() },
			"\r",
		}
		if err := c.Run(); err != nil {
			t.Error(err)
		}
		got := show(l.out.String()).text()
		_, got, _ = strings.Cut(got, "QEMU).\n")
		want := "@2 up hart=3\n@1 up hart=2\n@2 last words\n" + wrap("atoll> echo "+word+"!") + "\n" + word + "!\natoll> |"
		if plain := strings.ReplaceAll(got, "\n"+wrap(word+"!")+"\n", "\n"+word+"!\n"); plain != want {
			t.Errorf("the screen shows:\n%s\nwant:\n%s", plain, want)
		}
	}
}

// wrap breaks a line as the screen does.
func wrap(s string) string {
	out := ""
	for len(s) > 80 {
		out, s = out+s[:80]+"\n", s[80:]
	}
	return out + s
}

// The history is bounded, and so is what is kept of an endless key.
func TestBounds(t *testing.T) {
	h := &history{console: &Console{}}
	for i := range 100 {
		h.Add(fmt.Sprint("line ", i))
	}
	if h.Len() != historySize || h.At(0) != "line 99" || h.At(historySize-1) != "line 68" {
		t.Errorf("%d lines from %q to %q", h.Len(), h.At(h.Len()-1), h.At(0))
	}
	k := newKeys(strings.NewReader("\x1b[" + strings.Repeat("1", 10_000) + "Ax"))
	if b, err := io.ReadAll(k); string(b) != "x" || err != nil || len(k.params) > maxParams {
		t.Errorf("%q, %v, %d parameter bytes kept", b, err, len(k.params))
	}
}

// A flood without an end of line is dropped from some length on, before x/term, which
// would copy the line for each key; what ends, kills or erases makes room again.
// Sabotage: leave the comparison with maxTyped out of take, or the erasing keys out of
// control.
func TestFlood(t *testing.T) {
	flood := strings.Repeat("y", 100*maxTyped)
	for typed, want := range map[string]string{
		flood:                     strings.Repeat("y", maxTyped),
		flood + "\x7fab":          strings.Repeat("y", maxTyped) + "\x7fa",
		flood + "\x03ab":          strings.Repeat("y", maxTyped) + "\x1c\rab",
		flood + "\rab\n":          strings.Repeat("y", maxTyped) + "\rab\r",
		flood + "\x15ab":          strings.Repeat("y", maxTyped) + "\x15ab",
		flood + "\x1b[D\t\x1b[3~": strings.Repeat("y", maxTyped) + "\x1b[D\t\x1b[3~",
	} {
		b, err := io.ReadAll(newKeys(strings.NewReader(typed)))
		if string(b) != want || err != nil {
			t.Errorf("%d bytes, the last %q, want %d, the last %q: %v", len(b), b[max(0, len(b)-9):], len(want), want[len(want)-9:], err)
		}
	}
}

func TestGreeting(t *testing.T) {
	l := &fakeLine{}
	New(newFake(16), l).Run()
	want := "\nAtoll, a multikernel in Go: 16 kernel instances, each with a Go runtime of its own (go1."
	if got := l.text(); !strings.HasPrefix(got, want) ||
		!strings.HasSuffix(got, ").\nConsole of core 0. Type help, or poweroff to quit (Ctrl-A X ends QEMU).\natoll> ") {
		t.Errorf("greeting:\n%s", got)
	}
}

// brokenLine fails in the middle of a line.
type brokenLine struct {
	*fakeLine
	err error
}

func (l brokenLine) Read(p []byte) (int, error) {
	n, err := l.fakeLine.Read(p)
	if err == io.EOF {
		err = l.err
	}
	return n, err
}

// A line that fails is an error, once what came before is done.
func TestBrokenLine(t *testing.T) {
	l := brokenLine{&fakeLine{steps: []any{"echo a\recho b"}}, errBroken}
	err := New(newFake(1), l).Run()
	if err == nil || !strings.Contains(err.Error(), errBroken.Error()) {
		t.Errorf("Run: %v", err)
	}
	if got := l.text(); !strings.Contains(got, "\na\n") || strings.Contains(got, "\nb\n") {
		t.Errorf("output:\n%s", got)
	}
}
