package boot

import (
	"strings"
	"testing"

	"atoll/test/instance/harness"
	"atoll/test/qemu"
)

// farRuns are lines for the shell whose programs run on other cores.
var farRuns = []shellRun{
	{`taskset -c 2 uname -a`, "Linux atoll "},
	{`on 1 cat /mk/core`, "1"},
	{`on 1 seq 1 50000 | on 2 sort -n -r | head -n 1`, "50000"},
	{`on 2 sh -c 'seq 1 2000 | wc -l; exit 7' || echo status $?`, "2000"},
	{`on 2 sh -c 'exit 7' || echo status $?`, "status 7"},
	{`on 1 on 2 on 0 on 1 cat /mk/core && echo has been around`, "has been around"},
	{`for i in 1 2 3; do on 1 on 2 on 0 sh -c 'printf x'; printf y; done; echo`, "xyxyxy"},
	{`program leave 1 2`, "waits on core 2"},
	{`program leave 1 0 2 1`, "has ended: own=true exited=true status=5 signal=-1 err=<nil>"},
	{`program leave 2`, "is killed: own=true exited=false status=-1 signal=9 err=<nil>"},
	{`program leave 2 1`, "another: no child processes"},
	{`yes | on 1 head -n 1; on 1 yes | head -n 1`, "y"},
	{`echo from core 0 > /tmp/x && on 1 sh -c 'cat /tmp/x && echo and 1 >> /tmp/x' && on 2 grep 1 /tmp/x`, "and 1"},
	{`cd /tmp && on 2 sh -c 'seq 3 > y; ls' && wc -l y && on 1 rm y && ls`, "y"},
	{`taskset -c 3 uname || echo no core 3`, "no core 3"},
	{`on 1 nothing || echo no program`, "no program"},
}

// atPrompt is what the shell shows when it reads a line.
const atPrompt = `\$ `

// farSession is typed at the shell: a process of another core reads from the terminal and is ended by a key, is stopped and goes on, and
// is killed by its number; then its core dies, and the shell goes on.
var farSession = []typedKeys{
	{"on 1 sh -c 'echo up; exec cat'\r", `^up$`},
	{"to core 1\r", `^to core 1$`},
	{"", `^to core 1$`},
	{"\x03", atPrompt}, {"echo s=$?\r", `^s=130$`},
	{"on 1 sh -c 'echo up; exec cat'\r", `^up$`},
	{"\x04echo s=$?\r", `^s=0$`},
	{"on 2 sh -c 'echo up; exec sleep 100'\r", `^up$`},
	{"\x1a", `^\[1\]\+  Stopped +on 2`},
	{"fg\r", `^on 2 sh`},
	{"\x03", atPrompt}, {"echo s=$?\r", `^s=130$`},
	{"on 2 sh -c 'echo up; sleep 100; true' &\r", `up$`},
	{"sleep 1; ps aux | grep -c ' 2 .*sleep 100$'\r", `^1$`},
	{"kill %1; wait %1; echo s=$?\r", `^s=143$`},
	{"on 1 yes | sleep 100 &\r", atPrompt}, {"on 1 sh -c 'exit 9'; echo t=$?\r", `^t=9$`}, // what is stuck holds up nothing else
	{"kill %1; wait; echo stuck\r", `^stuck$`},
	{"on 2 sh -c 'echo up; exec sleep 100' &\r", `up$`},
	{"on 2 sh\r", atPrompt}, {"sh -c 'echo up; exec cat'\r", `^up$`},
	{"to a program of it\r", `^to a program of it$`}, {"", `^to a program of it$`},
	{"\x04cat /mk/core\r", `^2$`}, {"exit\r", atPrompt},
	{"mk crash 2 panic | grep -c dead; wait; echo lost\r", `^lost$`},
	{"on 2 uname || echo core 2 is dead\r", `core 2 is dead$`},
	{"mk start 2 | grep -c state=up\r", `^1$`},
	{"on 2 cat /mk/core\r", `^2$`},
	{"mk audit | grep -c violations=0\r", `^1$`},
	{"on 1 poweroff\r", `@0 exit status=0`},
}

// TestS99Realm runs processes on other cores than the shell's.
// Sabotages: in take of an export, do not progress; in report, tell nothing; in Lost, keep the ghosts; in kill of a realm, forward nothing to groups;
// in twin, leave the path as it is; in reboot, send nothing; in isBack and in bringHome, answer false and do nothing; in
// recordChildren, record none.
func TestS99Realm(t *testing.T) {
	t.Parallel()
	o := machine(3)
	o.Initrd = harness.With(t, harness.Shell(t, shellCommands...), "./user/programs/on", "./user/programs/ps", "./test/boot/program", "./user/programs/taskset")
	var commands []string
	for _, r := range farRuns {
		commands = append(commands, `run sh -c "`+r.line+`"`)
	}
	console := run(t, o, strings.Join(append(commands, "audit"), "; "))
	for _, r := range farRuns {
		if !strings.Contains(console, "\n"+r.says) && !strings.Contains(console, "\r"+r.says) {
			t.Errorf("%s: %q is not said", r.line, r.says)
		}
	}
	if v := only(t, console, "audit").Int("violations"); v != 0 {
		t.Errorf("%d violations", v)
	}
	g := qemu.Start(t, o)
	g.ExpectText(`\$ `)
	for _, k := range farSession {
		if g.Send(k.keys); k.shows == atPrompt { // who dies of a key on another core may read what is typed right behind it
			g.ExpectText(k.shows)
		} else {
			g.Expect(k.shows)
		}
	}
	if status := g.Wait(); status != 0 {
		t.Errorf("status %d", status)
	}
}
