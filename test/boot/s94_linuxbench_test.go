package boot

import (
	"encoding/json"
	"strings"
	"testing"

	"atoll/test/instance/harness"
)

// Stage 94: what calls of Linux cost, counted.

// linuxFigures are those of linuxbench, with the most instructions that each may take on one
// hart: what Linux 6.12 takes, or a third of it for the way from power-on; of a read, a fork and a spawn, which
// take more than there or as much, what lets collections of the kernel's heap fall into them: the least of four runs is
// from 248 to 260 thousand of one image or the next.
var linuxFigures = map[string]float64{
	"started_ns": 330e6, "null_ns": 434, "futex_ns": 12_500, "pipe_ns": 13_900, "fault_ns": 4440,
	"read_ns": 8_000, "open_ns": 10_000, "fork_ns": 266_000, "spawn_ns": 266_000, "unmap1_ns": 12_600, "protect1_ns": 6_600,
}

// TestS94Linuxbench has the program measure all that it can, four times on a machine that counts: of each figure the least counts, since collections
// of the kernel's heap fall into a run as they come.
// Sabotage: have forkCode call number 221 instead of 220.
func TestS94Linuxbench(t *testing.T) {
	t.Parallel()
	o := machine(1)
	o.Machine.Extra = []string{"-icount", "shift=0"}
	o.Initrd = harness.Archive(t, "./user/programs/linuxbench")
	const runs = 4
	console := run(t, o, strings.Repeat("run linuxbench -json; ", runs)+"audit")
	least := map[string]float64{}
	records := strings.Split(console, `{"event"`)[1:]
	for _, line := range records {
		var r map[string]any
		line, _, _ = strings.Cut(line, "\n")
		if err := json.Unmarshal([]byte(`{"event"`+line), &r); err != nil {
			t.Fatalf("%v:\n%s", err, kernelPart(console))
		}
		for key := range linuxFigures {
			v, _ := r[key].(float64)
			if old, there := least[key]; !there || v < old {
				least[key] = v
			}
		}
	}
	if len(records) != runs {
		t.Fatalf("%d records:\n%s", len(records), kernelPart(console))
	}
	for key, most := range linuxFigures {
		if v := least[key]; v <= 0 || v > most {
			t.Errorf("%s is %v, at most %.0f", key, v, most)
		}
	}
}
