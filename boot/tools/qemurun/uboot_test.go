package qemurun

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// ubootMachine has a U-Boot that need not run and a kernel that a card takes.
func ubootMachine(t *testing.T) Machine {
	t.Helper()
	m := machine(t)
	img := make([]byte, 4096)
	copy(img[8:], "\x00\x00\x20")
	copy(img[56:], "RSC\x05")
	if err := os.WriteFile(m.Kernel, img, 0o666); err != nil {
		t.Fatal(err)
	}
	before := slices.Clone(uboots)
	t.Cleanup(func() { uboots = before })
	uboots = []string{"/nowhere/uboot.elf", m.Kernel}
	m.UBoot = true
	return m
}

// What U-Boot starts is on the card and not in QEMU's arguments.
// Sabotage: leave Append as it is in withUBoot.
func TestUBoot(t *testing.T) {
	m := ubootMachine(t)
	m.Append, m.Initrd, m.Extra = "quiet", m.Kernel, []string{"-d", "int"}
	got := line(t, m)
	if !strings.Contains(got, "-kernel k.img -drive file=card.img,format=raw,if=none,id=card,readonly=on -device virtio-blk-device,drive=card -d int") ||
		strings.Contains(got, "quiet") || strings.Contains(got, "-initrd") {
		t.Error(got)
	}
	if s, err := os.Stat(filepath.Join(m.Scratch, "card.img")); err != nil || s.Size() == 0 {
		t.Errorf("card: %v", err)
	}
	m.Card, m.UBootELF = "a,b.img", filepath.Join(m.Scratch, "other.elf")
	if err := os.WriteFile(m.UBootELF, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if got := line(t, m); !strings.Contains(got, "-kernel other.elf -drive file=a,,b.img,") {
		t.Errorf("a comma in a name, another U-Boot: %s", got)
	}
}

func TestBadUBoot(t *testing.T) {
	for name, set := range map[string]func(m *Machine){
		"load address": func(m *Machine) { m.LoadAddr = 0x8400_0000 },
		"tree":         func(m *Machine) { m.Tree = "t" },
		"no kernel":    func(m *Machine) { m.Kernel = "/nowhere/k" },
		"no initrd":    func(m *Machine) { m.Initrd = "/nowhere/i" },
		"arguments":    func(m *Machine) { m.Append = "a\nb" },
	} {
		m := ubootMachine(t)
		set(&m)
		if cmd, err := m.Command(); err == nil {
			t.Errorf("%s: no error, but %q", name, cmd)
		}
	}
	m := ubootMachine(t)
	uboots = nil
	if _, err := m.Command(); !errors.Is(err, ErrMissing) || !strings.Contains(err.Error(), "u-boot-qemu") {
		t.Errorf("no U-Boot: %v", err)
	}
}

// A board's own first stage finds everything on the card.
func TestSPL(t *testing.T) {
	m := machine(t)
	m.SPL, m.Card, m.Type, m.Options = "spl.bin", "c.img", "sifive_u", []string{"msel=11"}
	got := line(t, m)
	if !strings.Contains(got, "-M sifive_u,msel=11 ") || !strings.Contains(got, "-bios spl.bin -drive file=c.img,format=raw,if=sd") || strings.Contains(got, "-kernel") {
		t.Error(got)
	}
}
