package console

import (
	"fmt"
	"strings"
	"testing"
)

// A script goes on behind the command that ended its owner, and that is no
// failure; the death of another core's command is one.
func TestScriptDeath(t *testing.T) {
	for _, tt := range []struct {
		run    string
		at     Progress // where core 0 has died
		status int
	}{
		{"crash 0 panic; echo b", Progress{1, OK}, OK},
		{"crash 00 oom -json; echo b", Progress{1, OK}, OK},
		{"stop 0; start 0; cores", Progress{1, OK}, OK},
		{"mem 9; crash -- 0 hang; echo b", Progress{2, Usage}, Usage},
		{"stop 2; crash 0 wild; start 2", Progress{2, OK}, OK},
		{"stop 0", Progress{1, OK}, OK},
		{"stop 1; stop 2; crash 0 oom; cores", Progress{3, OK}, OK}, // nobody is left, which crash allows
	} {
		t.Run(tt.run, func(t *testing.T) {
			sys := newFake(3)
			sys.dies = true
			var steps []Progress
			_, status, last := scriptUntilDeath(sys, tt.run, &steps)
			if last != tt.at || !sys.down[0] || status != -1 {
				t.Fatalf("core 0 down: %v, status %d, progress %v, want %v", sys.down[0], status, steps, tt.at)
			}
			sys.self = 1
			out, status, _ := script(sys, tt.run, tt.at)
			if status != tt.status || strings.Count(out, prompt) != strings.Count(tt.run, ";")+1-tt.at.Next {
				t.Errorf("status %d, want %d; it went on with:\n%s", status, tt.status, out)
			}
			if fmt.Sprint(sys.off) != fmt.Sprint([]int{tt.status}) {
				t.Errorf("powered off with %v", sys.off)
			}
		})
	}
}

// scriptUntilDeath runs a script on a core that dies in it. The status is -1 if
// it did.
func scriptUntilDeath(sys *fakeSystem, run string, steps *[]Progress) (out string, status int, last Progress) {
	l, done := &fakeLine{}, make(chan struct{})
	c := New(sys, l)
	c.OnProgress = func(p Progress) { *steps = append(*steps, p) }
	status = -1
	go func() {
		defer close(done)
		status = c.Script(run)
	}()
	<-done
	return l.text(), status, (*steps)[len(*steps)-1]
}

// Only the commands that can end their own core are excused for its death.
func TestDeadly(t *testing.T) {
	for text, want := range map[string]int{
		"poweroff": OK, "reboot": OK, "poweroff 3": OK,
		"crash 1 panic": OK, "crash 0 panic": Failed, "crash 2 panic": Failed, "crash": Failed, "crash x": Failed, "crash 9 oom": Failed,
		"crash 1 panic -x": Failed, "crash -h 1 panic": Failed, "crash -json 1 panic": OK,
		"stop 1": OK, "stop 01": OK, "stop 0": Failed, "stop": Failed,
		"start 1": Failed, "restart 1": Failed, "echo 1": Failed, "nix 1": Failed, "cores": Failed,
	} {
		sys := newFake(3)
		sys.self = 1
		clauses, err := Split(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := New(sys, &fakeLine{}).ifCutOff(clauses[0]); got != want {
			t.Errorf("status of %q if it is cut off: %d, want %d", text, got, want)
		}
	}
}
