package boot

import (
	"testing"

	"atoll/test/instance/harness"
	"atoll/test/qemu"
)

// orphans is typed at the shell. The core dies of a shell that this has begun there, and of a process whose child lives here: the user has the first shell again, which is told
// of both; init gets the child, and waits for it.
var orphans = []typedKeys{
	{"sh -c 'sleep 3 & exec on 2 sh -c \"echo up; exec sleep 100\"' &\r", `up$`},
	{"on 2 sh\r", atPrompt}, {"cat /mk/core\r", `^2$`},
	{"mk crash 2 panic\r", atPrompt}, {"echo s=$? core=$(cat /mk/core)\r", `^s=137 core=0$`},
	{"wait; until [ $(ps | grep -c sleep) = 0 ]; do true; done; ps | grep -c ' Z '; grep -c ' ghosts=0 ' /proc/realm\r", `^0$`},
	{"", `^1$`},
	{"mk start 2 | grep -c state=up\r", `^1$`},
	{"on 2 cat /mk/core\r", `^2$`},
	{"exit\r", `Welcome to u-root`}, // init ends with the shell, and is begun again
	{"", atPrompt}, {"poweroff\r", `@0 exit status=0`},
}

// TestS99Orphans has a core of a shell die, and looks for what stays behind.
// Sabotages: in orphanChildren, keep the children; in Lost, keep the ghosts.
func TestS99Orphans(t *testing.T) {
	t.Parallel()
	o := machine(3)
	o.Initrd = harness.With(t, harness.Shell(t, shellCommands...), "./user/programs/on", "./user/programs/ps", "./user/programs/mk")
	g := qemu.Start(t, o)
	g.ExpectText(atPrompt)
	for _, k := range orphans {
		if g.Send(k.keys); k.shows == atPrompt {
			g.ExpectText(k.shows)
		} else {
			g.Expect(k.shows)
		}
	}
	if status := g.Wait(); status != 0 {
		t.Errorf("status %d", status)
	}
}
