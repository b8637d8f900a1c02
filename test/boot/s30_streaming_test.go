package boot

import (
	"strings"
	"testing"

	"atoll/test/qemu"
)

// TestS30WhileStreaming has everything measured while the cores stream to one another.
// What needs the channels for itself says so, and nothing else; the rest is measured.
// Sabotage: let unlessStreaming return nil.
func TestS30WhileStreaming(t *testing.T) {
	t.Parallel()
	kinds := []string{"ump", "pairs", "updates", "binding", "wake", "doorbell 0 1", "life", "agreement", "shootdown", "boot"}
	status, console := qemu.RunCommands(t, machine(2), "soak start; bench "+strings.Join(kinds, " -n 1; bench ")+"; soak stop")
	if exit := exitStatus(t, console); exit != 1 || status != 1 {
		t.Errorf("exit status %d, QEMU's %d; want 1", exit, status)
	}
	parts := strings.Split(console, "atoll> bench ")
	if len(parts) != 1+len(kinds) {
		t.Fatalf("%d commands were run, want %d:\n%s", len(parts)-1, len(kinds), kernelPart(console))
	}
	for i, part := range parts[1:] {
		said := 0
		for line := range strings.Lines(part) {
			if !strings.HasPrefix(line, "bench: ") {
				continue
			}
			if said++; !strings.Contains(line, "soak stop ends that") {
				t.Errorf("%s: %s", kinds[i], line)
			}
		}
		if measured := kinds[i] == "boot"; measured == (said > 0) {
			t.Errorf("%s: %d refusals:\n%s", kinds[i], said, part)
		}
	}
}
