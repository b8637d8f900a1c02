package boot

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"atoll/test/qemu"
)

// TestS30Ping sends messages between all pairs of cores, in both directions.
func TestS30Ping(t *testing.T) {
	t.Parallel()
	eachSMP(t, 2, func(t *testing.T, harts int) {
		count := 200
		if soak() {
			count = 10_000
		}
		var commands []string
		for a := range harts {
			for b := range harts {
				// Beyond four harts, the pairs of neighbours and with core 0.
				if a != b && (harts <= 4 || a == 0 || b == 0 || a-b == 1 || b-a == 1) {
					commands = append(commands, fmt.Sprintf("ping %d %d %d", a, b, count))
				}
			}
		}
		o := machine(harts)
		o.Deadline = time.Minute + time.Duration(len(commands)*count)*2*time.Millisecond
		pings := qemu.Facts(run(t, o, strings.Join(commands, "; ")), "ping")
		if len(pings) != len(commands) {
			t.Fatalf("%d pings were answered, want %d", len(pings), len(commands))
		}
		for i, f := range pings {
			if f.Int("count") != count || f.Int("lost") != 0 || f.Int("doubled") != 0 || f.Int("reordered") != 0 {
				t.Errorf("%s: %v", commands[i], f.Values)
			}
			if want := fmt.Sprintf("ping %s %s %d", f.Values["from"], f.Values["to"], count); want != commands[i] {
				t.Errorf("the answer to %q is of %q", commands[i], want)
			}
		}
	})
}

// TestS30Long sends many messages over one channel, so that its ring goes round
// many times.
func TestS30Long(t *testing.T) {
	t.Parallel()
	f := only(t, run(t, machine(2), "ping 0 1 20000"), "ping")
	if f.Int("count") != 20000 || f.Int("lost") != 0 {
		t.Errorf("ping: %v", f.Values)
	}
}

// TestS30Bench checks that the benchmark measures every channel and core, and that its
// figures are possible ones. What they should be is no test's business on a shared
// host.
func TestS30Bench(t *testing.T) {
	t.Parallel()
	const harts = 2
	console := run(t, machine(harts), "bench ump -n 200")
	pair := only(t, console, "bench-ump")
	if pair.Int("from") != 0 || pair.Int("to") != 1 || pair.Int("rounds") != 200 {
		t.Errorf("bench-ump: %v", pair.Values)
	}
	for _, key := range []string{"bare", "rtt", "p99"} {
		if v := pair.Values[key]; !strings.HasSuffix(v, "ns") || strings.HasPrefix(v, "0") || strings.HasPrefix(v, "-") {
			t.Errorf("%s=%s", key, v)
		}
	}
	if cores := qemu.Facts(console, "bench-core"); len(cores) != harts {
		t.Errorf("%d cores were measured, want %d", len(cores), harts)
	}
}
