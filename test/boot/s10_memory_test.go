package boot

import (
	"testing"

	"atoll/test/qemu"
)

// TestS10Audit checks law L2 as the kernel sees itself: no violation, and exactly
// what the design shares is shared.
func TestS10Audit(t *testing.T) {
	t.Parallel()
	eachSMP(t, 1, func(t *testing.T, harts int) {
		console := bootSized(t, harts)
		sum := only(t, console, "audit")
		if sum.Int("violations") != 0 {
			t.Errorf("violations=%s", sum.Values["violations"])
		}
		pages, shared := 0, 0
		kinds := map[string]qemu.Fact{}
		for _, f := range qemu.Facts(console, "audit-kind") {
			kinds[f.Values["kind"]] = f
			pages += f.Int("pages")
			shared += f.Int("shared")
		}
		if pages != sum.Int("pages") || shared != sum.Int("shared") {
			t.Errorf("the kinds have %d pages, %d shared; the sum says %s and %s", pages, shared, sum.Values["pages"], sum.Values["shared"])
		}
		checkKinds(t, kinds, harts)
	})
}

// checkKinds checks the counts by kind.
func checkKinds(t *testing.T, kinds map[string]qemu.Fact, harts int) {
	t.Helper()
	if f, ok := kinds["channel"]; harts > 1 && (!ok || f.Int("pages") < 1 || f.Int("pages") > harts*(harts-1)/2) {
		t.Errorf("channel pages=%s; %d cores have at most a frame for each pair", f.Values["pages"], harts)
	}
	for kind, f := range kinds {
		want := 0
		if harts > 1 && (kind == "text" || kind == "plan" || kind == "channel") {
			want = f.Int("pages")
		}
		if f.Int("shared") != want {
			t.Errorf("kind %s: shared=%s of pages=%s, want %d", kind, f.Values["shared"], f.Values["pages"], want)
		}
	}
	for _, kind := range []string{"private", "table", "text", "plan"} {
		if kinds[kind].Int("pages") < 1 {
			t.Errorf("no pages of kind %s", kind)
		}
	}
}

// TestS10Mem checks that every core reports its memory, and the sum.
func TestS10Mem(t *testing.T) {
	t.Parallel()
	eachSMP(t, 1, func(t *testing.T, harts int) {
		sum := only(t, bootSized(t, harts), "mem")
		if sum.Int("cores") != harts {
			t.Errorf("cores=%s, want %d", sum.Values["cores"], harts)
		}
		used, total := sum.Int("used-bytes"), sum.Int("total-bytes")
		if used < harts<<18 || used > total || total > 1<<30 {
			t.Errorf("used-bytes=%d of total-bytes=%d make no sense for %d instances in 1 GiB", used, total, harts)
		}
	})
}

// TestS10Plan checks the plan's own figures.
func TestS10Plan(t *testing.T) {
	t.Parallel()
	o := machine(4)
	o.Nodes, o.Mem = 2, "2G"
	f := only(t, run(t, o, "plan"), "plan")
	if f.Int("cores") != 4 || f.Int("harts") != 4 || f.Int("timebase") != 10_000_000 {
		t.Errorf("plan: %v", f.Values)
	}
	if ram := f.Int("ram-bytes"); ram < 1900<<20 || ram > 2<<30 {
		t.Errorf("ram-bytes=%d of 2 GiB", ram)
	}
}
