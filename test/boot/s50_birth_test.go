package boot

import (
	"strconv"
	"strings"
	"testing"

	"atoll/test/qemu"
)

// TestS50Birth lets core 0 die while the machine comes up: core 1 has the console, says
// that all is ready, and runs the commands. The moment between the first word of core 0
// and that is short, and may have to be met again.
// Sabotage: let the monitor's inherit return nil.
func TestS50Birth(t *testing.T) {
	t.Parallel()
	for range 8 {
		o := machine(8)
		o.Debug = true
		o.Append = `run="echo begun; ping 1 7 100; cores"`
		g := qemu.Start(t, o)
		g.ExpectText(`OpenSBI`) // QEMU listens
		out := newOutsider(t, g)
		hart, _ := strconv.Atoi(g.Expect(`^@0 up hart=(\d+)`)[1])
		out.derail(hart)
		f := g.Expect(`^@(\d) (?:ready cores=(\d)|peer-dead core=0)$`)
		if f[1] == "0" {
			g.Stop()
			continue
		}
		if f[2] == "" {
			f = g.Expect(`^(?:@(\d) ready cores=(\d)|begun)$`)
		}
		if f[1] == "" { // the machine was up, and core 0 died while it said so
			g.Stop()
			continue
		}
		if f[1] != "1" || f[2] != "7" {
			t.Errorf("core %s is ready with %s cores", f[1], f[2])
		}
		g.Expect(`^begun$`)
		g.Expect(`^@1 ping from=1 to=7 count=100 lost=0 `)
		g.Expect(`^@1 cores up=7 planned=8 dead=1 zombie=0$`)
		g.Expect(`^@1 exit status=0$`)
		if status := g.Wait(); status != 0 || !strings.Contains(g.Console(), "@1 dead core=0 cause=") {
			t.Errorf("QEMU's exit status is %d", status)
		}
		return
	}
	t.Error("core 0 could not be met before the machine was up")
}
