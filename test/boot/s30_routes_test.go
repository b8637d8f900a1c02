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

// TestS30Route sends to all others by every strategy, and after deaths and births: who
// lives replies, and trees are of those who live. With auto the knowledge base names a
// strategy in the end.
// Sabotage: leave stale out of noteLife; leave partRoute out of bury.
func TestS30Route(t *testing.T) {
	const script = "route tree; route; crash 2 panic; route; start 2; route measured; route; route broadcast; route; route unicast; crash 1 wild; route; route auto; route; audit"
	for _, harts := range []int{4, 8} {
		console := run(t, machine(harts), script)
		facts := qemu.Facts(console, "route")
		want := []struct {
			choice    string
			others    int
			leastHops int
		}{
			{"tree", harts - 1, 4}, {"tree", harts - 2, 2}, {"measured", harts - 1, 2},
			{"broadcast", harts - 1, 2}, {"unicast", harts - 2, 2}, {"auto", harts - 2, 2},
		}
		if len(facts) != len(want) {
			t.Fatalf("%d harts: %d routes, want %d:\n%s", harts, len(facts), len(want), kernelPart(console))
		}
		for i, w := range want {
			f := facts[i]
			if f.Values["choice"] != w.choice || f.Int("asked") != w.others || f.Int("replied") != w.others || f.Int("hops") < w.leastHops {
				t.Errorf("%d harts: %v, want %+v", harts, f.Values, w)
			}
		}
	}
}
