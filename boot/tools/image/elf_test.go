package main

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
)

// segment is a PT_LOAD segment of a test program.
type segment struct {
	vaddr uint64
	flags elf.ProgFlag
	bytes string
	bss   uint64
}

// symbol is a function in a test program's text.
type symbol struct {
	name       string
	addr, size uint64
}

// program is an ELF file to write. Its text section is the first segment.
type program struct {
	machine  elf.Machine
	kind     elf.Type
	entry    uint64
	segments []segment
	symbols  []symbol
}

// bodyAt is where the segments' bytes begin in the file.
const bodyAt = 0x1000

// write writes the file: headers, segments, symbols, names, section headers.
func (p program) write(t *testing.T) string {
	t.Helper()
	progs, body := p.loads()
	syms, names := p.symtab()
	sections := "\x00.text\x00.symtab\x00.strtab\x00.shstrtab\x00"
	symsAt := uint64(bodyAt + len(body))
	namesAt := symsAt + uint64(len(syms))
	sectionsAt := namesAt + uint64(len(names))
	table := []elf.Section64{
		{},
		{Name: 1, Type: uint32(elf.SHT_PROGBITS), Addr: p.segments[0].vaddr, Off: bodyAt, Size: uint64(len(p.segments[0].bytes))},
		{Name: 7, Type: uint32(elf.SHT_SYMTAB), Off: symsAt, Size: uint64(len(syms)), Link: 3, Entsize: elf.Sym64Size},
		{Name: 15, Type: uint32(elf.SHT_STRTAB), Off: namesAt, Size: uint64(len(names))},
		{Name: 23, Type: uint32(elf.SHT_STRTAB), Off: sectionsAt, Size: uint64(len(sections))},
	}
	h := elf.Header64{
		Ident: [16]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), 1},
		Type:  uint16(p.kind), Machine: uint16(p.machine), Version: 1, Entry: p.entry,
		Phoff: 64, Ehsize: 64, Phentsize: 56, Phnum: uint16(len(progs)),
		Shoff: sectionsAt + uint64(len(sections)), Shentsize: 64, Shnum: uint16(len(table)), Shstrndx: 4,
	}
	head := encode(h, progs)
	file := encode(head, make([]byte, bodyAt-len(head)), body, syms, []byte(names), []byte(sections), table)
	path := filepath.Join(t.TempDir(), "k.elf")
	if err := os.WriteFile(path, file, 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// loads returns the program headers and the bytes they point to.
func (p program) loads() (progs []elf.Prog64, body []byte) {
	for _, s := range p.segments {
		progs = append(progs, elf.Prog64{
			Type: uint32(elf.PT_LOAD), Flags: uint32(s.flags), Off: uint64(bodyAt + len(body)), Vaddr: s.vaddr,
			Filesz: uint64(len(s.bytes)), Memsz: uint64(len(s.bytes)) + s.bss, Align: 0x1000,
		})
		body = append(body, s.bytes...)
	}
	return progs, body
}

// symtab returns the symbols and their names.
func (p program) symtab() (table []byte, names string) {
	syms := []elf.Sym64{{}}
	names = "\x00"
	for _, s := range p.symbols {
		syms = append(syms, elf.Sym64{Name: uint32(len(names)), Info: byte(elf.STT_FUNC), Shndx: 1, Value: s.addr, Size: s.size})
		names += s.name + "\x00"
	}
	return encode(syms), names
}

// encode writes the values one behind the other.
func encode(values ...any) []byte {
	var b bytes.Buffer
	for _, v := range values {
		if err := binary.Write(&b, binary.LittleEndian, v); err != nil {
			panic(err)
		}
	}
	return b.Bytes()
}
