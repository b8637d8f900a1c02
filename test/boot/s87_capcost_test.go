package boot

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"atoll/monitor/capops"
	"atoll/monitor/capops/cost"
)

// capMessages returns how many messages about capabilities all cores had received by the nth
// time that the console listed them.
func capMessages(t *testing.T, console string, n int) int {
	t.Helper()
	all := regexp.MustCompile(`\n *140 +capability +one-way +(\d+) `).FindAllStringSubmatch(console, -1)
	if len(all) <= n {
		t.Fatalf("capabilities are listed %d times:\n%s", len(all), kernelPart(console))
	}
	v, err := strconv.Atoi(all[n][1])
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestS87CapCost measures retype and revoke over cores: nothing is left of it, and the operations of
// more rounds took as many more messages as the protocol has.
// Sabotage: have flush send each message twice.
func TestS87CapCost(t *testing.T) {
	t.Parallel()
	const cores, few, more, under = 3, 8, 16, 8
	line := func(rounds int) string { return fmt.Sprintf("run capcost 0,1,2 %d; msgs; ", rounds) }
	console := run(t, withPrograms(t, cores), "run hello; run -core 1 hello; run -core 2 hello; ps; msgs; "+line(few)+line(more)+"ps; audit")
	for n := 1; n <= cores; n++ {
		if got := strings.Count(console, fmt.Sprintf("\ncapcost: %d cores: retype ", n)); got != 2 {
			t.Errorf("%d cores were measured %d times", n, got)
		}
	}
	want := 0 // of the rounds that there are more of: retypes, revokes and passes alone; of eight each as many
	for n := 2; n <= cores; n++ {
		retype, err := cost.Measure(capops.Retype, n, 0)
		revoke, err2 := cost.Measure(capops.Revoke, n, 0)
		if err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
		pass := 2 * (n - 1)
		want += (more - few) * ((1+under)*retype.Messages + 2*revoke.Messages + 2*pass)
	}
	before, after, last := capMessages(t, console, 0), capMessages(t, console, 1), capMessages(t, console, 2)
	if got := last - after - (after - before); got != want {
		t.Errorf("%d rounds more took %d messages, want %d", more-few, got, want)
	}
	checkLeft(t, console)
	if v := only(t, console, "audit").Int("violations"); v != 0 {
		t.Errorf("%d violations", v)
	}
}
