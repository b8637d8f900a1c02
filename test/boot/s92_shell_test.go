package boot

import (
	"slices"
	"strings"
	"testing"

	"atoll/test/instance/harness"
	"atoll/test/qemu"
)

// shellCommands are those that the stage needs: to build all takes longer.
var shellCommands = []string{"sh", "cat", "grep", "head", "init", "ls", "poweroff", "ps", "readlink", "rm", "seq", "sleep", "sort", "tr", "uname", "wc", "yes"}

// shellRun is a line for the shell, and how a line begins that it says.
type shellRun struct{ line, says string }

var shellRuns = []shellRun{
	{`echo in a shell`, "in a shell"},
	{`seq 1 1000 | sort -n -r | head -n 1`, "1000"},
	{`cd /tmp && echo abc > f && cat f f | tr abc xyz && rm f && ls`, "xyz"},
	{`echo inner | sh -c cat`, "inner"},
	{`ps | grep sh | wc -l && readlink /proc/self/exe`, "/bbin/bb"},
	{`cat /mk/core && cat /mk/cores && grep -i harts: /mk/plan`, "0 up 1"},
	{`for i in 1 2 3; do echo loop-$i; done; uname -a`, "loop-3"},
	{`mk version || echo mk may do nothing`, "mk may do nothing"},
}

// mkRuns are those for a shell that may give the console commands.
var mkRuns = []shellRun{
	{`mk version`, " @0 version go=go"},
	{`mk cores | grep -v replica | wc -l`, "3"},
	{`mk ping 0 9 || echo status $?`, "status 2"},
	{`for i in 1 2 3 4 5 6 7 8 9; do sleep 60 & done; mk audit | grep -q violations=0 && echo ten map one program`, "ten map one program"},
	{`(echo echo a script; echo unknown) | mk || echo status $?`, "a script"},
}

// TestS92Shell runs u-root's shell and commands, unmodified: pipes, redirection, processes; then
// init, with which a console begins, which begins the shell: that reads what is typed, init begins it again,
// and both are left by Ctrl-]. There mk
// gives the console commands, and has a prompt with its completion; poweroff ends the machine.
// Sabotages: in Fork of a table, leave out the files; in open of a session, leave out the shell, or in first, init;
// write no alias into the program of the commands; in Start of a userland, leave out the commander,
// or in Console of a program the check of it; in Mappings, say of each process what it maps of the archive.
func TestS92Shell(t *testing.T) {
	t.Parallel()
	o := machine(1)
	if soak() {
		o.Initrd = harness.Shell(t)
	} else {
		o.Initrd = harness.Shell(t, shellCommands...)
	}
	runs := slices.Clone(shellRuns)
	if soak() { // which takes a minute to compile
		runs = append(runs, shellRun{"sqlite-demo", "sqlite-demo: SQLite "})
	}
	var commands []string
	for _, r := range runs {
		commands = append(commands, `run sh -c "`+r.line+`"`)
	}
	for _, r := range mkRuns {
		commands = append(commands, `run -mk sh -c "`+r.line+`"`)
	}
	console := run(t, o, strings.Join(commands, "; "))
	for _, r := range append(runs, mkRuns...) {
		if !strings.Contains(console, "\n"+r.says) && !strings.Contains(console, "\r"+r.says) {
			t.Errorf("%s: %q is not said", r.line, r.says)
		}
	}
	g := qemu.Start(t, o)
	g.ExpectText("Welcome to u-root!")
	g.ExpectText(`\$ `)
	g.Send("grep tmpfs /proc/mounts && exit 0\r")
	g.ExpectText("tmpfs /tmp tmpfs")
	g.ExpectText("@0 program name=init pid=1 status=0")
	g.ExpectText("Welcome to u-root!")
	g.ExpectText(`\$ `)
	g.Send("echo $((6 * 7)) in a shell | tr s S\r")
	g.ExpectText("42 in a Shell")
	g.Send("mk\r")
	g.ExpectText("mk> ")
	g.Send("ver\t; echo \x03vers\tagain\r")
	g.ExpectText("version: unexpected argument")
	g.Send("run -mk \t\r")
	g.ExpectText("run: the name of a program is needed")
	g.Send("\x04")
	g.ExpectText(`\$ `)
	g.Send("\x1d")
	g.ExpectText("atoll> ")
	g.Send("sh\r")
	g.ExpectText(`\$ `)
	g.Send("poweroff\r")
	g.ExpectText("@0 exit status=0")
	if status := g.Wait(); status != 0 {
		t.Errorf("status %d", status)
	}
}
