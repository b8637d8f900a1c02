package qemurun

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// ErrMissing is wrapped by the errors of FindQEMU and FindFirmware.
var ErrMissing = errors.New("not installed")

// FindQEMU returns the path of the emulator.
func FindQEMU() (string, error) {
	path, err := exec.LookPath("qemu-system-riscv64")
	if err != nil {
		return "", fmt.Errorf("qemu-system-riscv64 is %w (Debian: qemu-system-misc)", ErrMissing)
	}
	return path, nil
}

// firmwares are the places where distributions and QEMU itself put OpenSBI.
var firmwares = []string{
	"/usr/lib/riscv64-linux-gnu/opensbi/generic/fw_dynamic.bin",
	"/usr/share/opensbi/lp64/generic/firmware/fw_dynamic.bin",
	"/usr/share/qemu/opensbi-riscv64-generic-fw_dynamic.bin",
	"/usr/local/share/qemu/opensbi-riscv64-generic-fw_dynamic.bin",
}

// FindFirmware returns the path of OpenSBI's fw_dynamic.bin.
func FindFirmware() (string, error) {
	for _, path := range firmwares {
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("OpenSBI's fw_dynamic.bin is %w (Debian: opensbi)", ErrMissing)
}

// Initrd returns the archive that is the initial RAM disk of those who want no other: the one
// with a shell, if make initrd has made one, or that of make image, "" if there is none.
func Initrd() string {
	for _, name := range []string{"initrd.cpio", "programs.cpio"} {
		path := filepath.Join("build", name)
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	return ""
}
