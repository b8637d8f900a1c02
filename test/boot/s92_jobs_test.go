package boot

import (
	"slices"
	"testing"

	"atoll/test/instance/harness"
	"atoll/test/qemu"
)

// typedKeys is what somebody types at the shell, and the line that is to be on the screen then.
type typedKeys struct{ keys, shows string }

// jobSession is a session with jobs: one is stopped by a key, goes on in the background and in the
// foreground, and ends by a key; one is killed by its number; a pipeline stops, goes on and ends as one; a
// loop without a process is interrupted; who reads in the background is stopped. Then Tab, the keys of
// history, and an exit with a stopped job. A key is pressed when a line has said that who is to get it is
// there.
var jobSession = []typedKeys{
	{"sh -c 'echo up; exec sleep 100'\r", `^up$`},
	{"\x1a", `^\[1\]\+  Stopped +sh -c 'echo up; exec sleep 100'$`},
	{"bg\r", `^\[1\]  sh -c 'echo up; exec sleep 100' &$`},
	{"jobs\r", `^\[1\]\+  Running +sh -c 'echo up; exec sleep 100' &$`},
	{"fg\r", `^sh -c 'echo up; exec sleep 100'$`},
	{"\x03echo s=$?\r", `^s=130$`},
	{"sh -c 'echo up; exec head -n 1'\r", `^up$`},
	{"a line\r", `^a line$`},
	{"", `^a line$`},
	{"yes > /dev/null &\r", `^\[1\]$`},
	{"jobs\r", `^\[1\]\+  Running +yes >/dev/null &$`},
	{"kill %1; wait %1; echo s=$?\r", `^s=143$`},
	{"\r", `^\[1\]\+  Terminated +yes >/dev/null$`},
	{"yes | cat | sh -c 'echo up; exec wc -l'\r", `^up$`},
	{"\x1a", `^\[1\]\+  Stopped +yes | cat`},
	{"fg\r", `^yes \| cat`},
	{"\x03ps | grep -c yes\r", `^0$`},
	{"{ echo up; while true; do :; done; }\r", `^up$`},
	{"\x03echo s=$?\r", `^s=130$`},
	{"for i in 1 2; do sleep 100 & done; jobs\r", `^\[1\]-  Running +sleep 100 &$`},
	{"", `^\[2\]\+  Running +sleep 100 &$`},
	{"kill %1 %2; wait; jobs\r", `^\[2\]\+  Terminated +sleep 100$`},
	{"for i in 2 1; do on $i cat /mk/core & done | sort | tr 12 ab\r", `^a$`},
	{"", `^b$`},
	{"cat &\r", `^\[1\]$`},
	{"wait; jobs\r", `^\[1\]\+  Stopped +cat$`},
	{"fg\r", `^cat$`},
	{"to cat\r", `^to cat$`},
	{"", `^to cat$`},
	{"\x04echo s=$?\r", `^s=0$`},
	{"ech\to tab\t\r", `^o tab$`},
	{"cd /tm\t && pwd\r", `^/tmp$`},
	{"cd /; ls -d /mk/cor\t\t\r", `^core +cores$`},
	{"\x1b[A\x1b[A\r", `^/tmp$`},
	{"sleep 100 &\r", `^\[1\]$`},
	{"kill -STOP %1; wait; exit\r", `^sh: there are stopped jobs$`},
}

// consoleSession is commands of the console.
var consoleSession = []typedKeys{
	{"mk version\r", `^ ?@0 version go=go`},
	{"mk ping 0 9; echo s=$?\r", `^s=2$`},
}

// onwardSession is a job of a shell of another core that goes on to a third.
var onwardSession = []typedKeys{
	{"on 2 sh -c 'echo up; exec cat'\r", `^up$`},
	{"to core 2\r", `^to core 2$`},
	{"", `^to core 2$`},
	{"\x1a", `^\[1\]\+  Stopped +on 2 sh`},
	{"bg; wait; jobs\r", `^\[1\]\+  Stopped +on 2 sh`}, // it reads
	{"fg\r", `^on 2 sh`},
	{"again\r", `^again$`},
	{"", `^again$`},
	{"\x03", atPrompt},
	{"echo s=$?\r", `^s=130$`},
	{"on 2 sh -c 'echo up; exec sleep 100'\r", `^up$`},
	{"\x1a", `^\[1\]\+  Stopped +on 2 sh`},
	{"kill -CONT %1; jobs\r", `^\[1\]\+  Running +on 2 sh`},
	{"kill -9 %1; wait; jobs\r", `^\[1\]\+  Killed +on 2 sh`},
	{"sh -c \"on 2 sh -c 'echo up; exec sleep 100'; true\"\r", `^up$`}, // its parent is of the job, too
	{"\x1a", `^\[1\]\+  Stopped +sh -c`},
	{"cat /proc/[0-9]*/stat | grep -c '[)] T'\r", `^2$`},
	{"kill -9 %1; wait; jobs\r", `^\[1\]\+  Killed +sh -c`},
	{"sh -c 'on 2 cat; true' &\r", `^\[1\]$`},
	{"wait; jobs\r", `^\[1\]\+  Stopped +sh -c`},
	{"kill -9 %1; wait; jobs\r", `^\[1\]\+  Killed +sh -c`},
}

// TestS92Jobs types that at the shell that init begins, at one that the console begins on another core, and at one that has moved there.
// Sabotages: in controlInput, say of no group that it is one; in run of package monitor, lend no commander; in begin of user/sh's jobs, give no terminal; in watch, do not ask for who is stopped; in await, wait on.
func TestS92Jobs(t *testing.T) {
	t.Parallel()
	o := machine(3)
	o.Initrd = harness.With(t, harness.Shell(t, shellCommands...), "./user/programs/on")
	g := qemu.Start(t, o)
	for _, c := range []struct {
		begin   []string
		session []typedKeys
	}{
		{[]string{""}, slices.Concat(consoleSession, jobSession)},
		{[]string{"run -t -mk -core 1 sh\r"}, slices.Concat(consoleSession, jobSession)},
		{[]string{"run -t sh\r", "on 1 sh\r"}, slices.Concat(onwardSession, jobSession)},
	} {
		for _, line := range c.begin {
			g.Send(line)
			g.ExpectText(atPrompt)
		}
		for _, k := range c.session {
			if g.Send(k.keys); k.shows == atPrompt {
				g.ExpectText(k.shows)
			} else {
				g.Expect(k.shows)
			}
		}
		g.Send("\x1d")
		g.ExpectText("atoll> ")
	}
	g.Send("poweroff\r")
	if status := g.Wait(); status != 0 {
		t.Errorf("status %d", status)
	}
}
