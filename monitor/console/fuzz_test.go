package console

import (
	"strings"
	"testing"
)

// Any line is an answer: a status, whole lines, and no panic.
func FuzzExecute(f *testing.F) {
	for _, s := range []string{
		"cores; audit; ping 0 1 10", "bench ump -n 3 0 1 -json", `echo "a; b" \"`, "help help; help -h", "mem 99999999999999999999",
		"poweroff 3; reboot", "ping -- -1 +1 0x1", "ping 0 1 -=-", "-h", "echo -h", "plan --json=", "\x00;\xff\"",
		"crash 1 oom; cores; start 1; restart 1 3; stop 1", "crash 0 zombie; stop 0; restart 0", "crash 2 zombie; start 2; restart 2; stop 2",
		"stop 1; stop 2; stop 0; crash 0 hang", "restart -- 01 +2; crash -json= 1 wild",
		"trace on; trace show -n 2 1; trace dump -json; trace clear 0 0; trace -n=1 show -- 2",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		out, status := execute(newFake(3), line)
		if status < OK || status > Usage {
			t.Errorf("status %d", status)
		}
		if strings.Contains(out, "panicked") {
			t.Errorf("a command panicked:\n%s", out)
		}
		if out != "" && !strings.HasSuffix(out, "\n") {
			t.Errorf("an unfinished line: %q", out)
		}
		if strings.ContainsFunc(out, func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' }) {
			t.Errorf("control characters: %q", out)
		}
	})
}

// Anything may come over the line: the console gets to its end. step cuts it
// into reads.
func FuzzKeys(f *testing.F) {
	for _, s := range []string{
		"ping 0 1\r\x1b[A\x1b[B\t", "\x03\x04\x1b", strings.Repeat("\x1b", 300), "\x1b[" + strings.Repeat("1", 300) + "A", "\xe6\x97",
		strings.Repeat("\xff", 600), "\x1b[200~\x03\r", strings.Repeat("x", 5000) + "\r", strings.Repeat("\t", 50), "\x0c\x14\x0b\x17\x15",
		"a\x1b[D\x04\x03\r\n\n\r",
	} {
		f.Add(s, byte(3))
	}
	f.Fuzz(func(t *testing.T, s string, step byte) {
		var steps []any
		for n := int(step)%70 + 1; len(s) > 0; s = s[min(n, len(s)):] {
			steps = append(steps, s[:min(n, len(s))])
		}
		l := &fakeLine{steps: steps}
		c := New(newFake(2), l)
		if err := c.Run(); err != nil {
			t.Errorf("Run: %v", err)
		}
		if len(l.steps) > 0 && !c.ended {
			t.Errorf("%d reads are left", len(l.steps))
		}
	})
}
