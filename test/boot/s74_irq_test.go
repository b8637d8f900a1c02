package boot

import (
	"testing"

	"atoll/test/qemu"
)

// TestS74Console checks that the console's bytes come by interrupt, with every kind of
// controller, and after its owner's death at the successor, with no stray one. The
// count of what was served moves with the keys typed.
// Sabotage: leave r.route out of tryAttach: the line goes dead, and nothing is served.
// Sabotage: leave x.own for a successor out of openOwned: its console is polled.
func TestS74Console(t *testing.T) {
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
