package boot

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"atoll/boot/tools/card"
	"atoll/dts/fdtbuild"
	"atoll/test/qemu"
)

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
	t.Parallel()
	img := readImage(t)
	binary.LittleEndian.PutUint64(img[8:], 0x4020_0000) // text_offset
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	w.Write(img) // into memory, which cannot fail
	w.Close()
	o := uboot(t, 5)
	patient(t, &o)
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

// TestS72UnknownHart has a device tree with a hart that the firmware does not have, as
// some boards' trees do of their monitor hart; no quirk tells of it. It would be core 0:
// the next one takes the console and all others are up.
//
// Sabotage: let Machine.Stopped go without ErrInvalidParam.
func TestS72UnknownHart(t *testing.T) {
	t.Parallel()
	write := func(name string, tree *fdtbuild.Tree) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, tree.Blob(), 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	kernels := fdtbuild.Shaped("okay", 0x8000_0000, 1<<30)
	kernels.Root.Strings("compatible", "atoll,unknown")
	kernels.Root.Find("chosen").Strings("bootargs", `run="cores; audit"`)
	o := machine(5)
	o.DTB, o.Tree = write("firmware.dtb", fdtbuild.Shaped("disabled", 0x8000_0000, 1<<30)), write("kernel.dtb", kernels)
	status, console := qemu.Run(t, o)
	if exit := only(t, console, "exit"); status != 0 || exit.Core != 1 || exit.Int("status") != 0 {
		t.Errorf("QEMU's status %d, exit line of core %d", status, exit.Core)
	}
	if !strings.Contains(console, "core 0 on hart 0 is left out: the firmware does not start it") || len(qemu.Facts(console, "up")) != 4 {
		t.Errorf("hart 0 is not left out, or others are:\n%s", kernelPart(console))
	}
	if ready := only(t, console, "ready"); ready.Core != 1 || ready.Int("cores") != 4 {
		t.Errorf("ready line of core %d, %v", ready.Core, ready.Values)
	}
}
