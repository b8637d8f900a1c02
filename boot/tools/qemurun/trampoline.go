package qemurun

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
)

// loadAlign is what an image's load address must be a multiple of (RISC-V image
// header, boot requirements).
const loadAlign = 2 << 20

// trampoline returns machine code that jumps to addr and leaves a0 and a1, the
// hart id and the device tree, as the firmware set them. QEMU loads it as the
// kernel, so the firmware hands over to it wherever QEMU's choice of address is.
func trampoline(addr uint64) []byte {
	code := []uint32{
		0x00000297, // auipc t0, 0
		0x0102b283, // ld    t0, 16(t0)
		0x00028067, // jr    t0
		0x00000013, // nop
	}
	var b []byte
	for _, c := range code {
		b = binary.LittleEndian.AppendUint32(b, c)
	}
	return binary.LittleEndian.AppendUint64(b, addr)
}

// writeTrampoline writes the trampoline to addr into the directory and returns its
// path.
func writeTrampoline(dir string, addr uint64) (string, error) {
	if addr%loadAlign != 0 {
		return "", fmt.Errorf("load address %#x is not a multiple of 2 MiB", addr)
	}
	path := filepath.Join(dir, fmt.Sprintf("trampoline-%x.bin", addr))
	return path, os.WriteFile(path, trampoline(addr), 0o666)
}
