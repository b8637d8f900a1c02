package boot

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"atoll/boot/tools/card"
	"atoll/boot/tools/qemurun"
	"atoll/dts/boards"
	"atoll/dts/fdtbuild"
	"atoll/test/qemu"
)

// uboot is a machine on which U-Boot starts the kernel.
func uboot(harts int) qemu.Options {
	return qemu.Options{Machine: qemurun.Machine{Harts: harts, Mem: "2G", UBoot: true}, Deadline: 3 * time.Minute}
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
	o := uboot(4)
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

// TestS72VisionFive2 boots the shape of a VisionFive 2: partition 3, a compressed image,
// an initial RAM disk, a device tree from the card that calls hart 0 usable, and RAM at
// another base, so that the kernel runs at 0xc0200000. Hart 0 must be left alone.
//
// What it cannot show: the tree's time base is the board's, 4 MHz, but the emulated
// clock has 10 MHz, so all times that the kernel prints here are 2.5 times too long; the
// UART's registers are a 16550's; contexts of the interrupt controller count as in
// virt.
//
// Sabotage: take the row of starfive,jh7110 out of dts/quirks.go.
func TestS72VisionFive2(t *testing.T) {
	img := readImage(t)
	binary.LittleEndian.PutUint64(img[8:], 0x4020_0000) // text_offset
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	w.Write(img) // into memory, which cannot fail
	w.Close()
	o := uboot(5)
	o.DTB = filepath.Join(t.TempDir(), "firmware.dtb")
	if err := os.WriteFile(o.DTB, fdtbuild.Shaped("disabled", 0x8000_0000, 2<<30).Blob(), 0o666); err != nil {
		t.Fatal(err)
	}
	o.Card = writeCard(t, card.Card{
		Kernel: packed.Bytes(), Tree: fdtbuild.Shaped("okay", 0xc000_0000, 1<<30).Blob(),
		Initrd: make([]byte, 3<<20+5), Append: `run="plan; audit"`,
	})
	g := qemu.Start(t, o)
	interrupt(g)
	g.Send("ls virtio 0:3 /; ls virtio 0:3 /extlinux\n")
	g.ExpectText(fmt.Sprintf(`%d +Image.gz`, packed.Len()))
	g.ExpectText(`3145733 +initrd.img`)
	g.ExpectText(`extlinux.conf`)
	g.ExpectText(`=> `)
	// As on the board, all lies in the memory that the kernel is told of.
	g.Send("setenv fdt_addr_r 0xcc000000; setenv ramdisk_addr_r 0xcc300000; boot\n")
	g.ExpectText(`to 0xc0200000`)
	if status := g.Wait(); status != 0 || exitStatus(t, g.Console()) != 0 {
		t.Errorf("QEMU's status %d, want 0", status)
	}
	checkShape(t, g.Console())
}

// checkShape checks the plan of TestS72VisionFive2.
func checkShape(t *testing.T, console string) {
	t.Helper()
	checkUp(t, console, 4)
	for _, f := range qemu.Facts(console, "up") {
		if f.Int("hart") != f.Core+1 {
			t.Errorf("core %d runs on hart %d", f.Core, f.Int("hart"))
		}
	}
	if p := only(t, console, "plan"); p.Int("timebase") != 4_000_000 || p.Int("harts") != 4 {
		t.Errorf("plan %v", p.Values)
	}
	for _, want := range []string{
		"hart 0 is left out: it is the SoC's S7", "image        0xc0200000..", "initrd       0xcc300000..0xcc600005", "snps,dw-apb-uart",
	} {
		if !strings.Contains(console, want) {
			t.Errorf("%q is missing on the console:\n%s", want, kernelPart(console))
		}
	}
}

// TestS72Booti starts the kernel by hand at U-Boot's prompt, with and without an initial
// RAM disk: the first time its status is reset, and the firmware starts again.
func TestS72Booti(t *testing.T) {
	o := uboot(2)
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
