package boot

import (
	"testing"

	"atoll/test/qemu"
)

// TestS30Shootdown measures the raw protocols of all strategies, with every number of
// cores, and leaves nothing behind: no page that was granted, and no table of one.
// Sabotage: let dropTable not shut slotPage; leave Release out of takeLine.
func TestS30Shootdown(t *testing.T) {
	for _, harts := range []int{4, 8} {
		console := run(t, machine(harts), "bench shootdown -n 8; audit; bench shootdown 2 -n 8; audit")
		facts := qemu.Facts(console, "bench-shootdown")
		if want := 4 * (harts - 1 + 1); len(facts) != want {
			t.Fatalf("%d harts: %d rows, want %d:\n%s", harts, len(facts), want, kernelPart(console))
		}
		for _, f := range facts {
			positive(t, f, "median", "p99", "critical")
			messages := 2 * (f.Int("cores") - 1)
			if f.Values["strategy"] == "broadcast" {
				messages /= 2
			}
			if f.Int("rounds") != 8 || f.Int("messages") != messages || f.Int("hops") < 2 || f.Int("hops") > 6 {
				t.Errorf("%d harts: %v", harts, f.Values)
			}
		}
		for _, f := range qemu.Facts(console, "audit") {
			if f.Int("violations") != 0 {
				t.Errorf("%d harts: %v", harts, f.Values)
			}
		}
	}
}
