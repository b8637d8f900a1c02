package qemurun

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"atoll/boot/tools/card"
	"atoll/dts/boards"
)

// uboots are the places where distributions put U-Boot for the virt machine in
// supervisor mode, as an ELF file.
var uboots = []string{
	"/usr/lib/u-boot/qemu-riscv64_smode/uboot.elf",
	"/usr/lib/u-boot/qemu-riscv64_smode/u-boot.elf",
}

// FindUBoot returns the path of U-Boot.
func FindUBoot() (string, error) {
	for _, path := range uboots {
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("U-Boot for QEMU is %w (Debian: u-boot-qemu)", ErrMissing)
}

// withUBoot returns the machine that boots U-Boot, which finds the kernel and all that
// goes with it on the card.
func (m Machine) withUBoot() (Machine, error) {
	uboot, err := m.UBootELF, error(nil)
	if uboot == "" {
		if uboot, err = FindUBoot(); err != nil {
			return m, err
		}
	}
	if m.LoadAddr != 0 || m.Tree != "" {
		return m, errors.New("U-Boot chooses where the kernel runs and which device tree it gets")
	}
	if m.Card == "" {
		m.Card = filepath.Join(m.Scratch, "card.img")
		if err := m.makeCard(m.Card); err != nil {
			return m, err
		}
	}
	m.Kernel, m.Append, m.Initrd = uboot, "", ""
	m.Extra = append([]string{
		"-drive", "file=" + escape(m.Card) + ",format=raw,if=none,id=card,readonly=on", "-device", "virtio-blk-device,drive=card",
	}, m.Extra...)
	return m, nil
}

// escape writes a file's name as a value of one of QEMU's options.
func escape(file string) string { return strings.ReplaceAll(file, ",", ",,") }

// makeCard makes the card with the machine's kernel, boot arguments and initial RAM
// disk. The device tree is the machine's: U-Boot hands on its own.
func (m Machine) makeCard(path string) (err error) {
	c := card.Card{Append: m.Append}
	if c.Board, err = boards.Find("qemu"); err != nil {
		return err
	}
	if c.Kernel, err = os.ReadFile(m.Kernel); err != nil {
		return fmt.Errorf("no kernel image: %w", err)
	}
	if m.Initrd != "" {
		if c.Initrd, err = os.ReadFile(m.Initrd); err != nil {
			return err
		}
	}
	return c.Write(path)
}
