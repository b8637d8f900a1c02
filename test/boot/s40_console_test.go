package boot

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"atoll/test/qemu"
)

// prompt is what the console prints when it waits for a command.
const prompt = `atoll> `

// session boots a machine without run= and waits for the prompt.
func session(t *testing.T, o qemu.Options) *qemu.Guest {
	t.Helper()
	g := qemu.Start(t, o)
	g.Expect(`^@0 ready cores=`)
	g.ExpectText(prompt)
	return g
}

// TestS40Session types commands, with mistakes and corrections, as a person would.
func TestS40Session(t *testing.T) {
	t.Parallel()
	g := session(t, machine(2))
	for _, c := range []struct{ name, keys, want string }{
		{"plain", "echo one\r", `^one$`},
		{"line feed", "echo two\n", `^two$`},
		{"backspace", "echo thh\x7free\r", `^three$`},
		{"control-H", "echo foo\bur\r", `^four$`},
		{"left and insert", "echo fve\x1b[D\x1b[Di\r", `^five$`},
		{"home", "ho six\x01ec\r", `^six$`},
		{"end", "echo seve\x01\x05n\r", `^seven$`},
		{"kill the line", "garbage \"\x15echo eight\r", `^eight$`},
		{"control-C", "echo wrong\x03echo nine\r", `^nine$`},
		{"up", "\x1b[A\r", `^nine$`},
		{"up twice and change", "\x1b[A\x1b[A\x1b[B\x7f\x7f\x7f\x7ften\r", `^ten$`},
		{"completion", "ec\televen\r", `^eleven$`},
		{"several", "echo twelve; echo \"thir;teen\"\r", `^thir;teen$`},
		{"empty", "\r\r   \recho fourteen\r", `^fourteen$`},
		{"unknown", "frobnicate\r", `^[^@]*frobnicate`},
		{"unclosed quote", "echo \"open\r", `^[^@]*quote`},
		{"control bytes", "\x00\x1b[9~\x1b\x02\x06echo fifteen\r", `^fifteen$`},
		{"a fact", "cores\r", `^@0 cores up=2 planned=2 dead=0 zombie=0$`},
	} {
		g.Send(c.keys)
		if m := g.Expect(c.want); m == nil {
			t.Errorf("%s: no answer", c.name)
		}
		g.ExpectText(prompt)
	}
	if strings.Contains(g.Console(), "\nwrong\n") {
		t.Error("a line dropped by control-C was run")
	}
	g.Send("poweroff\r")
	if status := g.Wait(); status != 0 {
		t.Errorf("QEMU's exit status after poweroff is %d", status)
	}
}

// TestS40Interrupt ends commands with Ctrl-C, each in the middle of what it does, and
// checks that nothing of them is left.
// Sabotage: leave watch out of the console's run, or abandon out of call.
func TestS40Interrupt(t *testing.T) {
	t.Parallel()
	g := session(t, machine(3))
	for _, c := range []struct{ command, want string }{
		{"ping 0 1 1000000", "^ping: interrupted$"},
		{"ping 1 2 1000000; echo never", "^ping: interrupted$"},
		{"bench wake 1 0 -n 5000", "^bench: interrupted$"},
		{"bench life 2 -n 1000", `^bench: interrupted( after \d+ rounds)?$`},
		{"bench interference 0 1 2 -t 30000", "^bench: interrupted$"},
		{"restart 2 10000", `^restart: interrupted after \d+ of 10000 rounds$`},
	} {
		g.Send(c.command + "\r")
		time.Sleep(time.Second)
		begin := time.Now()
		g.Send("\x03")
		g.Expect(c.want)
		if d := time.Since(begin); d > 5*time.Second {
			t.Errorf("%s: it took %v", c.command, d)
		}
		g.ExpectText(prompt)
	}
	g.Send("ping 0 1 10; ping 1 2 10; bench wake 1 0 -n 5\r")
	g.Expect(`^@0 ping from=1 to=2 count=10 lost=0 `)
	g.Expect(`^@0 bench-wake from=1 to=0 `)
	g.Send("cores\r")
	g.Expect(`^@0 cores up=3 planned=3 dead=0 zombie=0$`)
	if strings.Contains(g.Console(), "\nnever\n") {
		t.Error("what stood behind an interrupted command was run")
	}
	g.Send("poweroff\r")
	if status := g.Wait(); status != 0 {
		t.Errorf("QEMU's exit status is %d", status)
	}
}

// TestS40TypedAhead types lines while a command runs that ends with the death of the
// console's core. Its successor goes on with them, and begins each once; then the same
// again, with that one's death.
// Sabotage: leave OnTyped out of the session; leave tell out of the console's run.
func TestS40TypedAhead(t *testing.T) {
	t.Parallel()
	g := session(t, machine(3))
	g.Send("restart 2 5; crash 0 panic\recho ahead-1; ping 1 2 10\recho ahead-2; start 0\r")
	g.Expect(`^ahead-1$`)
	g.Expect(`^@1 ping from=1 to=2 count=10 lost=0 `)
	g.Expect(`^ahead-2$`)
	g.Expect(`^@1 start core=0 state=up incarnation=2 `)
	g.Send("restart 2 5; crash 1 panic\recho ahead-3; cores\r")
	g.Expect(`^ahead-3$`)
	g.Expect(`^@0 cores up=2 planned=3 dead=1 zombie=0$`)
	for i := range 3 {
		if n := strings.Count(strings.ReplaceAll(g.Console(), "\r", ""), fmt.Sprintf("\nahead-%d\n", i+1)); n != 1 {
			t.Errorf("line %d was run %d times", i+1, n)
		}
	}
	g.Send("poweroff\r")
	if status := g.Wait(); status != 0 {
		t.Errorf("QEMU's exit status is %d", status)
	}
}

// TestS40ExitStatus checks the status of run=, on the console and as QEMU's.
func TestS40ExitStatus(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		commands string
		status   int
		sentence string // what must be on the console
	}{
		{"echo a", 0, "\na\n"},
		{"frobnicate", 2, "frobnicate"},
		{"ping", 2, "two cores are needed"},
		{"ping 0 7", 2, "no core"},
		{"ping 0 0", 2, "ping"},
		{"ping 0 1 many", 2, "many"},
		{"cores extra", 2, "extra"},
		{"mem 99", 2, "no core"},
		{"frobnicate; echo \"went \\\"on\\\"\"", 2, "\nwent \"on\"\n"},
		{"poweroff 3", 3, "exit status=3"},
		{"echo \"a; b\"; echo c", 0, "\na; b\n"},
		{";", 2, "no command"},
		{strings.Repeat("echo a;", 400), 2, "there is room for 2048"},
	} {
		t.Run(c.commands, func(t *testing.T) {
			status, console := qemu.RunCommands(t, machine(2), c.commands)
			if got := exitStatus(t, console); got != c.status || status != c.status {
				t.Errorf("exit status %d, QEMU's %d, want %d", got, status, c.status)
			}
			if !strings.Contains(kernelPart(console), c.sentence) {
				t.Errorf("%q is not on the console:\n%s", c.sentence, kernelPart(console))
			}
		})
	}
}

// commands are the commands that print data, with arguments for two cores.
var commands = []string{"help", "cores", "plan", "audit", "ping 0 1 10", "mem", "msgs 1", "bench ump -n 20"}

// TestS40JSON checks that -json makes every command print JSON and nothing else.
func TestS40JSON(t *testing.T) {
	t.Parallel()
	var all []string
	for _, c := range commands {
		name, args, _ := strings.Cut(c, " ")
		all = append(all, strings.TrimSpace(name+" -json "+args))
	}
	console := run(t, machine(2), strings.Join(all, "; "))
	parts := strings.Split(console[:strings.Index(console, "@0 exit ")], prompt)[1:]
	if len(parts) != len(all) {
		t.Fatalf("%d commands were run, want %d:\n%s", len(parts), len(all), kernelPart(console))
	}
	for i, part := range parts {
		t.Run(commands[i], func(t *testing.T) {
			lines := strings.Split(strings.TrimRight(part, "\n"), "\n")
			if lines[0] != all[i] || len(lines) < 2 {
				t.Fatalf("no output:\n%s", part)
			}
			for _, line := range lines[1:] {
				if !json.Valid([]byte(line)) || !strings.HasPrefix(line, "{") {
					t.Errorf("not an object: %s", line)
				}
			}
		})
	}
}

// TestS40Help checks that every command that help lists explains itself.
func TestS40Help(t *testing.T) {
	t.Parallel()
	var asked []string
	for _, o := range objects(t, run(t, machine(1), "help -json")) {
		if name, ok := o["name"].(string); ok && o["event"] == "command" {
			asked = append(asked, "help "+name)
		}
	}
	if len(asked) < len(commands) {
		t.Fatalf("help lists only %q", asked)
	}
	console := run(t, machine(1), strings.Join(asked, "; "))
	for _, c := range asked {
		_, after, found := strings.Cut(console, prompt+c+"\n")
		if line, _, _ := strings.Cut(after, "\n"); !found || line == "" || strings.HasPrefix(line, prompt) {
			t.Errorf("%s prints nothing", c)
		}
	}
}

// TestS40Reboot starts a machine afresh from its prompt.
func TestS40Reboot(t *testing.T) {
	t.Parallel()
	o := machine(2)
	o.Reboots = true
	g := session(t, o)
	g.Send("reboot\r")
	g.Expect(`^@0 ready cores=2$`)
	g.ExpectText(prompt)
	g.Send("poweroff\r")
	if status := g.Wait(); status != 0 {
		t.Errorf("QEMU's exit status is %d", status)
	}
}

// TestS40WholeLines checks that lines of different cores never mix: whatever begins
// like a fact is one.
func TestS40WholeLines(t *testing.T) {
	t.Parallel()
	console := run(t, machine(8), "cores; audit; ping 0 7 50; mem")
	for line := range strings.Lines(kernelPart(console)) {
		line = strings.TrimRight(line, "\n")
		if _, ok := qemu.ParseFact(line); strings.Contains(line, "@") && !ok {
			t.Errorf("not a whole fact: %q", line)
		}
	}
}

// TestS40Messages checks that messages are counted by type, at both ends. The cores also
// ping one another by themselves, 16 times each.
// Sabotage: count no message in transmit, or none in receive.
func TestS40Messages(t *testing.T) {
	t.Parallel()
	want := map[string]map[string]float64{
		"ping": {"out": 1500, "in": 1500, "dropped": 0}, "pong": {"out": 1500, "in": 1500, "dropped": 0},
		"ask-ping": {"out": 1, "in": 1, "dropped": 0}, "unknown": {"out": 0, "in": 0, "dropped": 0},
	}
	for _, o := range objects(t, run(t, machine(3), "ping 1 2 1500; msgs -json")) {
		name, _ := o["name"].(string)
		for key, n := range want[name] {
			got, _ := o[key].(float64)
			if got < n || got > n && (n < 1500 || got > n+6*16) {
				t.Errorf("%s: %s is %v, not %v", name, key, got, n)
			}
		}
		delete(want, name)
	}
	if len(want) > 0 {
		t.Errorf("no counts of %v", want)
	}
}

// objects returns the JSON objects among the console's lines.
func objects(t *testing.T, console string) []map[string]any {
	t.Helper()
	var all []map[string]any
	for line := range strings.Lines(console) {
		if !strings.HasPrefix(line, "{") {
			continue
		}
		var o map[string]any
		if err := json.Unmarshal([]byte(line), &o); err != nil {
			t.Errorf("%v: %s", err, line)
		}
		all = append(all, o)
	}
	return all
}
