package boot

import (
	"regexp"
	"testing"

	"atoll/boot/tools/qemurun"
	"atoll/test/qemu"
)

// board is a machine that QEMU imitates.
func board(t *testing.T, name string) qemu.Options {
	t.Helper()
	m, err := qemurun.Board(name)
	if err != nil {
		t.Fatal(err)
	}
	return qemu.Options{Machine: m}
}

// imitated are the boards besides virt, each with four harts of five that can be used.
var imitated = []string{"sifive_u", "icicle"}

// TestS70Boards boots what QEMU has of real boards: a monitor hart that cannot be
// used, the console on another UART than the first, no way to power off. Each ends by
// itself with the status of its commands.
// Sabotage: remove "sifive,uart0" from the plan's table of UARTs; let package power
// leave out semihosting.
func TestS70Boards(t *testing.T) {
	for _, name := range imitated {
		t.Run(name, func(t *testing.T) {
			console := run(t, board(t, name), "cores; audit; ping 0 1 1000; plan")
			checkUp(t, console, 4)
			if !regexp.MustCompile(`(?m)^uart .* console$`).MatchString(console) {
				t.Errorf("no UART of the plan is the console:\n%s", kernelPart(console))
			}
			if status, _ := qemu.RunCommands(t, board(t, name), "poweroff 7"); status != 7 {
				t.Errorf("QEMU's status is %d, want that of poweroff 7", status)
			}
		})
	}
}

// TestS70NoSwitch leaves a machine without any way to switch itself off: it says so,
// and the status is that of its exit line.
// Sabotage: call power.Halt before the sentence is printed.
func TestS70NoSwitch(t *testing.T) {
	for _, name := range imitated {
		t.Run(name, func(t *testing.T) {
			o := board(t, name)
			o.Semihosting, o.NoSwitch = false, true
			o.Append = `run="mem 9; echo bye"`
			g := qemu.Start(t, o)
			g.Expect(`^@0 exit status=2$`)
			g.Expect(`^cannot power off: .*not supported.*; you may switch the machine off now$`)
			if status := g.Wait(); status != 2 {
				t.Errorf("status %d, want 2", status)
			}
		})
	}
}
