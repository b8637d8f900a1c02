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
	sinkFile  = dir + "/sink"  // reads, up to 64 KiB at a time, to the end

	dataSize = 4096
)

// makeFiles makes them.
func makeFiles() error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	var errs []error
	for path, data := range map[string][]byte{
		dataFile: bytes.Repeat([]byte{7}, dataSize), trueFile: small(forkCode(0, anyHart)), forkFile: small(forkCode(fewRounds, anyHart)),
		echoFile: small(echoCode), clockFile: small(clockCode), sinkFile: small(sinkCode),
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

// loopCode makes so many processes (below 2048), each of which runs the code behind it, and waits for
// each. Its status is 1 if it cannot make one.
func loopCode(rounds uint32) []byte {
	return words(
		rounds<<20|0x493, // li s1, rounds
		// loop:
		0x04048663, // beqz s1, done
		0x0dc00893, // li a7, 220: clone
		0x01100513, // li a0, SIGCHLD
		0x00000593, // li a1, 0
		0x00000613, // li a2, 0
		0x00000693, // li a3, 0
		0x00000713, // li a4, 0
		0x00000073, // ecall
		0x02050c63, // beqz a0, behind
		0x02054063, // bltz a0, fail
		0x00000593, // li a1, 0
		0x00000613, // li a2, 0
		0x00000693, // li a3, 0
		0x10400893, // li a7, 260: wait4
		0x00000073, // ecall
		0xfff48493, // addi s1, s1, -1
		0xfc1ff06f, // j loop
		// fail:
		0x00100513, // li a0, 1
		0x0080006f, // j end
		// done:
		0x00000513, // li a0, 0
		// end:
		0x05e00893, // li a7, 94: exit_group
		0x00000073, // ecall
		// behind:
	)
}

// anyHart as the hart that code is to run on is none.
const anyHart = -1

// execSize is how long execCode is, up to its data.
const execSize = 16 * 4

// execCode, which begins so many bytes behind codeBegin, executes a file in its place, on a hart that is below 64. Its status
// is 1 if it cannot.
func execCode(begin int, path string, hart int) []byte {
	code := words(
		0x00000417,              // auipc s0, 0
		execSize<<20|0x00040413, // addi s0, s0, execSize: the path
	)
	mask := uint64(0)
	if hart == anyHart {
		code = append(code, words(0x0180006f)...) // j behind sched_setaffinity
	} else {
		mask = 1 << hart
		code = append(code, words(0x00000013)...) // nop
	}
	code = append(code, words(
		0x00000513, // li a0, 0
		0x00800593, // li a1, 8
		0x03040613, // addi a2, s0, 48: the set
		0x07a00893, // li a7, 122: sched_setaffinity
		0x00000073, // ecall
		0x00040513, // mv a0, s0
		0x02040593, // addi a1, s0, 32: the arguments
		0x00000613, // li a2, 0
		0x0dd00893, // li a7, 221: execve
		0x00000073, // ecall
		0x00100513, // li a0, 1
		0x05e00893, // li a7, 94: exit_group
		0x00000073, // ecall
	)...)
	text := make([]byte, 32)
	copy(text, path)
	for _, w := range []uint64{uint64(codeBegin + begin + execSize), 0, mask} {
		text = binary.LittleEndian.AppendUint64(text, w)
	}
	return append(code, text...)
}

// forkCode has so many processes run trueFile, one after the other, each on a hart.
func forkCode(rounds uint32, hart int) []byte {
	code := loopCode(rounds)
	return append(code, execCode(len(code), trueFile, hart)...)
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

var sinkCode = words(
	0x000102b7, // lui t0, 16
	0x40510133, // sub sp, sp, t0
	// loop:
	0x00000513, // li a0, 0
	0x00010593, // mv a1, sp
	0x00010637, // lui a2, 16
	0x03f00893, // li a7, 63: read
	0x00000073, // ecall
	0xfea046e3, // bgtz a0, loop
	0x05e00893, // li a7, 94: exit_group
	0x00000073, // ecall
)

// sourceCode writes so many times (below 2048) so many pages (below 17).
func sourceCode(times, pages uint32) []byte {
	return words(
		0x000102b7,      // lui t0, 16
		0x40510133,      // sub sp, sp, t0
		times<<20|0x493, // li s1, times
		// loop:
		0x02048263,      // beqz s1, done
		0x00100513,      // li a0, 1
		0x00010593,      // mv a1, sp
		pages<<12|0x637, // lui a2, pages
		0x04000893,      // li a7, 64: write
		0x00000073,      // ecall
		0x00054863,      // bltz a0, end
		0xfff48493,      // addi s1, s1, -1
		0xfe1ff06f,      // j loop
		// done:
		0x00000513, // li a0, 0
		// end:
		0x05e00893, // li a7, 94: exit_group
		0x00000073, // ecall
	)
}
