package main

import (
	"debug/elf"
	"errors"
	"fmt"
	"io"

	"atoll/arch/layout"
)

// maxImage bounds the file: more would be a mistake of the linking, and on some
// boards it would reach the device tree that the boot loader put behind it.
const maxImage = 64 << 20

// flatten returns the image of the ELF file.
func flatten(f *elf.File) ([]byte, error) {
	if f.Class != elf.ELFCLASS64 || f.Data != elf.ELFDATA2LSB || f.Machine != elf.EM_RISCV || f.Type != elf.ET_EXEC {
		return nil, fmt.Errorf("not a 64-bit RISC-V executable (%v %v %v %v)", f.Class, f.Data, f.Machine, f.Type)
	}
	end, err := checkSegments(f.Progs)
	if err != nil {
		return nil, err
	}
	img := make([]byte, pageUp(end-layout.LinkBase))
	for _, p := range f.Progs {
		if p.Type != elf.PT_LOAD || p.Filesz == 0 {
			continue
		}
		b := img[p.Vaddr-layout.LinkBase:][:p.Filesz]
		if _, err := io.ReadFull(p.Open(), b); err != nil {
			return nil, fmt.Errorf("segment at %#x: %w", p.Vaddr, err)
		}
	}
	h, err := header(f.Entry, uint64(len(img)))
	if err != nil {
		return nil, err
	}
	copy(img, h[:])
	in, err := info(f.Progs)
	if err != nil {
		return nil, err
	}
	copy(img[layout.InfoOffset:], in)
	return img, nil
}

// checkSegments checks the PT_LOAD segments and returns the address behind the
// last byte that one of them has in the file.
func checkSegments(progs []*elf.Prog) (end uint64, err error) {
	var before uint64 = layout.LinkBase // end of the pages of the segments so far
	executable := false
	for _, p := range progs {
		if p.Type != elf.PT_LOAD {
			continue
		}
		switch {
		case p.Vaddr%layout.PageSize != 0:
			return 0, fmt.Errorf("segment at %#x is not page aligned", p.Vaddr)
		case p.Vaddr < before:
			return 0, fmt.Errorf("segment at %#x lies below the link base or shares a page with another", p.Vaddr)
		case p.Memsz < p.Filesz || p.Vaddr+p.Memsz < p.Vaddr || p.Vaddr+p.Memsz > layout.CoreBase:
			return 0, fmt.Errorf("segment at %#x has %#x bytes and leaves the link window", p.Vaddr, p.Memsz)
		case p.Flags&(elf.PF_W|elf.PF_X) == elf.PF_W|elf.PF_X:
			return 0, fmt.Errorf("segment at %#x is writable and executable", p.Vaddr)
		case p.Vaddr+p.Filesz-layout.LinkBase > maxImage:
			return 0, fmt.Errorf("segment at %#x ends more than %d MiB behind the link base", p.Vaddr, maxImage>>20)
		}
		before = p.Vaddr + pageUp(p.Memsz)
		executable = executable || p.Flags&elf.PF_X != 0
		if p.Filesz > 0 {
			end = p.Vaddr + p.Filesz
		}
	}
	if !executable {
		return 0, errors.New("no executable segment")
	}
	return end, nil
}

// pageUp rounds up to a multiple of the page size.
func pageUp(n uint64) uint64 { return (n + layout.PageSize - 1) &^ (layout.PageSize - 1) }
