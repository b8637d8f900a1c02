package console

import (
	"fmt"
	"strings"
	"testing"
)

// script runs run= on a machine.
func script(sys *fakeSystem, run string, from Progress) (out string, status int, steps []Progress) {
	l := &fakeLine{}
	c := New(sys, l, &Command{Name: "die", Summary: "kill this core", Deadly: always, Run: func(*Call) error { return nil }})
	c.OnProgress = func(p Progress) { steps = append(steps, p) }
	status = c.Resume(run, from)
	return l.text(), status, steps
}

func TestScript(t *testing.T) {
	tests := []struct {
		run    string
		status int
		want   string // the whole output
	}{
		{"echo a; echo b", OK, "atoll> echo a\na\natoll> echo b\nb\n@1 exit status=0\n"},
		{`nix; echo "a; b"; mem 2`, Usage, "atoll> nix\nunknown command \"nix\"; type help for a list\n" +
			"atoll> echo \"a; b\"\na; b\natoll> mem 2\nmem: core 2 is not up\n@1 exit status=2\n"},
		{"mem 2; nix", Failed, "atoll> mem 2\nmem: core 2 is not up\natoll> nix\n" +
			"unknown command \"nix\"; type help for a list\n@1 exit status=1\n"},
		{"echo a; poweroff; echo never", OK, "atoll> echo a\na\natoll> poweroff\n@1 exit status=0\n"},
		{"poweroff 7", 7, "atoll> poweroff 7\n@1 exit status=7\n"},
		{"mem 2; poweroff 0", Failed, "atoll> mem 2\nmem: core 2 is not up\natoll> poweroff 0\n@1 exit status=1\n"},
		{"", Usage, "run=: there is no command in it\n@1 exit status=2\n"},
		{" ; ", Usage, "run=: there is no command in it\n@1 exit status=2\n"},
		{`echo a; echo "b`, Usage, "run=: the double quote at column 14 is never closed\n@1 exit status=2\n"},
	}
	for _, tt := range tests {
		t.Run(tt.run, func(t *testing.T) {
			sys := newFake(3)
			sys.self, sys.down[2] = 1, true
			l := &fakeLine{}
			status := New(sys, l).Script(tt.run)
			if l.text() != tt.want || status != tt.status {
				t.Errorf("status %d, output:\n%swant %d:\n%s", status, l.text(), tt.status, tt.want)
			}
			if fmt.Sprint(sys.off) != fmt.Sprint([]int{tt.status}) {
				t.Errorf("powered off with %v, want %d once", sys.off, tt.status)
			}
		})
	}
}

// A reboot ends the script without a status.
func TestScriptReboot(t *testing.T) {
	sys := newFake(1)
	out, _, _ := script(sys, "reboot; echo never", Progress{})
	if out != "atoll> reboot\n" || sys.reboots != 1 || len(sys.off) != 0 {
		t.Errorf("%d reboots, powered off %v, output:\n%s", sys.reboots, sys.off, out)
	}
}

// A machine that cannot be powered off is not a success. It says so, and then its
// harts are stopped. Sabotage: leave out Halt in exit.
func TestScriptStaysOn(t *testing.T) {
	sys := newFake(1)
	sys.offErr = errBroken
	out, status, _ := script(sys, "echo a", Progress{})
	if status != Failed || sys.halts != 1 || !strings.HasSuffix(out, "@0 exit status=0\ncannot power off: the finisher did not answer within 1s; you may switch the machine off now\n") {
		t.Errorf("status %d, %d halts, output:\n%s", status, sys.halts, out)
	}
}

// Whenever the owner of the console dies, the next one begins no command that
// was begun, and ends with the right status. Dying is the point of "die".
func TestResume(t *testing.T) {
	const run = "echo a; mem 7; die; echo b"
	_, status, steps := script(newFake(2), run, Progress{})
	want := []Progress{{1, Failed}, {2, Failed}, {3, Usage}, {4, Usage}, {4, Usage}}
	if status != Usage || fmt.Sprint(steps) != fmt.Sprint(want) {
		t.Fatalf("status %d, progress %v, want %v", status, steps, want)
	}
	for _, at := range steps {
		sys := newFake(2)
		sys.self = 1
		out, status, _ := script(sys, run, at)
		if begun := strings.Count(out, prompt); begun != 4-at.Next {
			t.Errorf("from %v: %d commands begun, want %d:\n%s", at, begun, 4-at.Next, out)
		}
		if !strings.HasPrefix(out, fmt.Sprintf("core 1 goes on with run= after %s of 4\n", plural(at.Next, "command"))) {
			t.Errorf("from %v: no such sentence:\n%s", at, out)
		}
		if status != at.Status || !strings.HasSuffix(out, fmt.Sprintf("@1 exit status=%d\n", status)) {
			t.Errorf("from %v: status %d:\n%s", at, status, out)
		}
	}
	_, _, steps = script(newFake(2), "die; echo a", Progress{})
	if want := []Progress{{1, OK}, {2, Failed}, {2, OK}}; fmt.Sprint(steps) != fmt.Sprint(want) {
		t.Errorf("progress %v, want %v", steps, want)
	}
}

// Progress comes from another core: whatever it holds, the script ends.
func TestResumeBadProgress(t *testing.T) {
	for _, p := range []Progress{{-5, 0}, {100, 1}, {1 << 40, -1}, {0, 1 << 20}} {
		sys := newFake(1)
		out, status, _ := script(sys, "echo a", p)
		if status != p.Status&0xff || len(sys.off) != 1 || !strings.Contains(out, "@0 exit status=") {
			t.Errorf("%v: status %d, output:\n%s", p, status, out)
		}
	}
}
