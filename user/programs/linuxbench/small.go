package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
)

// Files that are made for the measurements. Those that run are ELF files of one page.
const (
	dir       = "/tmp/linuxbench"
	dataFile  = dir + "/data"
	trueFile  = dir + "/true"  // ends at once
	forkFile  = dir + "/fork"  // makes fewRounds processes that run trueFile, one after the other
	echoFile  = dir + "/echo"  // writes what it reads, up to 64 bytes at a time
	clockFile = dir + "/clock" // writes what RDTIME says

	dataSize = 4096
)

// makeFiles makes them.
func makeFiles() error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	var errs []error
	for path, data := range map[string][]byte{
		dataFile: bytes.Repeat([]byte{7}, dataSize), trueFile: small(forkCode(0)), forkFile: small(forkCode(fewRounds)),
		echoFile: small(echoCode), clockFile: small(clockCode),
	} {
		errs = append(errs, os.WriteFile(filepath.Clean(path), data, 0o700))
	}
	return errors.Join(errs...)
}

// Where an ELF file of one page is in memory, and where its code begins.
const (
	smallAt   = 0x10000
	headers   = 64 + 56
	codeBegin = smallAt + headers
)

// small makes an ELF file of code: one segment, to read and execute (System V ABI, chapters 4
// and 5; RISC-V ELF psABI for the machine).
func small(code []byte) []byte {
	var b bytes.Buffer
	put := func(v ...any) {
		for _, x := range v {
			_ = binary.Write(&b, binary.LittleEndian, x) // into memory
		}
	}
	size := uint64(headers + len(code))
	put([]byte("\x7fELF\x02\x01\x01"), [9]byte{}, uint16(2), uint16(243), uint32(1)) // executable, RISC-V
	put(uint64(codeBegin), uint64(64), uint64(0), uint32(4), uint16(64), uint16(56), uint16(1), uint16(64), uint16(0), uint16(0))
	put(uint32(1), uint32(5), uint64(0), uint64(smallAt), uint64(smallAt), size, size, uint64(4096))
	b.Write(code)
	return b.Bytes()
}

// words are instructions as bytes.
func words(list ...uint32) (b []byte) {
	for _, w := range list {
		b = binary.LittleEndian.AppendUint32(b, w)
	}
	return b
}

// forkCode makes so many processes (below 2048), each of which runs trueFile, and waits for
// each. Its status is 1 if it cannot make one, or run the file.
func forkCode(rounds uint32) []byte {
	code := words(
		rounds<<20|0x493, // li s1, rounds
		// loop:
		0x06048263, // beqz s1, done
		0x0dc00893, // li a7, 220: clone
		0x01100513, // li a0, SIGCHLD
		0x00000593, // li a1, 0
		0x00000613, // li a2, 0
		0x00000693, // li a3, 0
		0x00000713, // li a4, 0
		0x00000073, // ecall
		0x02050263, // beqz a0, child
		0x02054c63, // bltz a0, fail
		0x00000593, // li a1, 0
		0x00000613, // li a2, 0
		0x00000693, // li a3, 0
		0x10400893, // li a7, 260: wait4
		0x00000073, // ecall
		0xfff48493, // addi s1, s1, -1
		0xfc1ff06f, // j loop
		// child:
		0x00000517, // auipc a0, 0
		0x03050513, // addi a0, a0, 48: the path
		0x02050593, // addi a1, a0, 32: the arguments
		0x00000613, // li a2, 0
		0x0dd00893, // li a7, 221: execve
		0x00000073, // ecall
		// fail:
		0x00100513, // li a0, 1
		0x0080006f, // j end
		// done:
		0x00000513, // li a0, 0
		// end:
		0x05e00893, // li a7, 94: exit_group
		0x00000073, // ecall
		0x00000013, // nop
	)
	path := uint64(codeBegin + len(code))
	text := make([]byte, 32)
	copy(text, trueFile)
	code = append(code, text...)
	code = binary.LittleEndian.AppendUint64(code, path)
	return binary.LittleEndian.AppendUint64(code, 0)
}

var echoCode = words(
	0xfc010113, // addi sp, sp, -64
	// loop:
	0x00000513, // li a0, 0
	0x00010593, // mv a1, sp
	0x04000613, // li a2, 64
	0x03f00893, // li a7, 63: read
	0x00000073, // ecall
	0x00a05c63, // blez a0, end
	0x00050613, // mv a2, a0
	0x00100513, // li a0, 1
	0x04000893, // li a7, 64: write
	0x00000073, // ecall
	0xfd9ff06f, // j loop
	// end:
	0x00000513, // li a0, 0
	0x05e00893, // li a7, 94: exit_group
	0x00000073, // ecall
)

var clockCode = words(
	0xff010113, // addi sp, sp, -16
	0xc01022f3, // rdtime t0
	0x00513023, // sd t0, 0(sp)
	0x00100513, // li a0, 1
	0x00010593, // mv a1, sp
	0x00800613, // li a2, 8
	0x04000893, // li a7, 64: write
	0x00000073, // ecall
	0x00000513, // li a0, 0
	0x05e00893, // li a7, 94: exit_group
	0x00000073, // ecall
)
