package boot

import (
	"regexp"
	"strconv"
	"testing"

	"atoll/test/instance/harness"
)

// TestS86Threads runs user-level threads on the first core and on another, beside each
// other: they tick beside one that computes, page for themselves, keep their registers, and
// one that does what it may not ends alone. The program checks all of it.
// Sabotages: leave one register out in upcall's Resume; CriticalTo = CriticalFrom in threads.New;
// no evict in pick; no UpcallRun where the kernel picks a dispatcher anew.
func TestS86Threads(t *testing.T) {
	t.Parallel()
	o := machine(2)
	o.Initrd = harness.Archive(t, "./user/programs/ticker")
	console := run(t, o, "run ticker; run -core 1 ticker 100; audit")
	if n := len(regexp.MustCompile(`(?m)^ticker: \d+ checks, all passed$`).FindAllString(console, -1)); n != 2 {
		t.Errorf("%d of 2 programs have said that all is right:\n%s", n, kernelPart(console))
	}
	costs := regexp.MustCompile(`(?m)^ticker: instructions switch=(\d+) upcall=(\d+) resume=(\d+) resume-by-kernel=(\d+) self-paged-page=(\d+)$`).FindAllStringSubmatch(console, -1)
	if len(costs) != 2 {
		t.Fatalf("%d lines of costs, want 2:\n%s", len(costs), kernelPart(console))
	}
	for _, line := range costs {
		for i, word := range line[1:] {
			if n, _ := strconv.Atoi(word); n <= 0 {
				t.Errorf("cost %d is %s", i, word)
			}
		}
	}
	if v := only(t, console, "audit").Int("violations"); v != 0 {
		t.Errorf("%d violations", v)
	}
}
