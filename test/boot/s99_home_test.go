package boot

import (
	"fmt"
	"testing"
	"time"

	"atoll/test/instance/harness"
	"atoll/test/qemu"
)

// homeHarms are what the shell of another core has on all, one after the other, as its core dies.
var homeHarms = []string{"hog tasks", "spin 4", "yes | cat > /dev/null"}

// TestS99Home has a shell on another core than the console's, which has harm on every core, and whose core dies: all that it has begun anywhere
// ends with it, and nothing is left. Sabotage: in Lost, do not end what the home has begun.
func TestS99Home(t *testing.T) {
	t.Parallel()
	o := machine(stormCores)
	o.Initrd = harness.With(t, harness.Shell(t, shellCommands...), "./user/programs/hog", "./user/programs/spin", "./user/programs/on",
		"./user/programs/mk", "./user/programs/taskset")
	o.Deadline = 3 * time.Minute
	g := qemu.Start(t, o)
	command := func(line string) {
		g.ExpectText("atoll> ")
		g.Send(line + "\n")
	}
	g.ExpectText(atPrompt)
	g.Send("\x1d") // to the console
	warm := fmt.Sprintf("run sh -c %q; run -core 1 sh -c %q; ps", meet, meet)
	command(warm)
	for _, harm := range homeHarms {
		command("run -t -mk -core 1 sh")
		g.ExpectText(atPrompt)
		for core := range stormCores {
			g.Send(fmt.Sprintf("taskset -c %d %s &\r", core, harm))
		}
		time.Sleep(grows)
		g.Send("ps; echo =here=\r")
		g.ExpectText("^=here=")
		g.Send("mk crash 1 panic\r")
		g.Expect(`@0 dead core=1`)
		command("start 1")
		g.Expect(`@1 up`)
		command(warm)
	}
	command("audit; poweroff")
	leftNothing(t, g)
}
