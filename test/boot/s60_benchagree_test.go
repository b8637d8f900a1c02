package boot

import (
	"fmt"
	"testing"

	"atoll/test/qemu"
)

// TestS60BenchAgreement measures agreement with every number of cores, with a dead core
// and with one that lives again, and leaves nothing behind.
// Sabotage: let trialIsLeft not call left.
func TestS60BenchAgreement(t *testing.T) {
	t.Parallel()
	for _, harts := range []int{2, 8} {
		console := run(t, machine(harts), "bench agreement -n 5; crash 1 panic; bench agreement -n 5; restart 1; bench agreement 2 -n 5; names; audit")
		rows := 3*(harts-1) + 1
		if harts > 2 { // with two, there is nobody to agree with beside the dead
			rows += 3*(harts-2) + 1 + 3
		} else {
			rows += 3 + 1
		}
		facts := qemu.Facts(console, "bench-agreement")
		if len(facts) != rows {
			t.Fatalf("%d harts: %d rows, want %d:\n%s", harts, len(facts), rows, kernelPart(console))
		}
		for _, f := range facts {
			positive(t, f, "message", "one", "one-p99", "two", "two-p99", "decided")
			hops, members := f.Int("hops"), f.Int("cores")
			if f.Int("one-hops")*2 != hops || hops < 4 || hops > 12 || f.Values["strategy"] == "unicast" && hops != 4 ||
				f.Values["messages"] != fmt.Sprintf("%d.00", 4*(members-1)) || f.Int("rounds") < 1 || f.Int("rounds") > 5 {
				t.Errorf("%d harts: %v", harts, f.Values)
			}
		}
		if a := qemu.Facts(console, "audit"); len(a) != 1 || a[0].Int("violations") != 0 {
			t.Errorf("%d harts: %v", harts, a)
		}
	}
}

// TestS60BenchAgreementCutOff lets a core die while it is measured: the command fails with
// a sentence, and the next one measures without it; and the coordinator, whose members
// serve the next one.
// Sabotage: leave partTrial out of bury.
func TestS60BenchAgreementCutOff(t *testing.T) {
	t.Parallel()
	o := machine(4)
	o.Debug = true
	// The last one is there more than once, so that it is not over before the coordinator dies.
	o.Append = `run="bench agreement; echo one; bench agreement; echo two; bench agreement; bench agreement; bench agreement; echo three"`
	g := qemu.Start(t, o)
	g.Expect(`^@0 bench-agreement cores=4 strategy=unicast `)
	out := newOutsider(t, g)
	out.derail(hartOf(t, g, 3))
	g.Expect(`^one$`)
	g.Expect(`^@0 bench-agreement cores=3 strategy=measured `)
	g.Expect(`^two$`)
	g.Expect(`^@0 bench-agreement cores=2 strategy=unicast `)
	out.derail(hartOf(t, g, 0))
	g.Expect(`^three$`)
	g.Expect(`^@1 exit status=1$`)
	if status := g.Wait(); status != 1 {
		t.Errorf("QEMU's exit status is %d", status)
	}
}
