package boot

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"atoll/boot/tools/qemurun"
	"atoll/dts/fdtbuild"
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
	t.Parallel()
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
	t.Parallel()
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

// TestS70LastWords lets the only instance die: semihosting carries the status of that,
// too; without it the last words end with the sentence.
// Sabotage: let the trap handler not step over the EBREAK of package semihost.
func TestS70LastWords(t *testing.T) {
	t.Parallel()
	o := board(t, "sifive_u")
	o.Append = `cores=1 run="crash 0 panic"`
	if status, console := qemu.Run(t, o); status != 2 || only(t, console, "dead").Int("status") != 2 {
		t.Errorf("QEMU's status is %d, want the 2 of a Go panic\n%s", status, kernelPart(console))
	}
	o.Semihosting = false
	g := qemu.Start(t, o)
	g.Expect(`^@0 dead core=0 cause=panic status=2$`)
	g.Expect(`^atoll: this machine cannot switch itself off; you may switch it off now$`)
}

// TestS70DeafConsole has a tree that names another interrupt than the UART's: the
// console works all the same, and says that it is polled.
// Sabotage: let Devices.Turn never doubt.
func TestS70DeafConsole(t *testing.T) {
	t.Parallel()
	tree := fdtbuild.Virt(2, 1<<30)
	tree.Root.Find("soc", "serial@10000000").Cells("interrupts", 42)
	tree.Root.Find("chosen").Remove("bootargs")
	o := machine(2)
	o.Tree = filepath.Join(t.TempDir(), "tree")
	if err := os.WriteFile(o.Tree, tree.Blob(), 0o666); err != nil {
		t.Fatal(err)
	}
	g := qemu.Start(t, o)
	g.Expect(`core 0: /soc/serial@10000000: no interrupt comes from it, so it is polled$`)
	g.ExpectText(`atoll> `)
	g.Send("help; echo heard\r")
	g.Expect(`^heard$`)
	g.Send("poweroff 9\r")
	if status := g.Wait(); status != 9 {
		t.Errorf("status %d, want 9", status)
	}
}

// TestS70FirmwareConsole boots a machine whose UART nobody drives: the console is the
// firmware's. OpenSBI has the debug console from version 1.3 on; ATOLL_FIRMWARE names
// such a fw_dynamic.bin.
// Sabotage: let sbi.Console.flush offer the record's virtual address.
func TestS70FirmwareConsole(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, firmware, calls string }{
		{"of the host's OpenSBI", "", "(legacy calls|DBCN)"},
		{"of ATOLL_FIRMWARE", os.Getenv("ATOLL_FIRMWARE"), "DBCN"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.name == "of ATOLL_FIRMWARE" && c.firmware == "" {
				t.Skip("ATOLL_FIRMWARE is not set: no firmware with the debug console (OpenSBI 1.3 or later)")
			}
			tree := fdtbuild.Virt(2, 1<<30)
			tree.Root.Find("soc", "serial@10000000").Strings("compatible", "nobody,uart")
			tree.Root.Find("chosen").Remove("bootargs")
			o := machine(2)
			o.Firmware, o.Tree = c.firmware, filepath.Join(t.TempDir(), "tree")
			if err := os.WriteFile(o.Tree, tree.Blob(), 0o666); err != nil {
				t.Fatal(err)
			}
			g := qemu.Start(t, o)
			g.Expect(`^atoll: console .*serial@10000000 is not driven: .*nobody,uart`)
			g.Expect(`^atoll: console of the firmware, by ` + c.calls + `$`)
			g.Expect(`^@0 ready cores=2$`)
			g.ExpectText(`atoll> `)
			g.Send("mem; echo heard\r")
			g.Expect(`^heard$`)
			g.Send("poweroff 9\r")
			if status := g.Wait(); status != 9 {
				t.Errorf("status %d, want 9", status)
			}
		})
	}
}

// TestS70AbsentHart gives a sifive_u a tree that praises its hart 0, which has no
// supervisor mode. The firmware starts it all the same, and it never arrives: it is left
// out when its time is over, and the others come up without it.
// Sabotage: let birth.expire do nothing.
func TestS70AbsentHart(t *testing.T) {
	t.Parallel()
	if !soak() {
		t.Skip("the machine waits 30 s for the hart, which the simulated ones of package monitor do at once: set ATOLL_SOAK")
	}
	o := board(t, "sifive_u")
	o.Tree = filepath.Join(t.TempDir(), "tree")
	if err := os.WriteFile(o.Tree, fdtbuild.Unleashed().Blob(), 0o666); err != nil {
		t.Fatal(err)
	}
	o.Append, o.Deadline = "", 3*time.Minute
	g := qemu.Start(t, o)
	g.Expect(`^core [0-4] on hart 0 is left out: it did not come up`)
	g.Expect(`^@[0-4] ready cores=4$`)
	g.Expect(`^@[0-4] exit status=0$`)
}
