package main

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"io"
	"testing"
)

// What is made can be loaded: one segment that is never writable, which the code begins
// within.
// Sabotage: set the flags of the segment to 7.
func TestSmall(t *testing.T) {
	for name, code := range map[string][]byte{
		"fork": forkCode(7, 3), "exec": execCode(0, echoFile, anyHart), "echo": echoCode, "clock": clockCode, "sink": sinkCode, "source": sourceCode(9, 16),
	} {
		f, err := elf.NewFile(bytes.NewReader(small(code)))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if f.Machine != elf.EM_RISCV || f.Type != elf.ET_EXEC || len(f.Progs) != 1 {
			t.Fatalf("%s: %+v", name, f.FileHeader)
		}
		p := f.Progs[0]
		if p.Type != elf.PT_LOAD || p.Flags != elf.PF_R|elf.PF_X || f.Entry < p.Vaddr || f.Entry >= p.Vaddr+p.Filesz || p.Filesz > 4096 {
			t.Errorf("%s: %+v", name, p.ProgHeader)
		}
		data, err := io.ReadAll(p.Open())
		if err != nil || !bytes.Equal(data[f.Entry-p.Vaddr:], code) {
			t.Errorf("%s: the entry is not its code, %v", name, err)
		}
	}
}

// The file that is executed, its arguments and the set of harts are where the code looks for them, wherever it begins.
// Sabotage: make text of execCode 40 bytes; leave begin out of the address.
func TestExecCode(t *testing.T) {
	for _, hart := range []int{anyHart, 0, 5} {
		code := forkCode(7, hart)
		begin := len(loopCode(7))
		data := code[begin+execSize:]
		at, set := binary.LittleEndian.Uint64(data[32:]), binary.LittleEndian.Uint64(data[48:])
		if !bytes.HasPrefix(data, []byte(trueFile+"\x00")) || at != uint64(codeBegin+begin+execSize) || len(data) != 56 {
			t.Errorf("hart %d: the argument is at %#x of %q", hart, at, data)
		}
		if jumps := code[begin+8] == 0x6f; jumps != (hart == anyHart) || !jumps && set != 1<<hart {
			t.Errorf("hart %d: the set is %#x", hart, set)
		}
	}
}
