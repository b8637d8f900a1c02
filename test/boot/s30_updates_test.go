package boot

import (
	"testing"

	"atoll/test/qemu"
)

// TestS30Updates measures every pair of cores, and updates by one client and more, of which
// none is lost, also when a core is dead; then the pairs and the clients are fewer.
// Sabotage: let someCores name all cores of the machine; let update leave a line out.
func TestS30Updates(t *testing.T) {
	t.Parallel()
	console := run(t, machine(3), "bench pairs -n 40; bench updates -n 40; stop 1; bench pairs -n 40; bench updates -n 40; audit")
	pairs := qemu.Facts(console, "bench-pair")
	if len(pairs) != 3+1 || pairs[3].Int("from") != 0 || pairs[3].Int("to") != 2 {
		t.Errorf("bench-pair: %v", pairs)
	}
	for _, f := range pairs {
		positive(t, f, "latency", "rtt", "p99", "bare")
	}
	rows := qemu.Facts(console, "bench-updates")
	if len(rows) != 2*4+1*4 {
		t.Errorf("%d rows of updates", len(rows))
	}
	for _, f := range rows {
		// On a busy host the time is over before all rounds are made.
		if n := f.Int("made"); n < 1 || n > 40*(f.Int("cores")-1) {
			t.Errorf("bench-updates: %v", f.Values)
		}
		positive(t, f, "median", "p99")
	}
	costs := qemu.Facts(console, "bench-updates-cost")
	if len(costs) != 2*4 {
		t.Errorf("%d costs of updates", len(costs))
	}
	for _, f := range costs {
		positive(t, f, "server", "client")
	}
	for _, f := range qemu.Facts(console, "bench-lines") {
		if f.Values["sender"] != "1.00" || f.Values["receiver"] != "0.13" {
			t.Errorf("bench-lines: %v", f.Values)
		}
	}
}
