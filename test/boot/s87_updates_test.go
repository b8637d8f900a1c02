package boot

import (
	"fmt"
	"strings"
	"testing"

	"atoll/test/qemu"
)

// TestS87Updates has programs on several cores write the same lines of a frame that one has passed to
// the others: no update is lost, as the programs see, and nothing is left. A core that is not there is
// an error, at once.
// Sabotage: add to the lines without an atomic.
func TestS87Updates(t *testing.T) {
	t.Parallel()
	const cores = 3
	status, console := qemu.RunCommands(t, withPrograms(t, cores),
		"run hello; run -core 1 hello; run -core 2 hello; ps; run updates 0,1,2 20ms; run -core 1 updates 1,0 20ms; run updates 0,7; ps; audit")
	if exit := exitStatus(t, console); exit != 1 || status != 1 {
		t.Fatalf("exit status %d, QEMU's %d; want 1\n%s", exit, status, kernelPart(console))
	}
	for n, times := range map[int]int{1: 3, 2: 2, 3: 1} { // with one core also before the one that is not there
		for lines := 1; lines <= 8; lines *= 2 {
			if got := strings.Count(console, fmt.Sprintf("\nupdates: %d cores, %d lines: ", n, lines)); got != times {
				t.Errorf("%d cores and %d lines were measured %d times, not %d:\n%s", n, lines, got, times, kernelPart(console))
			}
		}
	}
	if want := "updates: core 7: the core cannot run that program, or there is no such core"; !strings.Contains(console, want) {
		t.Errorf("no %q:\n%s", want, kernelPart(console))
	}
	checkLeft(t, console)
	if v := only(t, console, "audit").Int("violations"); v != 0 {
		t.Errorf("%d violations", v)
	}
}
