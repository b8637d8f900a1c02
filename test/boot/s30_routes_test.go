package boot

import (
	"regexp"
	"testing"
	"time"

	"atoll/test/qemu"
)

// TestS30Shootdown measures the raw protocols of all strategies, with every number of
// cores, and leaves nothing behind: no page that was granted, and no table of one.
// Sabotage: let dropTable not shut slotPage; leave Release out of takeLine.
func TestS30Shootdown(t *testing.T) {
	t.Parallel()
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

// TestS30ShootdownCounted is the same on a machine whose harts take turns, since it counts
// instructions: who polls for too long there keeps the others from answering.
// Sabotage: leave the nap out of shootGoesOn: a round takes 5 to 20 ms then.
func TestS30ShootdownCounted(t *testing.T) {
	t.Parallel()
	if !soak() {
		t.Skip("takes a minute; set ATOLL_SOAK")
	}
	const harts = 8
	o := machine(harts)
	o.Machine.Extra = []string{"-icount", "shift=0"}
	o.Deadline = 5 * time.Minute
	facts := qemu.Facts(run(t, o, "bench shootdown -n 8"), "bench-shootdown")
	if want := 4 * (harts - 1); len(facts) != want {
		t.Fatalf("%d rows, want %d", len(facts), want)
	}
	slow := 0
	for _, f := range facts {
		if positive(t, f, "median", "critical"); f.Int("median") > int(4*time.Millisecond) {
			slow++
		}
	}
	if slow > len(facts)/4 {
		t.Errorf("%d of %d rounds take longer than 4 ms", slow, len(facts))
	}
}

// TestS30Route sends to all others by every strategy, and after deaths and births: who
// lives replies, and trees are of those who live. With auto the knowledge base names a
// strategy in the end.
// Sabotage: leave stale out of noteLife; leave partRoute out of bury.
func TestS30Route(t *testing.T) {
	t.Parallel()
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
			if f.Values["choice"] != w.choice || f.Int("members") != w.others+1 || f.Int("asked") != w.others || f.Int("replied") != w.others || f.Int("hops") < w.leastHops {
				t.Errorf("%d harts: %v, want %+v", harts, f.Values, w)
			}
		}
	}
}

// TestS30RoutesThroughDeaths has all cores send to all others without end, by each strategy,
// while cores die in the middle of it and live again: the hub of a group, which others are
// asked through, one that is at the end of every way, and the one that the console and the
// knowledge base are on. Every multicast ends, with the replies of all that have lived
// through it, and afterwards routes are of those who live.
// Sabotage: leave partRoute out of bury and part; let repeat ask nobody; leave stale out of
// noteLife.
func TestS30RoutesThroughDeaths(t *testing.T) {
	t.Parallel()
	const harts = 8
	for _, strategy := range []string{"unicast", "tree", "measured", "broadcast"} {
		t.Run(strategy, func(t *testing.T) {
			console := run(t, machine(harts), "route "+strategy+"; route begin; route; crash 3 panic; crash 4 wild; route; start 3; start 4; crash 0 panic; route; route end; route; audit")
			routes := qemu.Facts(console, "route")
			want := []int{harts - 1, harts - 3, harts - 2, harts - 2}
			if len(routes) != len(want) {
				t.Fatalf("%d routes, want %d:\n%s", len(routes), len(want), kernelPart(console))
			}
			for i, f := range routes {
				if f.Values["choice"] != strategy || f.Int("members") != want[i]+1 || f.Int("asked") != want[i] || f.Int("replied") != want[i] {
					t.Errorf("%v, want %d others by %s", f.Values, want[i], strategy)
				}
			}
			flows := qemu.Facts(console, "multicasts")
			if len(flows) != harts-1 {
				t.Fatalf("%d cores have a flow, want %d:\n%s", len(flows), harts-1, kernelPart(console))
			}
			for _, f := range flows {
				born := f.Int("core") == 3 || f.Int("core") == 4
				if f.Int("missing") != 0 || f.Int("slowest") > int(flowBound) || (f.Int("count") > 0) == born {
					t.Errorf("%v", f.Values)
				}
			}
			if regexp.MustCompile(`(?m)^ +\d+  auto `).MatchString(console) {
				t.Errorf("a core that was born later does not take %s:\n%s", strategy, kernelPart(console))
			}
			if f := only(t, console, "audit"); f.Int("violations") != 0 {
				t.Errorf("%v", f.Values)
			}
		})
	}
}

// TestS30Costs measures what messages cost and how far cores are from each other, and has
// the knowledge base estimate every strategy that it may choose by that.
// Sabotage: leave SetCosts out of refresh; leave broadcast out of the policy's estimates;
// leave fetch out of step.
func TestS30Costs(t *testing.T) {
	t.Parallel()
	goals := []struct {
		text string
		rows int
	}{
		{"cost(C, send, T), T > 0", 4}, {"cost(C, receive, T), T > 0", 4}, {"cost(send, T)", 1}, {"cost(receive, T)", 1},
		{"cost(fetch, T), T > 0", 1}, {"far(A, B, T), A < B", 6}, {"strategy(4, S), member(S, [unicast,tree,measured,broadcast])", 1},
		{"estimates(4, Es), member(_-S, Es), member(S, [unicast,tree,broadcast])", 3},
	}
	script := "skb measure; skb measure"
	for _, g := range goals {
		script += "; skb " + g.text
	}
	console := run(t, machine(4), script)
	facts := qemu.Facts(console, "goal")
	if len(facts) != len(goals) {
		t.Fatalf("%d goals, want %d:\n%s", len(facts), len(goals), kernelPart(console))
	}
	for i, f := range facts {
		if f.Int("rows") != goals[i].rows {
			t.Errorf("%s has %v rows, want %d:\n%s", goals[i].text, f.Int("rows"), goals[i].rows, kernelPart(console))
		}
	}
}

// flowBound is half of what ends a multicast that would not end by itself.
const flowBound = 5 * time.Second
