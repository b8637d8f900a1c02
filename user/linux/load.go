package linux

import (
	"debug/elf"
	"errors"
	"fmt"
	"io"

	"atoll/arch/layout"
	"atoll/kernel/vspace"
)

// Where things lie in a process, from the end of user space down.
const (
	trampoline = layout.UserEnd - 16*layout.PageSize // returns from signal handlers
	stackTop   = layout.UserEnd - 32*layout.PageSize
	stackSize  = 8 << 20
	// pieBase is where a position-independent program goes.
	pieBase = 0x2000_0000
	// imageEnd bounds a program's own addresses.
	imageEnd = mmapBase
	// mostArgs bounds arguments and environment, with their terminators.
	mostArgs = 128 << 10
)

// ErrTooLarge says that arguments and environment do not fit.
var ErrTooLarge = errors.New("the arguments and the environment are too large")

// Start makes a process of a program, a static linux/riscv64 ELF file, which runs when
// Begin is called. It fails with a sentence that says what is wrong with the program.
func Start(env Env, space *vspace.Space, program io.ReaderAt, argv, environ []string) (*Process, error) {
	p := newProcess(env, space)
	im, err := load(space, program)
	if err != nil {
		return nil, err
	}
	if err := space.Set(trampoline, layout.PageSize, layout.R|layout.X); err != nil {
		return nil, err
	}
	code := le.AppendUint32(le.AppendUint32(nil, 139<<20|17<<7|0x13), 0x73) // li a7, 139; ecall
	if _, err := space.Load(trampoline, code); err != nil {
		return nil, err
	}
	if err := space.Set(stackTop-stackSize, stackSize, layout.R|layout.W); err != nil {
		return nil, err
	}
	t := p.newThread()
	t.PC = im.entry
	t.X[regSP], err = p.firstStack(im, argv, environ)
	return p, err
}

// image is a program in memory.
type image struct {
	entry   uint64
	headers uint64 // address of its program headers, 0 if they are not loaded
	number  int    // of program headers
}

// load maps the segments of a program.
func load(space *vspace.Space, program io.ReaderAt) (*image, error) {
	f, err := elf.NewFile(program)
	if err != nil {
		return nil, fmt.Errorf("this is no program: %w", err)
	}
	defer f.Close()
	var bias uint64
	switch {
	case f.Machine != elf.EM_RISCV || f.Class != elf.ELFCLASS64:
		return nil, fmt.Errorf("the program is for %v, %v, not for riscv64", f.Machine, f.Class)
	case f.Type == elf.ET_DYN:
		bias = pieBase
	case f.Type != elf.ET_EXEC:
		return nil, fmt.Errorf("this is no program but %v", f.Type)
	}
	im := &image{entry: f.Entry + bias, number: len(f.Progs)}
	for _, seg := range f.Progs {
		switch seg.Type {
		case elf.PT_INTERP:
			return nil, errors.New("the program needs a dynamic linker; only static ones run")
		case elf.PT_PHDR:
			im.headers = seg.Vaddr + bias
		case elf.PT_LOAD:
			if err := loadSegment(space, seg, bias); err != nil {
				return nil, err
			}
			if seg.Off == 0 && im.headers == 0 { // as every linker lays it out
				const elfHeader = 64
				im.headers = seg.Vaddr + bias + elfHeader
			}
		}
	}
	return im, nil
}

// loadSegment maps one segment and fills in what the file has of it.
func loadSegment(space *vspace.Space, seg *elf.Prog, bias uint64) error {
	lo, end := seg.Vaddr+bias, seg.Vaddr+bias+seg.Memsz
	if end < lo || end > imageEnd || seg.Filesz > seg.Memsz {
		return fmt.Errorf("the segment at %#x has %d bytes in the file and %d in memory, which cannot be", lo, seg.Filesz, seg.Memsz)
	}
	if seg.Memsz == 0 {
		return nil
	}
	var prot uint64
	for _, b := range []struct {
		flag elf.ProgFlag
		prot uint64
	}{{elf.PF_R, protRead}, {elf.PF_W, protWrite}, {elf.PF_X, protExec}} {
		if seg.Flags&b.flag != 0 {
			prot |= b.prot
		}
	}
	if both(prot) {
		return fmt.Errorf("the segment at %#x is to be written and executed, which nothing may be", lo)
	}
	first := lo &^ (layout.PageSize - 1)
	if err := space.Set(first, pages(end-first), perms(prot)); err != nil {
		return fmt.Errorf("the segment at %#x: %w", lo, err)
	}
	buf := make([]byte, layout.PageSize)
	for off := uint64(0); off < seg.Filesz; {
		n := min(seg.Filesz-off, layout.PageSize)
		if _, err := seg.ReadAt(buf[:n], int64(off)); err != nil {
			return fmt.Errorf("the segment at %#x: %w", lo, err)
		}
		if _, err := space.Load(lo+off, buf[:n]); err != nil {
			return fmt.Errorf("the segment at %#x: %w", lo, err)
		}
		off += n
	}
	return nil
}

// Entries of the auxiliary vector (uapi/linux/auxvec.h).
const (
	auxNull, auxPhdr, auxPhent, auxPhnum  = 0, 3, 4, 5
	auxPagesz, auxEntry, auxUID, auxEUID  = 6, 9, 11, 12
	auxGID, auxEGID, auxSecure, auxRandom = 13, 14, 23, 25
	phentSize                             = 56
)

// firstStack writes what a program finds on its stack: the number of arguments, pointers
// to them and to the environment, the auxiliary vector. It returns the stack pointer.
func (p *Process) firstStack(im *image, argv, environ []string) (uint64, error) {
	var text []byte
	pointers := func(list []string) (at []uint64) {
		for _, s := range list {
			at = append(at, uint64(len(text)))
			text = append(append(text, s...), 0)
		}
		return at
	}
	args, envs := pointers(argv), pointers(environ)
	random := uint64(len(text))
	text = append(text, make([]byte, 16)...)
	p.env.Random(text[random:])
	if len(text) > mostArgs {
		return 0, ErrTooLarge
	}
	base := (stackTop - uint64(len(text))) &^ 15
	words := []uint64{uint64(len(args))}
	for _, list := range [][]uint64{args, envs} {
		for _, at := range list {
			words = append(words, base+at)
		}
		words = append(words, 0)
	}
	words = append(words, auxPhdr, im.headers, auxPhent, phentSize, auxPhnum, uint64(im.number),
		auxPagesz, layout.PageSize, auxEntry, im.entry, auxUID, 0, auxEUID, 0, auxGID, 0, auxEGID, 0,
		auxSecure, 0, auxRandom, base+random, auxNull, 0)
	sp := (base - uint64(len(words))*8) &^ 15
	var b []byte
	for _, w := range words {
		b = le.AppendUint64(b, w)
	}
	if _, err := p.space.Write(sp, b); err != nil {
		return 0, err
	}
	_, err := p.space.Write(base, text)
	return sp, err
}
