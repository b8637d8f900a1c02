package boot

import (
	"testing"
	"time"

	"atoll/test/instance/harness"
	"atoll/test/qemu"
)

// TestS99Shell has the core die where the first shell lives, and then the core of the shell in its place: each time the console's next owner begins another,
// what the old one had begun on other cores has ended, and a core that lives again is of use to it.
// Sabotages: in serve of a session, begin no shell; in first, do not tell that it runs.
func TestS99Shell(t *testing.T) {
	t.Parallel()
	o := machine(3)
	o.Initrd = harness.With(t, harness.Shell(t, shellCommands...), "./user/programs/on", "./user/programs/ps", "./user/programs/spin")
	o.Deadline = 2 * time.Minute
	g := qemu.Start(t, o)
	g.ExpectText(atPrompt)
	for _, c := range []struct{ here, next string }{{"0", "1"}, {"1", "0"}} {
		g.Send("cat /mk/core\r")
		g.Expect("^" + c.here + "$")
		g.Send("on 2 spin 1 & on " + c.next + " spin 1 & sleep 1; echo begun; mk crash " + c.here + " panic\r")
		g.Expect(`^begun$`)
		g.Expect("@" + c.next + " dead core=" + c.here + " cause=panic")
		g.Expect(`^The shell has ended with its core, and so has what it had begun`)
		g.ExpectText(atPrompt)
		g.Send("ps | grep -c spin; cat /mk/core\r")
		g.Expect(`^0$`)
		g.Expect("^" + c.next + "$")
		g.Send("mk start " + c.here + " | grep -c state=up\r")
		g.Expect(`^1$`)
		g.Send("on " + c.here + " cat /mk/core\r")
		g.Expect("^" + c.here + "$")
		g.Send("mk audit | grep -c violations=0\r")
		g.Expect(`^1$`)
	}
	g.Send("\x1d") // to the console, whose owner's death begins no shell now
	g.ExpectText("atoll> ")
	g.Send("crash 0 panic\r")
	g.Expect(`Console of core 1`)
	g.ExpectText("atoll> ")
	g.Send("poweroff\r")
	if status := g.Wait(); status != 0 {
		t.Errorf("status %d", status)
	}
}
