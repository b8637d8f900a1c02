package boot

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"atoll/test/qemu"
)

// restartBound is how long the next lowest core may take until it has the knowledge
// base, counted in guest time from its knowledge of the death. It takes about 20 ms of
// a hart's time; the rest is room for a host that is busy with other harts.
const restartBound = 2 * time.Second

// TestS55Knowledge asks the knowledge base from a script, kills the core that has it,
// which also has the console, and asks again; then once more, with that one's core
// living a new life.
// Sabotage: leave inherit out of monitor/death.go.
func TestS55Knowledge(t *testing.T) {
	t.Parallel()
	eachSMP(t, 2, func(t *testing.T, harts int) {
		console := run(t, machine(harts), strings.Join([]string{
			"skb 'core(C, H, N).'", "skb facts", "skb measure", "skb 'multicast_tree(Ls), member(link(P, C, T), Ls)'",
			"skb 'living(Cs)'", "crash 0 panic", "skb 'living(Cs)'", "skb 'console(D), owner(D, 1)'",
			"start 0", "skb 'alive(0, 2)'", "skb 'console(D), owner(D, 1)'", "skb measure", "audit",
		}, ";"))
		pairs := harts * (harts - 1)
		var rows []int
		for _, f := range qemu.Facts(console, "goal") {
			rows = append(rows, f.Int("rows"))
		}
		if want := []int{harts, harts - 1, 1, 1, 1, 1, 1}; fmt.Sprint(rows) != fmt.Sprint(want) {
			t.Errorf("rows of the goals: %v, want %v\n%s", rows, want, kernelPart(console))
		}
		for _, f := range qemu.Facts(console, "measured") {
			if f.Int("pairs") != pairs {
				t.Errorf("%d round trips measured, want %d", f.Int("pairs"), pairs)
			}
		}
		restarts := qemu.Facts(console, "skb")
		if len(restarts) != 1 || restarts[0].Core != 1 {
			t.Fatalf("%v say that they have the knowledge base, want core 1 once", restarts)
		}
		took, err := time.ParseDuration(restarts[0].Values["time"])
		if err != nil || took > restartBound {
			t.Errorf("core 1 had the knowledge base after %s, %v", restarts[0].Values["time"], err)
		}
		t.Logf("%d harts: core 1 had the knowledge base after %v", harts, took)
	})
}

// TestS55Owners asks who owns the devices, after deaths and rebirths of the core that has
// the console, the knowledge base and all devices: who held them when the knowledge base
// moved is not forgotten, and who comes back takes nothing back. The audit agrees about the
// console's.
// Sabotage: leave keepDevices out of turn (monitor/agreement.go): no holder is agreed on
// anew, so that core 0 has all back when core 1 has died; let host not look at members.
func TestS55Owners(t *testing.T) {
	t.Parallel()
	console := run(t, machine(4), strings.Join([]string{
		"skb 'device(D, O, _, _, _, _), owner(D, O)'", "skb 'held(D, C, 1), device(D, C, _, _, _, _)'",
		"crash 0 panic", "skb 'owner(D, 1)'", "start 0", "names", "skb 'held(D, 1, 1)'", "skb 'owner(D, 1)'",
		"crash 1 panic", "start 1", "names", "skb 'held(D, 0, 2)'", "skb 'owner(D, 0)'", "skb 'owner(D, C), successor(D, C)'", "audit",
	}, ";"))
	var rows []int
	for _, f := range qemu.Facts(console, "goal") {
		rows = append(rows, f.Int("rows"))
	}
	for _, n := range rows {
		if n != rows[0] || n < 4 {
			t.Fatalf("rows of the goals: %v, want each to be the number of devices\n%s", rows, kernelPart(console))
		}
	}
	if len(rows) != 8 {
		t.Errorf("%d goals have an answer\n%s", len(rows), kernelPart(console))
	}
	for _, f := range qemu.Facts(console, "audit-kind") {
		if f.Values["kind"] == "device" && f.Values["cores"] != "0" {
			t.Errorf("the cores %s map devices", f.Values["cores"])
		}
	}
}

// TestS55Hostile has an instance of the least memory solve goals that have no end,
// fill the memory or nest without bound. It and the others live on.
// Sabotage: in monitor/skb/meter.go, make maxDepth and maxNodes 1 << 30, and let check
// return nil.
func TestS55Hostile(t *testing.T) {
	t.Parallel()
	o := machine(2)
	o.Mem = "64M"
	goals := []string{
		"between(1, 1000000000, X), X < 0",
		"findall(X, between(1, 1000000000, X), L)",
		"findall(X, between(1, 2000, X), L), findall(X, between(1, 2000, X), K), L = K",
		"findall(L, (between(1, 100000, _), findall(x(X), between(1, 400, X), L)), M)",
		"X = f(X), X = X", "root(16000000, 1, R)", "X = ", "nothing(X)",
	}
	for i, g := range goals {
		goals[i] = `skb "` + g + `"`
	}
	status, console := qemu.RunCommands(t, o, strings.Join(append(goals, "skb 'living(Cs), core(C, _, _)'", "ping 0 1 100", "cores"), ";"))
	if status != 2 {
		t.Errorf("exit status %d, want 2: the first goal is bad input\n%s", status, kernelPart(console))
	}
	if f := only(t, console, "cores"); f.Int("up") != 2 {
		t.Errorf("%d cores live\n%s", f.Int("up"), kernelPart(console))
	}
	if list := qemu.Facts(console, "goal"); len(list) == 0 || list[len(list)-1].Int("rows") != 2 {
		t.Errorf("the last goal has %v\n%s", list, kernelPart(console))
	}
	for _, want := range []string{"was ended", "nested more than", "syntax", "there is no predicate nothing/1"} {
		if !strings.Contains(console, want) {
			t.Errorf("no goal ends with %q\n%s", want, kernelPart(console))
		}
	}
}
