package boot

import (
	"cmp"
	"os"
	"path/filepath"
	"testing"
	"time"

	"atoll/boot/tools/card"
	"atoll/boot/tools/qemurun"
	"atoll/dts/boards"
	"atoll/test/qemu"
)

// TestS72Unleashed boots a HiFive Unleashed as the real one boots: its first stage finds
// U-Boot in a partition of our card, OpenSBI comes with that, and U-Boot finds the
// kernel. The tree is U-Boot's. It needs U-Boot for the board, which Debian has from
// version 13 on; ATOLL_UBOOT names the folder if it is elsewhere.
func TestS72Unleashed(t *testing.T) {
	t.Parallel()
	dir := cmp.Or(os.Getenv("ATOLL_UBOOT"), "/usr/lib/u-boot/sifive_unleashed")
	spl, err := os.ReadFile(filepath.Join(dir, "u-boot-spl.bin"))
	if err != nil {
		t.Skipf("no U-Boot for the board: %v (Debian 13: u-boot-sifive)", err)
	}
	next, err := os.ReadFile(filepath.Join(dir, "u-boot.itb"))
	if err != nil {
		t.Fatal(err)
	}
	c := card.Card{Kernel: readImage(t), Append: `run="cores; audit; poweroff 5"`, Firmware: map[string][]byte{"spl": spl, "uboot": next}}
	if c.Board, err = boards.Find("unleashed"); err != nil {
		t.Fatal(err)
	}
	m, err := qemurun.Board("sifive_u")
	if err != nil {
		t.Fatal(err)
	}
	m.Options, m.Mem, m.SPL, m.Card = []string{"msel=11"}, "8G", filepath.Join(dir, "u-boot-spl.bin"), filepath.Join(t.TempDir(), "card.img")
	if err := c.Write(m.Card); err != nil {
		t.Fatal(err)
	}
	g := qemu.Start(t, qemu.Options{Machine: m, Deadline: 5 * time.Minute})
	g.ExpectText(`Trying to boot from MMC1`)
	interrupt(g)
	// QEMU's card knows no partitions of its own, so that U-Boot's `mmc dev`, with which
	// its search begins, fails.
	g.Send("setenv devtype mmc; setenv devnum 0; mmc info; run scan_dev_for_boot_part\n")
	g.Expect(`^Scanning mmc 0:3`)
	g.Expect(`^@0 ready cores=4$`)
	if status := g.Wait(); status != 5 || exitStatus(t, g.Console()) != 5 {
		t.Errorf("QEMU's status %d, want 5", status)
	}
	checkUp(t, g.Console(), 4)
}
