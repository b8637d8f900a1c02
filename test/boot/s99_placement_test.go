package boot

import (
	"testing"

	"atoll/test/instance/harness"
	"atoll/test/qemu"
)

// placements is typed at a shell whose four background programs keep four cores busy: what is in the foreground stays with it, affinity is obeyed, and a
// program that was placed elsewhere gives the console commands.
var placements = []typedKeys{
	{"taskset -c 0 spin 1 &\r", atPrompt}, // two are on core 0
	{"until [ $(ps | grep -c ' spin$') = 5 ]; do sleep 1; done; cat /mk/core\r", `^0$`},
	{"taskset -c 2 cat /mk/core & wait $!\r", `^2$`},
	{"taskset -c 0 cat /mk/core & wait $!\r", `^0$`}, // before the prompt, though taskset had been placed elsewhere
	{"spin 1 & spin 1 & spin 1 & spin 1 &\r", atPrompt},
	{"mk version & wait $!\r", `^ ?@0 version go=`},
}

// TestS99Placement has programs placed on the cores that have least to do.
// Sabotages: in LeastLoaded, stay; in rooted, leave out the foreground; in takeSeat, do not look at the affinity; in ask of package spawn, answer nothing; in
// openConsole, open the core's.
func TestS99Placement(t *testing.T) {
	t.Parallel()
	const cores = 4
	o := machine(cores)
	o.Initrd = harness.With(t, harness.Shell(t, shellCommands...), "./user/programs/spin", "./user/programs/mk", "./user/programs/ps", "./user/programs/taskset")
	g := qemu.Start(t, o)
	g.ExpectText(atPrompt)
	g.Send("cat /mk/core\r")
	g.Expect(`^0$`)
	g.Send("for i in 1 2 3 4; do spin 1 & done\r")
	g.Send("until [ $(ps | grep -c ' spin$') = 4 ]; do sleep 1; done; ps\r")
	on := map[string]bool{}
	for range cores {
		on[g.Expect(`^\d+ +\d+ +(\d) .* spin`)[1]] = true
	}
	if len(on) != cores {
		t.Errorf("four programs run on the cores %v", on)
	}
	for _, k := range placements {
		if g.Send(k.keys); k.shows == atPrompt {
			g.ExpectText(k.shows)
		} else {
			g.Expect(k.shows)
		}
	}
	g.Send("kill %1 %2 %3 %4 %5 %6 %7 %8 %9; wait; echo all have ended\r")
	g.Expect(`^all have ended$`)
	g.Send("mk audit | grep -c violations=0\r")
	g.Expect(`^1$`)
	g.Send("poweroff\r")
	g.Expect(`@0 exit status=0`)
	if status := g.Wait(); status != 0 {
		t.Errorf("status %d", status)
	}
}
