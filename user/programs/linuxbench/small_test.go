package main

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"io"
	"testing"
)

// What is made can be loaded: one segment that is never writable, which the code begins
// within, and the path that is run is where the code looks for it, as the first argument too.
// Sabotage: make text of forkCode 40 bytes; set the flags of the segment to 7.
func TestSmall(t *testing.T) {
	for name, code := range map[string][]byte{"fork": forkCode(7), "echo": echoCode, "clock": clockCode} {
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
	const child, path, argv = 18 * 4, 48, 80 // what forkCode adds to the address of child
	code := forkCode(7)
	at := binary.LittleEndian.Uint64(code[child+argv:])
	if at != codeBegin+child+path || !bytes.HasPrefix(code[at-codeBegin:], []byte(trueFile+"\x00")) {
		t.Errorf("the argument is at %#x: %q", at, code[child+path:])
	}
}
