package boot

import (
	"strconv"
	"strings"
	"testing"

	"atoll/test/qemu"
)

// TestS30Measure runs the measurements that end lives or put harts to sleep. Their
// figures must be possible ones; what they should be is no test's business on a shared
// host.
// Sabotage: let the shim not count its WFIs; let BareWake not ring.
func TestS30Measure(t *testing.T) {
	t.Parallel()
	console := run(t, machine(4), "bench wake 0 1 -n 20; bench wake 1 2 -n 5; bench life 3 -n 3; bench interference 0 1 2 3 -t 300; bench boot; bench ump 0 3 -n 100")
	wakes := qemu.Facts(console, "bench-wake")
	if len(wakes) != 2 {
		t.Fatalf("%d pairs were measured, want 2:\n%s", len(wakes), kernelPart(console))
	}
	for i, trips := range []int{20, 5} {
		f := wakes[i]
		if f.Int("samples") < 1 || f.Int("bare-samples") < 1 || f.Int("samples")+f.Int("awake") != trips || f.Int("bare-samples")+f.Int("bare-awake") != trips {
			t.Errorf("bench-wake: %v", f.Values)
		}
		positive(t, f, "bare", "rtt", "p99", "mean", "bare-mean", "max", "bare-max")
	}
	life := only(t, console, "bench-life")
	positive(t, life, "noticed", "noticed-max", "restart", "restart-max", "born", "born-max", "bare-wake")
	if life.Int("core") != 3 || life.Int("rounds") != 3 || nanoseconds(life, "born") > nanoseconds(life, "restart") {
		t.Errorf("bench-life: %v", life.Values)
	}
	inter := only(t, console, "bench-interference")
	positive(t, inter, "quiet", "quiet-p99", "busy", "busy-p99", "restarts", "restarts-p99")
	if inter.Int("lives") < 1 || inter.Int("lost") != 0 || inter.Int("pings") < 1 {
		t.Errorf("bench-interference: %v", inter.Values)
	}
	b := only(t, console, "bench-boot")
	positive(t, b, "boot")
	if n := b.Int("touched-bytes"); b.Int("cores") != 4 || n < 100<<10 || n > 16<<20 || n > b.Int("touched-max-bytes") {
		t.Errorf("bench-boot: %v", b.Values)
	}
}

// positive checks that values are times of more than 0.
func positive(t *testing.T, f qemu.Fact, keys ...string) {
	t.Helper()
	for _, key := range keys {
		if nanoseconds(f, key) <= 0 {
			t.Errorf("%s: %s=%s", f.Event, key, f.Values[key])
		}
	}
}

// nanoseconds returns a time of a fact, -1 if it is none.
func nanoseconds(f qemu.Fact, key string) int64 {
	text, ok := strings.CutSuffix(f.Values[key], "ns")
	n, err := strconv.ParseInt(text, 10, 64)
	if !ok || err != nil {
		return -1
	}
	return n
}
