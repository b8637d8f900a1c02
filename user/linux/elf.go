package linux

import (
	"errors"
	"fmt"
	"io"

	"atoll/arch/layout"
)

// ELF, as far as a static program for riscv64 needs it (System V ABI, chapters 4 and 5;
// RISC-V psABI). It is input: nothing here allocates by what the file says.

// Bounds and constants of files.
const (
	elfHeaderSize = 64
	phentSize     = 56
	mostSegments  = 64

	elfExec, elfDyn            = 2, 3
	elfRISCV                   = 243
	ptLoad, ptDynamic          = 1, 2
	ptInterp, ptPHDR           = 3, 6
	pfExec, pfWrite, pfRead    = 1, 2, 4
	elfIdent64, elfIdentLittle = 2, 1
)

// Errors of programs.
var (
	errNoELF   = errors.New("this is no program: it does not begin as an ELF file")
	errDynamic = errors.New("the program needs a dynamic linker; only static ones run")
)

// segment is a part of a program, as its program header says.
type segment struct {
	kind, flags           uint32
	off, va, filesz, size uint64
}

// elfFile is what the headers of a program say.
type elfFile struct {
	entry    uint64
	pie      bool // it may be loaded anywhere
	segments []segment
	headers  uint64 // address of the program headers, 0 if they are not loaded
}

// readELF reads the headers of a program. It fails with a sentence.
func readELF(program io.ReaderAt) (*elfFile, error) {
	var h [elfHeaderSize]byte
	if n, _ := program.ReadAt(h[:], 0); n < len(h) || string(h[:4]) != "\x7fELF" {
		return nil, errNoELF
	}
	kind, machine := le.Uint16(h[16:]), le.Uint16(h[18:])
	off, size, n := le.Uint64(h[32:]), le.Uint16(h[54:]), int(le.Uint16(h[56:]))
	switch {
	case h[4] != elfIdent64 || h[5] != elfIdentLittle || machine != elfRISCV:
		return nil, fmt.Errorf("the program is for machine %d, class %d, not for riscv64", machine, h[4])
	case kind != elfExec && kind != elfDyn:
		return nil, fmt.Errorf("this is no program but an ELF file of type %d", kind)
	case size != phentSize || n == 0 || n > mostSegments || off > 1<<40:
		return nil, fmt.Errorf("the program has %d program headers of %d bytes at %#x, which cannot be", n, size, off)
	}
	table := make([]byte, n*phentSize)
	if got, _ := program.ReadAt(table, int64(off)); got < len(table) {
		return nil, errors.New("the program headers are not all there")
	}
	f := &elfFile{entry: le.Uint64(h[24:]), pie: kind == elfDyn}
	for ; len(table) > 0; table = table[phentSize:] {
		s := segment{
			kind: le.Uint32(table), flags: le.Uint32(table[4:]), off: le.Uint64(table[8:]), va: le.Uint64(table[16:]),
			filesz: le.Uint64(table[32:]), size: le.Uint64(table[40:]),
		}
		switch s.kind {
		case ptInterp:
			return nil, errDynamic
		case ptPHDR:
			f.headers = s.va
		case ptLoad:
			if err := s.check(); err != nil {
				return nil, err
			}
			if s.off <= off && off-s.off < s.filesz && f.headers == 0 {
				f.headers = s.va + off - s.off
			}
		}
		f.segments = append(f.segments, s)
	}
	return f, nil
}

// check looks at what a segment to load says.
func (s *segment) check() error {
	switch {
	case s.va > imageEnd || s.size > imageEnd-s.va || s.filesz > s.size || s.off > 1<<40:
		return fmt.Errorf("the segment at %#x has %d bytes in the file and %d in memory, which cannot be", s.va, s.filesz, s.size)
	case s.off%layout.PageSize != s.va%layout.PageSize && s.filesz > 0:
		return fmt.Errorf("the segment at %#x lies at %#x in the file: they must be alike within a page", s.va, s.off)
	case both(s.prot()):
		return fmt.Errorf("the segment at %#x is to be written and executed, which nothing may be", s.va)
	}
	return nil
}

// prot is the protection that a segment asks for.
func (s *segment) prot() (prot uint64) {
	for _, b := range []struct {
		flag uint32
		prot uint64
	}{{pfRead, protRead}, {pfWrite, protWrite}, {pfExec, protExec}} {
		if s.flags&b.flag != 0 {
			prot |= b.prot
		}
	}
	return prot
}
