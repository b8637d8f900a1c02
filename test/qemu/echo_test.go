package qemu

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"atoll/boot/tools/qemurun"
)

// echoCode is a guest that says echoGreeting, echoes what is typed, and at `q` ends
// QEMU through the test finisher with exit status 42. It uses the SBI's legacy
// console calls and runs at any address.
var echoCode = []uint32{
	0x00000417, //       auipc s0, 0
	0x05440413, //       addi  s0, s0, 0x54      # behind the code
	0x00044503, // say:  lbu   a0, (s0)
	0x00050a63, //       beqz  a0, read
	0x00100893, //       li    a7, 1             # console putchar
	0x00000073, //       ecall
	0x00140413, //       addi  s0, s0, 1
	0xfedff06f, //       j     say
	0x00200893, // read: li    a7, 2             # console getchar
	0x00000073, //       ecall
	0xfe054ce3, //       bltz  a0, read
	0x07100293, //       li    t0, 'q'
	0x00550863, //       beq   a0, t0, quit
	0x00100893, //       li    a7, 1
	0x00000073, //       ecall
	0xfe5ff06f, //       j     read
	0x001002b7, // quit: lui   t0, 0x100         # the finisher, 0x100000
	0x002a3337, //       lui   t1, 0x2a3
	0x33330313, //       addi  t1, t1, 0x333     # 42<<16 | fail
	0x0062a023, //       sw    t1, (t0)
	0x0000006f, //       j     .
}

const echoGreeting = "@0 up hart=0 go=none\r\n@0 ready cores=1\r\nprompt> "

// echo returns options that boot the echo guest, with a deadline that holds on a
// loaded host.
func echo(t *testing.T) Options {
	t.Helper()
	var b []byte
	for _, c := range echoCode {
		b = binary.LittleEndian.AppendUint32(b, c)
	}
	b = append(b, echoGreeting+"\x00"...)
	path := filepath.Join(t.TempDir(), "echo.img")
	if err := os.WriteFile(path, b, 0o666); err != nil {
		t.Fatal(err)
	}
	return Options{Machine: qemurun.Machine{Kernel: path, Harts: 1, Mem: "128M"}, Deadline: time.Minute}
}

func TestConversation(t *testing.T) {
	g := Start(t, echo(t))
	if m := g.Expect(`^@0 up hart=(\d+)`); m[1] != "0" {
		t.Errorf("hart %q, want 0", m[1])
	}
	g.Expect(`^@0 ready cores=1$`)
	g.ExpectText(`prompt> `)
	g.Send("one\n")
	g.Await(`> one$`)
	g.Await(`^@0 up hart=`) // and the next one does not look from there on
	g.Expect(`^one$`)
	g.Send("onetwo\n")
	g.ExpectText(`one`)
	g.ExpectText(`^two`)
	g.Send("q")
	if status := g.Wait(); status != 42 {
		t.Errorf("exit status %d, want 42", status)
	}
	if got := len(Facts(g.Console(), "ready")); got != 1 {
		t.Errorf("%d ready lines, want 1", got)
	}
}

func TestLoadAddress(t *testing.T) {
	for _, addr := range []uint64{0x8400_0000, 0x8660_0000} {
		o := echo(t)
		o.LoadAddr = addr
		g := Start(t, o)
		g.ExpectText(`prompt> `)
		g.Stop()
	}
}

func TestNodes(t *testing.T) {
	o := echo(t)
	o.Harts, o.Nodes, o.Mem = 4, 2, "512M"
	g := Start(t, o)
	g.Expect(`HART Count +: 4$`)
	g.ExpectText(`prompt> `)
}

// quit lets the guest end.
func quit(g *Guest) {
	g.ExpectText("prompt> ")
	g.Send("q")
}

// TestFailures runs what must fail against a TB that only records it.
func TestFailures(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(g *Guest)
		set  func(o *Options)
		want string // in the log
	}{
		{"deadline in Expect", func(g *Guest) { g.Expect("never") }, func(o *Options) { o.Deadline = time.Millisecond }, "within 1ms nothing"},
		{"deadline in Wait", func(g *Guest) { g.Wait() }, func(o *Options) { o.Deadline = time.Millisecond }, "did not end within 1ms"},
		{"end in Expect", func(g *Guest) { quit(g); g.Expect("never") }, nil, "QEMU ended"},
		{"an unfinished line", func(g *Guest) { quit(g); g.Expect("prompt") }, nil, "QEMU ended"},
		{"the console is logged", func(g *Guest) { quit(g); g.Expect("never") }, nil, "@0 ready cores=1\nprompt> \nQEMU's exit status: 42"},
		{"the command is logged", func(g *Guest) { quit(g); g.Expect("never") }, nil, "-no-reboot"},
		{"bad machine", func(g *Guest) {}, func(o *Options) { o.Harts = -1 }, "at least one hart"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("ATOLL_TIME_SCALE", "")
			o := echo(t)
			if c.set != nil {
				c.set(&o)
			}
			r := record(t, func(r *recorder) { c.do(Start(r, o)) })
			if r.skipped {
				t.Skip("QEMU is missing")
			}
			if !r.failed || !strings.Contains(r.log, c.want) {
				t.Errorf("failed=%v, and the log lacks %q:\n%s", r.failed, c.want, r.log)
			}
		})
	}
}

// TestMissingImage checks that a missing image skips a test, unless QEMU runs are
// required.
func TestMissingImage(t *testing.T) {
	t.Setenv("ATOLL_IMAGE", filepath.Join(t.TempDir(), "none"))
	for _, require := range []string{"", "1"} {
		t.Setenv("ATOLL_REQUIRE_QEMU", require)
		r := record(t, func(r *recorder) { Start(r, Options{}) })
		if r.skipped == (require != "") || !strings.Contains(r.log, "run make") {
			t.Errorf("ATOLL_REQUIRE_QEMU=%q: skipped=%v, log %q", require, r.skipped, r.log)
		}
	}
}

// TestNoSwitch ends a machine that cannot end QEMU: with the status of its exit line,
// and with QEMU's own if that ended before. Sabotage: leave out qmp_capabilities.
func TestNoSwitch(t *testing.T) {
	for _, c := range []struct {
		typed string
		want  int
	}{
		{"@0 exit status=5\n", 5},
		{"q", 42},
	} {
		o := echo(t)
		o.NoSwitch = true
		g := Start(t, o)
		g.ExpectText(`prompt> `)
		g.Send(strings.Replace(c.typed, "@", "\n@", 1))
		if status := g.Wait(); status != c.want {
			t.Errorf("typed %q: status %d, want %d", c.typed, status, c.want)
		}
	}
}
