package boot

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
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

// patient has U-Boot count down from 9 instead of 2, to be interrupted: the host may be
// too busy to see the countdown in two seconds.
func patient(t *testing.T, o *qemu.Options) {
	t.Helper()
	path, err := qemurun.FindUBoot()
	if err != nil {
		return // Start says so
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const delay = "bootdelay=2\x00"
	if bytes.Count(b, []byte(delay)) != 1 {
		t.Fatalf("%s does not hold %q once", path, delay)
	}
	o.UBootELF = filepath.Join(t.TempDir(), "uboot.elf")
	if err := os.WriteFile(o.UBootELF, bytes.Replace(b, []byte(delay), []byte("bootdelay=9\x00"), 1), 0o666); err != nil {
		t.Fatal(err)
	}
}

// interrupt stops U-Boot's countdown.
func interrupt(g *qemu.Guest) {
	g.ExpectText(`stop autoboot:`)
	g.Send("\n")
	g.ExpectText(`=> `)
}

// bootBound is what the kernel may take from its first instruction to the first prompt,
// on a machine of 125 million instructions a second: U-Boot has taken some seconds when
// it hands over.
const bootBound = time.Second

// TestS72Card boots from a card by U-Boot's own doing: it finds partition 3, reads
// extlinux.conf and hands over the arguments as they were given, and the kernel ends
// the machine with its status. Time is counted in instructions, so that the host has no
// part in it.
// Sabotage: let escape of package card write a `$` as it stands.
func TestS72Card(t *testing.T) {
	t.Parallel()
	o := uboot(t, 4)
	o.Extra = []string{"-icount", "shift=3"}
	o.Append = `run="cores; audit; bench boot; echo \"a \\\\ b\" ${c} 'd'; poweroff 7"`
	g := qemu.Start(t, o)
	g.Expect(`^Scanning virtio 0:3`)
	g.ExpectText(`Moving Image from 0x84000000 to 0x80200000`)
	g.Expect(`^@0 ready cores=4$`)
	g.Expect(`^a \\ b \$\{c\} 'd'$`)
	if status := g.Wait(); status != 7 || exitStatus(t, g.Console()) != 7 {
		t.Errorf("QEMU's status %d, want 7", status)
	}
	checkUp(t, g.Console(), 4)
	boot, err := time.ParseDuration(only(t, g.Console(), "bench-boot").Values["boot"])
	t.Logf("from the first instruction to the first prompt: %v", boot)
	if err != nil || boot > bootBound || boot < bootBound/1000 {
		t.Errorf("the boot took %v, %v; at most %v is allowed", boot, err, bootBound)
	}
}

// TestS72Stock boots the card of a VisionFive 2, as `make sdcard` makes it. U-Boot
// imports its environment file as the vendor's does, 512 bytes of memory in which
// something else has been before. The kernel is started by hand, with booti, without
// and with an initial RAM disk, and then by extlinux.conf, whose folder of trees has none for
// QEMU, so that it gets the firmware's.
// Sabotage: let vf2Env be as long as it is.
func TestS72Stock(t *testing.T) {
	t.Parallel()
	board, err := boards.Find("visionfive2")
	if err != nil {
		t.Fatal(err)
	}
	o := uboot(t, 2)
	o.Reboots = true
	patient(t, &o)
	o.Card = filepath.Join(t.TempDir(), "card.img")
	c := card.Card{Board: board, Kernel: readImage(t), Initrd: make([]byte, 1<<20), Append: `run="poweroff 3"`}
	if err := c.Write(o.Card); err != nil {
		t.Fatal(err)
	}
	g := qemu.Start(t, o)
	interrupt(g)
	g.Send("mw.l 90000000 0a423d41 100; load virtio 0:3 90000000 /uEnv.txt; env import -t 90000000 200; printenv\n")
	g.ExpectText(`bootcmd=run load_distro_uenv;run bootcmd_distro`)
	g.ExpectText(`fdtfile=starfive/jh7110-starfive-visionfive-2-v1.3b.dtb`)
	g.ExpectText(`Environment size`)
	if strings.Contains(g.Console(), "\nA=B\n") { // what has been before
		t.Error("the environment holds what stood behind the file")
	}
	g.ExpectText(`=> `)
	g.Send("reset\n")
	for _, c := range []struct{ args, initrd, want string }{
		{`run="reboot"`, "-", `^atoll> reboot$`},
		{`run="cores; plan; reboot"`, "${ramdisk_addr_r}:${filesize}", `initrd +0x8c300000\.\.0x8c400000`},
	} {
		interrupt(g)
		g.Send("load virtio 0:3 ${kernel_addr_r} /Image; load virtio 0:3 ${ramdisk_addr_r} /initrd.img\n")
		g.ExpectText(`1048576 bytes read`)
		g.ExpectText(`=> `)
		g.Send("setenv bootargs '" + c.args + "'; booti ${kernel_addr_r} " + c.initrd + " ${fdtcontroladdr}\n")
		g.Expect(`^@0 ready cores=2$`)
		g.ExpectText(c.want)
	}
	interrupt(g)
	g.Send("boot\n")
	g.Expect(`^@0 ready cores=2$`)
	if status := g.Wait(); status != 3 {
		t.Errorf("QEMU's status %d, want 3", status)
	}
}
