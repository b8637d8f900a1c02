package boot

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"atoll/test/qemu"
)

// TestS00Boot boots machines of several sizes.
func TestS00Boot(t *testing.T) {
	t.Parallel()
	eachSMP(t, 1, func(t *testing.T, harts int) {
		checkUp(t, bootSized(t, harts), harts)
	})
}

// TestS00Machines boots machines that differ from the usual one, each with the number
// of cores that its plan should have.
func TestS00Machines(t *testing.T) {
	t.Parallel()
	initrd := filepath.Join(t.TempDir(), "initrd")
	if err := os.WriteFile(initrd, make([]byte, 3<<20+5), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		harts int
		cores int
		set   func(o *qemu.Options)
	}{
		{"load address 0x84000000", 2, 2, func(o *qemu.Options) { o.LoadAddr = 0x8400_0000 }},
		{"load address 0x86600000", 2, 2, func(o *qemu.Options) { o.LoadAddr = 0x8660_0000 }},
		{"load address above 4 GiB", 2, 2, func(o *qemu.Options) { o.Mem, o.LoadAddr = "8G", 0x1_4000_0000 }},
		{"8 GiB", 4, 4, func(o *qemu.Options) { o.Mem = "8G" }},
		{"128 MiB", 1, 1, func(o *qemu.Options) { o.Mem = "128M" }},
		{"two NUMA nodes with a PLIC each", 4, 4, func(o *qemu.Options) { o.Nodes, o.Mem = 2, "2G" }},
		{"three NUMA nodes that take messages", 6, 6, func(o *qemu.Options) { o.Nodes, o.Mem, o.Machine.Options = 3, "3G", []string{"aia=aplic-imsic"} }},
		{"no Sstc", 4, 4, func(o *qemu.Options) { o.CPU = "rv64,sstc=off" }},
		{"SiFive U54", 4, 4, func(o *qemu.Options) { o.CPU = "sifive-u54" }},
		{"vector extension", 2, 2, func(o *qemu.Options) { o.CPU = "rv64,v=on" }},
		{"ACLINT", 2, 2, func(o *qemu.Options) { o.Machine.Options = []string{"aclint=on"} }},
		{"initrd", 2, 2, func(o *qemu.Options) { o.Initrd = initrd }},
		{"one emulator thread", 4, 4, func(o *qemu.Options) { o.Extra = []string{"-accel", "tcg,thread=single"} }},
		{"cores=2", 4, 2, func(o *qemu.Options) { o.Append = "cores=2" }},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := machine(c.harts)
			c.set(&o)
			checkUp(t, run(t, o, "cores; audit"), c.cores)
		})
	}
}

// TestS00ManyHarts boots as many harts as a plan holds. The host has far fewer
// processors, hence the deadline.
func TestS00ManyHarts(t *testing.T) {
	t.Parallel()
	o := machine(64)
	o.Mem, o.Deadline = "4G", 8*time.Minute
	checkUp(t, run(t, o, "cores"), 64)
}

// TestS00LittleMemory has less memory than its harts need: fewer of them are used, and
// a sentence says so.
func TestS00LittleMemory(t *testing.T) {
	t.Parallel()
	o := machine(32)
	o.Mem = "256M"
	console := run(t, o, "cores; audit")
	up := len(qemu.Facts(console, "up"))
	if up < 2 || up >= 16 {
		t.Errorf("%d cores are up in 256 MiB; at 16 MiB each there is room for fewer than 16", up)
	}
	checkUp(t, console, up)
	if !regexp.MustCompile(`(?m)^[^@\n]*(memory|MiB)[^\n]*$`).MatchString(kernelPart(console)) {
		t.Errorf("no sentence says that there is little memory:\n%s", kernelPart(console))
	}
}

// TestS00BootArguments checks that an unknown argument is reported and harmless.
func TestS00BootArguments(t *testing.T) {
	t.Parallel()
	o := machine(2)
	o.Append = "frobnicate=9 cores=none"
	console := run(t, o, "cores")
	checkUp(t, console, 2)
	for _, want := range []string{`(?m)^[^@\n]*unknown[^\n]*frobnicate=9`, `(?m)^[^@\n]*cores[^\n]*none`} {
		if !regexp.MustCompile(want).MatchString(kernelPart(console)) {
			t.Errorf("nothing on the console matches %q:\n%s", want, kernelPart(console))
		}
	}
}

// TestS00BadTree hands the kernel what is not a device tree: a sentence, and the end
// of the machine.
func TestS00BadTree(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, tree string }{
		{"zeros", string(make([]byte, 4096))},
		{"noise", noise(4096)},
		{"huge", "\xd0\x0d\xfe\xed\xff\xff\xff\xff" + string(make([]byte, 4096))},
		{"cut off", "\xd0\x0d\xfe\xed\x00\x00\x10\x00\x00\x00\x00\x38\x00\x00\x0f\x00\x00\x00\x00\x28" +
			"\x00\x00\x00\x11\x00\x00\x00\x10\x00\x00\x00\x00\x00\x00\x00\x80\x00\x00\x0e\x00" + noise(4056)},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := machine(1)
			o.Tree = filepath.Join(t.TempDir(), "tree")
			if err := os.WriteFile(o.Tree, []byte(c.tree), 0o666); err != nil {
				t.Fatal(err)
			}
			g := qemu.Start(t, o)
			g.Expect(`^atoll: cannot boot: .*device tree`)
			g.Wait()
		})
	}
}

// noise is bytes that look like nothing in particular, always the same.
func noise(n int) string {
	b := make([]byte, n)
	x := uint32(12345)
	for i := range b {
		x = x*1664525 + 1013904223
		b[i] = byte(x >> 24)
	}
	return string(b)
}

// TestS00Repeat boots one machine over and over: the boot hart is random, and so is
// the order in which harts come up.
func TestS00Repeat(t *testing.T) {
	t.Parallel()
	times := 3
	if soak() {
		times = 100
	}
	for i := range times {
		t.Run(fmt.Sprintf("boot %d", i), func(t *testing.T) {
			checkUp(t, run(t, machine(4), "cores"), 4)
		})
	}
}
