package tty

import (
	"strings"
	"syscall"
	"testing"

	"atoll/user/vfs"
)

// typed is a terminal into which something was typed, and what signals it has sent.
func typed(s Settings, keys string) (t *Terminal, signals *[]int) {
	t = New(24, 80)
	t.Group = 7
	list := []int{}
	t.Signal = func(group, sig int) { list = append(list, group*100+sig) }
	t.Set(s, false)
	t.Input([]byte(keys))
	return t, &list
}

// readAll reads until there is nothing more, with a bar after each read.
func readAll(t *Terminal) string {
	text := ""
	for range 1000 {
		var b [16]byte
		n, err := t.Read(b[:])
		if err == syscall.EAGAIN {
			break
		}
		text += string(b[:n]) + "|"
	}
	return text
}

// Sabotages: leave out the echo of an erase; take a line from its middle at an erase; do not
// drop a line at a signal; let an end of file wait for a line.
func TestCanonical(t *testing.T) {
	raw := usual
	raw.Local &^= lICANON | lECHO | lISIG
	raw.Input &^= iCRNL
	quiet := usual
	quiet.Local &^= lECHO
	for _, c := range []struct {
		s             Settings
		keys          string
		read, screen  string
		signals, left int
	}{
		{usual, "ls\r", "ls\n|", "ls\r\n", 0, 0},
		{usual, "ab\x7f\x7f\x7fc\r", "c\n|", "ab\b \b\b \bc\r\n", 0, 0},
		{usual, "ä\x7fb\r", "b\n|", "ä\b \bb\r\n", 0, 0},
		{usual, "one two \x17x\r", "one x\n|", "one two " + strings.Repeat("\b \b", 4) + "x\r\n", 0, 0},
		{usual, "abc\x15d\r", "d\n|", "abc\b \b\b \b\b \bd\r\n", 0, 0},
		{usual, "a\x04b\x04\x04", "a|b||", "ab", 0, 0},
		{usual, "half", "", "half", 0, 4},
		{usual, "x\x03y\r", "y\n|", "x^Cy\r\n", 702, 0},
		{usual, "\x1a", "", "^Z", 720, 0},
		{usual, "\x1c", "", "^\\", 703, 0},
		{usual, "\x16\x03\r", "\x03\n|", "^C\r\n", 0, 0},
		{usual, "a\rb\r", "a\n|b\n|", "a\r\nb\r\n", 0, 0},
		{quiet, "secret\r", "secret\n|", "", 0, 0},
		{raw, "a\x03\r\x7f", "a\x03\r\x7f|", "", 0, 0},
		{usual, "0123456789abcdefg\r", "0123456789abcdef|g\n|", "0123456789abcdefg\r\n", 0, 0},
	} {
		term, signals := typed(c.s, c.keys)
		if got := readAll(term); got != c.read {
			t.Errorf("%q: %q was read, want %q", c.keys, got, c.read)
		}
		if got := string(term.Take()); got != c.screen {
			t.Errorf("%q: the screen shows %q, want %q", c.keys, got, c.screen)
		}
		if term.typed != c.left {
			t.Errorf("%q: %d bytes are left", c.keys, term.typed)
		}
		if n := len(*signals); n > 1 || n == 1 && (*signals)[0] != c.signals || n == 0 && c.signals != 0 {
			t.Errorf("%q: signals %v, want %d", c.keys, *signals, c.signals)
		}
	}
}

// Sabotages: in insert, do not look for room; in Write, do not.
func TestBounds(t *testing.T) {
	term, _ := typed(usual, strings.Repeat("x", 10000)+"\r")
	if got := readAll(term); len(strings.ReplaceAll(got, "|", "")) != maxTyped || !strings.HasSuffix(got, "\n|") {
		t.Errorf("%d bytes were read", len(got))
	}
	if n := len(term.Take()); n > 2*maxWritten+8 {
		t.Errorf("%d bytes are for the screen", n)
	}
	n, err := term.Write([]byte(strings.Repeat("\n", 3*maxWritten)))
	if n != maxWritten/2 || err != nil || term.Ready() != 0 {
		t.Error(n, err, term.Ready())
	}
	if _, err := term.Write([]byte("x")); err != syscall.EAGAIN {
		t.Error(err)
	}
	if got := term.Take(); len(got) != maxWritten || term.Ready() == 0 {
		t.Errorf("%d bytes for the screen", len(got))
	}
}

// A program that stops editing lines gets what was typed so far; one whose terminal is gone
// gets the end.
func TestModes(t *testing.T) {
	term, signals := typed(usual, "half")
	s := term.Settings()
	s.Local &^= lICANON
	term.Set(s, false)
	if got := readAll(term); got != "half|" {
		t.Errorf("%q", got)
	}
	s.Keys[kMIN] = 0
	term.Set(s, false)
	if n, err := term.Read(make([]byte, 1)); n != 0 || err != nil {
		t.Error(n, err)
	}
	b := s.Bytes()
	if len(b) != SettingsSize || SettingsOf(b) != s {
		t.Errorf("%x", b)
	}
	term.Resize(10, 20)
	term.Hangup()
	if n, err := term.Read(make([]byte, 1)); n != 0 || err != nil {
		t.Error(n, err)
	}
	if _, err := term.Write([]byte("x")); err != syscall.EIO {
		t.Error(err)
	}
	if len(*signals) != 3 || (*signals)[0] != 728 {
		t.Error(*signals)
	}
}

// What nobody has read is taken back, in its order, also what is not a line yet. Sabotage: leave out that.
func TestUnread(t *testing.T) {
	term, _ := typed(usual, "one\rtwo\rthr")
	term.Read(make([]byte, 2))
	if got := string(term.Unread()); got != "e\ntwo\nthr" || term.Ready()&vfs.In != 0 || term.typed != 0 {
		t.Errorf("%q is unread", got)
	}
}

// No keys and no settings panic, and what is kept is bounded.
// Sabotage: in erase, do not ask whether the line is empty.
func FuzzTerminal(f *testing.F) {
	f.Add([]byte("ls\r\x7f\x7f\x17\x15\x04\x03"), usual.Bytes())
	f.Fuzz(func(t *testing.T, keys, settings []byte) {
		term := New(0, 0)
		if len(settings) >= SettingsSize {
			term.Set(SettingsOf(settings), false)
		}
		for i, k := range keys {
			term.Input([]byte{k})
			if i%16 == 15 {
				term.Write(keys[:i])
				term.Set(term.Settings(), i%32 == 31)
			}
			if i%64 == 63 {
				readAll(term)
				term.Take()
			}
		}
		kept := 0
		for _, l := range append(term.ready, term.line) {
			kept += len(l)
		}
		if kept != term.typed || kept > maxTyped || len(term.screen) > 3*maxWritten {
			t.Errorf("%d bytes are kept, %d counted, %d are for the screen", kept, term.typed, len(term.screen))
		}
	})
}
