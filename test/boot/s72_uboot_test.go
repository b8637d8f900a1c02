package boot

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"atoll/boot/tools/card"
	"atoll/boot/tools/qemurun"
	"atoll/dts/boards"
	"atoll/test/qemu"
)

// uboot is the machine of `make run BOARD=virt-uboot`. U-Boot alone takes some seconds.
func uboot(t *testing.T, harts int) qemu.Options {
	t.Helper()
	m, err := qemurun.Board("virt-uboot")
	if err != nil {
		t.Fatal(err)
	}
	m.Harts, m.Mem = harts, "2G"
	return qemu.Options{Machine: m, Deadline: 3 * time.Minute}
}

// readImage reads the kernel image.
func readImage(t *testing.T) []byte {
	t.Helper()
	path, err := qemu.Image()
	if err != nil {
		t.Skip(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// writeCard makes a card of the board qemu with these contents and returns its path.
// Here the board has 2 GiB of memory.
func writeCard(t *testing.T, c card.Card) string {
	t.Helper()
	found, err := boards.Find("qemu")
	if err != nil {
		t.Fatal(err)
	}
	b := *found
	b.Loads = slices.Clone(b.Loads)
	b.Loads[0].End = b.Loads[0].RAM + 2<<30
	c.Board = &b
	path := filepath.Join(t.TempDir(), "card.img")
	if err := c.Write(path); err != nil {
		t.Fatal(err)
	}
	return path
}

// interrupt stops U-Boot's countdown, which cuts two seconds.
func interrupt(g *qemu.Guest) {
	g.ExpectText(`stop autoboot:`)
	g.Send("\n")
	g.ExpectText(`=> `)
}

// TestS72Card boots from a card by U-Boot's own doing: it finds partition 3, reads
// extlinux.conf and hands over the arguments as they were given, and the kernel ends
// the machine with its status.
func TestS72Card(t *testing.T) {
	o := uboot(t, 4)
	o.Append = `run="cores; audit; echo \"a \\\\ b\" $c 'd'; poweroff 7"`
	g := qemu.Start(t, o)
	g.Expect(`^Scanning virtio 0:3`)
	g.ExpectText(`Moving Image from 0x84000000 to 0x80200000`)
	g.Expect(`^Starting kernel`)
	start := time.Now()
	g.Expect(`^@0 ready cores=4$`)
	t.Logf("from U-Boot's last line to the first prompt: %v", time.Since(start).Round(time.Millisecond))
	g.Expect(`^a \\ b \$c 'd'$`)
	if status := g.Wait(); status != 7 || exitStatus(t, g.Console()) != 7 {
		t.Errorf("QEMU's status %d, want 7", status)
	}
	checkUp(t, g.Console(), 4)
}

// TestS72Booti starts the kernel by hand at U-Boot's prompt, with and without an initial
// RAM disk: the first time its status is reset, and the firmware starts again.
func TestS72Booti(t *testing.T) {
	o := uboot(t, 2)
	o.Reboots = true
	o.Card = writeCard(t, card.Card{Kernel: readImage(t), Initrd: make([]byte, 1<<20)})
	g := qemu.Start(t, o)
	for _, c := range []struct{ args, initrd, want string }{
		{`run="reboot"`, "-", `^atoll> reboot$`},
		{`run="cores; plan"`, "${ramdisk_addr_r}:${filesize}", `initrd +0x8c300000\.\.0x8c400000`},
	} {
		interrupt(g)
		g.Send("load virtio 0:3 ${kernel_addr_r} /Image; load virtio 0:3 ${ramdisk_addr_r} /initrd.img\n")
		g.ExpectText(`1048576 bytes read`)
		g.ExpectText(`=> `)
		g.Send("setenv bootargs '" + c.args + "'; booti ${kernel_addr_r} " + c.initrd + " ${fdtcontroladdr}\n")
		g.Expect(`^@0 ready cores=2$`)
		g.ExpectText(c.want)
	}
	if status := g.Wait(); status != 0 {
		t.Errorf("QEMU's status %d, want 0", status)
	}
}
