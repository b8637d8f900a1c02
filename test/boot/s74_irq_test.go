package boot

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"atoll/test/gdbstub"
	"atoll/test/instance/harness"
	"atoll/test/qemu"
)

// TestS74Console checks that the console's bytes come by interrupt, with every kind of
// controller, and after its owner's death at the successor, with no stray one. The
// count of what was served moves with the keys typed.
// Sabotage: leave r.route out of tryAttach: the line goes dead, and nothing is served.
// Sabotage: leave x.own for a successor out of openOwned: its console is polled.
func TestS74Console(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, how string
		set       func(o *qemu.Options)
	}{
		{"PLIC", "claim", func(*qemu.Options) {}},
		{"IMSIC", "message", func(o *qemu.Options) { o.Machine.Options = []string{"aia=aplic-imsic"} }},
		{"APLIC with wires", "wire", func(o *qemu.Options) { o.Machine.Options = []string{"aia=aplic"} }},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := machine(2)
			c.set(&o)
			g := session(t, o)
			for core, n := range []string{"0", "1"} {
				served := consoleServed(g, n, c.how)
				if again := consoleServed(g, n, c.how); again <= served {
					t.Errorf("core %d: %d interrupts served, and after a command more %d", core, served, again)
				}
				if core == 0 {
					g.Send("crash 0 panic\r")
					g.Expect("@1 dead core=0 cause=panic$")
				}
			}
			g.Send("audit; poweroff\r")
			g.Expect("^@1 audit .* violations=0$")
			g.Wait()
		})
	}
}

// consoleServed asks the core that has the console how its interrupts come, and returns
// how many it has served.
func consoleServed(g *qemu.Guest, core, how string) int {
	g.Send("irqs " + core + "\r")
	g.Expect("^ +" + core + "  /soc/serial@10000000  " + how + " ")
	g.Expect("^@" + core + " irqs cores=1 devices=1 served=[0-9]+ stray=0$")
	g.ExpectText(prompt)
	all := qemu.Facts(g.Console(), "irqs")
	return all[len(all)-1].Int("served")
}

// TestS74Doorbell counts what ringing another core costs, by message and by the firmware,
// in one run: one instruction takes a nanosecond of this machine. Both wake the other
// core; a message takes at most half as many instructions.
// Sabotage: let bells.ring always use the firmware.
func TestS74Doorbell(t *testing.T) {
	t.Parallel()
	o := machine(2)
	o.Machine.Options = []string{"aia=aplic-imsic"}
	o.Extra = []string{"-icount", "shift=0,sleep=off"}
	ways := map[string]qemu.Fact{}
	for _, f := range qemu.Facts(run(t, o, "bench doorbell 0 1 -n 20; bench doorbell 1 0 -n 20"), "bench-doorbell") {
		ways[f.Values["way"]+f.Values["from"]] = f
	}
	for _, from := range []string{"0", "1"} {
		message, ipi := ways["message"+from], ways["ipi"+from]
		a, b := message.Span("ring"), ipi.Span("ring")
		t.Logf("a ring by core %s takes %d instructions by message, %d by IPI; it is heard after %v and %v",
			from, a.Nanoseconds(), b.Nanoseconds(), message.Span("wake"), ipi.Span("wake"))
		if a <= 0 || b < 2*a {
			t.Errorf("core %s: %v by message, %v by IPI", from, a, b)
		}
	}
}

// TestS74Turn rings cores that have far too much to do: a goroutine that spins, and a program with many threads that
// compute. The event loop has its turn within two milliseconds, some slices of 500 us, whatever number there is. That goes for the
// median: a hart has 62 million instructions a second here, and waits for the other one's turn on the host, up to 5 ms
// in some of a hundred.
// Sabotage: let GiveWay do nothing.
func TestS74Turn(t *testing.T) {
	t.Parallel()
	o := machine(2)
	o.Initrd = harness.Archive(t, "./user/programs/spin")
	o.Extra = []string{"-icount", "shift=3,sleep=off"}
	o.Deadline = 3 * time.Minute
	console := run(t, o, "run -bg -core 0 spin 40; run -bg -core 1 spin 40; bench ump -n 1000")
	for _, f := range qemu.Facts(console, "bench-core") {
		if median := f.Span("busy"); median <= 0 || median > 2*time.Millisecond {
			t.Errorf("core %s is heard after %v", f.Values["core"], median)
		}
	}
}

// TestS74Sockets boots machines of two sockets with a controller each, and checks that
// a device of each has its interrupts brought to its owner, who is a core of that socket:
// the console to core 0, the disk to core 2, and when that has died, with the controller,
// to core 3.
// Sabotage: let controller.parse count contexts from 1; let controllerDriver's Reset do
// nothing: the disk is polled by core 3.
func TestS74Sockets(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, how, aia string }{
		{"PLIC", "claim", "none"}, {"APLIC with wires", "wire", "aplic"}, {"IMSIC", "message", "aplic-imsic"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := machine(4)
			o.Nodes, o.Mem, o.Machine.Options, o.Debug = 2, "2G", []string{"aia=" + c.aia}, true
			disk := filepath.Join(t.TempDir(), "disk")
			if err := os.WriteFile(disk, make([]byte, 64<<10), 0o666); err != nil {
				t.Fatal(err)
			}
			o.Extra = []string{"-drive", "format=raw,if=none,id=d0,file=" + disk, "-device", "virtio-blk-device,drive=d0"}
			g := session(t, o)
			consoleServed(g, "0", c.how)
			for _, owner := range []int{2, 3} {
				if c.aia == "none" {
					rewire(t, g, owner)
				}
				g.Send(fmt.Sprintf("disk check 0 8; irqs %d\r", owner))
				g.Expect("^@0 disk-work work=check .* bad=0 ")
				g.Expect(fmt.Sprintf("^ +%d  /soc/virtio_mmio@10008000  %s +1 +8 ", owner, c.how))
				g.Expect("^@0 irqs cores=1 devices=1 ")
				if f := qemu.Facts(g.Console(), "irqs"); f[len(f)-1].Int("served") == 0 || f[len(f)-1].Int("stray") != 0 {
					t.Errorf("core %d has served %v", owner, f[len(f)-1].Values)
				}
				if owner == 2 {
					g.Send("crash 2 panic\r")
					g.Expect("^@0 crash core=2 how=panic state=dead cause=panic$")
				}
			}
			g.Send("audit; poweroff\r")
			g.Expect("^@0 audit .* violations=0$")
			g.Wait()
		})
	}
}

// rewire mends a wire of the emulator from outside. QEMU 7.2 connects the S-mode
// interrupt of a hart of the second socket to its M-mode context: it follows that
// context's enable bits and threshold, and nothing that S-mode may write. So these are
// set as the kernel has set those of the S-mode context, whose claim register works.
// Where the wire is right this does no harm: the firmware takes no external interrupts.
func rewire(t *testing.T, g *qemu.Guest, hart int) {
	t.Helper()
	// The second PLIC and the disk's source (QEMU, hw/riscv/virt.c); the harts' contexts
	// are M and S in turn.
	const plic, source = 0xc60_0000, 8
	context := uint64(hart-2) * 2
	stub, err := gdbstub.Dial(g.GDB())
	if err != nil {
		t.Fatal(err)
	}
	defer stub.Close()
	for pa, word := range map[uint64]uint32{plic + 0x2000 + 0x80*context: 1 << source, plic + 0x20_0000 + 0x1000*context: 0} {
		if err := stub.WritePhys(pa, binary.LittleEndian.AppendUint32(nil, word)); err != nil {
			t.Fatal(err)
		}
	}
}
