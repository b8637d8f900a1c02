package boot

import (
	"encoding/json"
	"strings"
	"testing"

	"atoll/test/instance/harness"
)

// Stage 94: what calls of Linux cost, counted.

// linuxFigures are those of linuxbench, with the most instructions that each may take on one
// hart: what Linux 6.12 takes, or a third of it for the way from power-on; of a read, which
// takes more than there, what lets a collection of the kernel's heap fall into it.
var linuxFigures = map[string]float64{
	"started_ns": 330e6, "null_ns": 434, "futex_ns": 12_500, "pipe_ns": 13_900, "fault_ns": 4440,
	"read_ns": 8_000, "open_ns": 10_000, "fork_ns": 257_000, "spawn_ns": 263_000, "unmap1_ns": 12_600, "protect1_ns": 6_600,
}

// TestS94Linuxbench has the program measure all that it can, on a machine that counts.
// Sabotage: have forkCode call number 221 instead of 220.
func TestS94Linuxbench(t *testing.T) {
	t.Parallel()
	o := machine(1)
	o.Machine.Extra = []string{"-icount", "shift=0"}
	o.Initrd = harness.Archive(t, "./user/programs/linuxbench")
	console := run(t, o, "run linuxbench -json")
	_, line, ok := strings.Cut(console, `{"event"`)
	var r map[string]any
	if line, _, _ = strings.Cut(line, "\n"); !ok || json.Unmarshal([]byte(`{"event"`+line), &r) != nil {
		t.Fatalf("no record:\n%s", kernelPart(console))
	}
	for key, most := range linuxFigures {
		if v, _ := r[key].(float64); v <= 0 || v > most {
			t.Errorf("%s is %v, at most %.0f", key, r[key], most)
		}
	}
}
