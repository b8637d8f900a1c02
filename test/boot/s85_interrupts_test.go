package boot

import (
	"strings"
	"testing"

	"atoll/test/qemu"
)

// TestS85Interrupts has a program drive the real-time clock by its interrupt, as often as it
// is asked to, and again; not without the capability to the core, nor on a core that does not
// hold the clock. Sabotages: in destroy of domain's irq, do not Drop; in ackIRQ, leave out
// Again; let mayGive not look at the holder.
func TestS85Interrupts(t *testing.T) {
	t.Parallel()
	status, console := qemu.RunCommands(t, withPrograms(t, 2), "run -trusted alarm 11 5; run -trusted alarm 11 200; audit; irqs; "+
		"run alarm 11 1; run -trusted alarm 10 1; run -trusted -core 1 alarm 11 1")
	if status != 1 {
		t.Errorf("status %d, want that of the first that failed", status)
	}
	for _, line := range []string{
		"alarm: source 11 has interrupted 5 times, in as many messages\n",
		"alarm: source 11 has interrupted 200 times, in as many messages\n",
		"alarm: source 11: there is no capability at that address\n",
		"alarm: source 10: the core has no such interrupt source for programs\n",
		"alarm: source 11: the core has no such interrupt source for programs\n",
	} {
		if strings.Count(console, line) != 1 {
			t.Errorf("%q is not there once", line)
		}
	}
	if v := only(t, console, "audit").Int("violations"); v != 0 {
		t.Errorf("%d violations", v)
	}
	if t.Failed() {
		t.Log(kernelPart(console))
	}
}

// TestS85Ends has the program killed that has the clock, and then its core die: another gets
// it each time, and none before. While a program has the registers the audit finds nothing.
// Sabotages: in free, do not delete from sources; in takeSource, do not look at sources.
func TestS85Ends(t *testing.T) {
	t.Parallel()
	g := session(t, withPrograms(t, 2))
	begin := func() (pid string) {
		g.Send("run -trusted -bg alarm 11 1000000\r")
		g.Expect(`alarm: drives source 11`) // only then it has the clock
		g.Send("ps -json 0\r")
		return g.Expect(`"pid":(\d+),"name":"alarm"`)[1]
	}
	rings := func() {
		g.Send("run -trusted alarm 11 5\r")
		g.Expect(`alarm: source 11 has interrupted 5 times`)
	}
	pid := begin()
	g.Send("run -trusted alarm 11 1\r")
	g.Expect(`alarm: source 11: somebody has that interrupt source already`)
	g.Send("audit\r")
	g.Expect(`@0 audit pages=\d+ shared=\d+ violations=0`)
	g.Send("kill 0 " + pid + "\r")
	g.Expect(`@0 program name=alarm pid=` + pid + ` status=137`)
	rings()
	begin()
	g.Send("crash 0 panic\r")
	g.Expect(`@1 dead core=0 cause=`)
	rings()
	g.Send("start 0\r")
	g.Expect(`@1 start core=0 state=up`)
	rings()
	g.Send("audit\r")
	g.Expect(`@1 audit pages=\d+ shared=\d+ violations=0`)
	g.Send("poweroff\r")
	if status := g.Wait(); status != 0 {
		t.Errorf("QEMU's status is %d", status)
	}
}
