package gdbstub

import (
	"os"
	"path/filepath"
	"testing"

	"atoll/boot/tools/qemurun"
	"atoll/test/qemu"
)

// A hart that is not among those that may run stands still; one that is, runs.
// Sabotage: let ContinueOnly continue all.
func TestContinueOnly(t *testing.T) {
	image := filepath.Join(t.TempDir(), "count.img")
	code := []byte{0x05, 0x05, 0xfd, 0xbf} // c.addi a0, 1; c.j .-2
	if err := os.WriteFile(image, code, 0o666); err != nil {
		t.Fatal(err)
	}
	g := qemu.Start(t, qemu.Options{Machine: qemurun.Machine{Kernel: image, Harts: 2, Mem: "128M"}, Debug: true})
	g.Expect(`^Boot HART MEDELEG`)
	c, err := Dial(g.GDB())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	threads, err := c.Threads()
	if err != nil {
		t.Fatal(err)
	}
	counter, other := findCounter(t, c, threads)
	const value = 1 << 40
	for _, round := range []struct {
		runs  Thread
		moves bool
	}{{other, false}, {counter, true}, {other, false}} {
		if err := c.SetRegister(counter, "a0", value); err != nil {
			t.Fatal(err)
		}
		// One exchange with the stub takes longer than an instruction, mostly.
		got := uint64(value)
		for range 1000 {
			if err := c.ContinueOnly(round.runs); err != nil {
				t.Fatal(err)
			}
			if err := c.Interrupt(); err != nil {
				t.Fatal(err)
			}
			if got, err = c.Register(counter, "a0"); err != nil || got != value {
				break
			}
			if !round.moves {
				break
			}
		}
		if got != value != round.moves || got < value {
			t.Errorf("hart %v of %v runs: the counter went from %d to %d, %v", round.runs, threads, value, got, err)
		}
	}
}

// findCounter lets the machine run until one of two harts is in the guest.
func findCounter(t *testing.T, c *Client, threads []Thread) (counter, other Thread) {
	for range 1000 {
		for i, th := range threads {
			if pc, err := c.Register(th, "pc"); err != nil {
				t.Fatal(err)
			} else if pc&^7 == 0x8020_0000 {
				return th, threads[1-i]
			}
		}
		if err := c.Continue(); err != nil {
			t.Fatal(err)
		}
		if err := c.Interrupt(); err != nil {
			t.Fatal(err)
		}
	}
	t.Fatal("no hart enters the guest")
	return
}
