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

// treeAddr is where Machine.Tree is put: behind any image, inside 256 MiB of RAM.
const treeAddr = 0x8c00_0000

// trampoline returns machine code that jumps to addr with a0, the hart id, and a1,
// the device tree's address, as the firmware set them; tree replaces a1 if it is not
// 0. QEMU loads the code as the kernel, so the firmware hands over to it wherever
// QEMU's choice of address is.
func trampoline(addr, tree uint64) []byte {
	code := []uint32{
		0x00000297, // auipc t0, 0
		0x0102b303, // ld    t1, 16(t0)
		0x00000013, // nop
		0x00030067, // jr    t1
	}
	if tree != 0 {
		code[2] = 0x0182b583 // ld a1, 24(t0)
	}
	var b []byte
	for _, c := range code {
		b = binary.LittleEndian.AppendUint32(b, c)
	}
	b = binary.LittleEndian.AppendUint64(b, addr)
	return binary.LittleEndian.AppendUint64(b, tree)
}

// writeTrampoline writes the trampoline into the directory and returns its path.
func writeTrampoline(dir string, addr, tree uint64) (string, error) {
	if addr%loadAlign != 0 {
		return "", bad("load address %#x is not a multiple of 2 MiB", addr)
	}
	path := filepath.Join(dir, fmt.Sprintf("trampoline-%x-%x.bin", addr, tree))
	return path, os.WriteFile(path, trampoline(addr, tree), 0o666)
}
