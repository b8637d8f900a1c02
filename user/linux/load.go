package linux

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"atoll/arch/layout"
	"atoll/kernel/vspace"
	"atoll/user/vfs"
)

// Where things lie in a process, from the end of user space down.
const (
	stackTop  = layout.UserEnd - 32*layout.PageSize
	stackSize = 8 << 20
	// pieBase is where a position-independent program goes.
	pieBase = 0x2000_0000
	// imageEnd bounds a program's own addresses.
	imageEnd = mmapBase - 1<<32
	// mostArgs bounds arguments and environment, with their terminators and pointers.
	mostArgs = 256 << 10
)

// ErrTooLarge says that arguments and environment do not fit.
var ErrTooLarge = errors.New("the arguments and the environment are too large")

// image is a program in memory.
type image struct {
	entry, headers, stack uint64
	segments              int
}

// load puts a program into memory that is empty: its segments, whose pages come from the
// file as they are used, the page to which signal handlers return, the vDSO, and the stack.
func (m *memory) load(env Env, file *vfs.File, argv, environ []string) (*image, error) {
	program, err := file.ReaderAt()
	if err != nil {
		return nil, err
	}
	m.keep(file)
	m.program, m.commandLine = file, commandLine(argv)
	f, err := readELF(program)
	if err != nil {
		return nil, err
	}
	im, err := m.loadSegments(program, f)
	if err != nil {
		return nil, err
	}
	code := trampolineCode()
	at := &vspace.Contents{From: bytes.NewReader(code), Size: uint64(len(code))}
	if err := m.space.SetContents(trampoline, layout.PageSize, layout.R|layout.X, at, 0); err != nil {
		return nil, err
	}
	if err := m.mapVDSO(env); err != nil {
		return nil, err
	}
	if err := m.space.Set(stackTop-stackSize, stackSize, layout.R|layout.W); err != nil {
		return nil, err
	}
	im.stack, err = m.firstStack(env, im, argv, environ)
	return im, err
}

// mostShownArgs bounds what /proc shows of the arguments, in bytes: the kernel's heap holds that
// as long as the process is known.
const mostShownArgs = 4096

// commandLine returns the arguments as /proc shows them, each with its end.
func commandLine(argv []string) string {
	var b strings.Builder
	for _, s := range argv {
		if left := mostShownArgs - b.Len(); len(s) >= left {
			b.WriteString(s[:left])
			break
		}
		b.WriteString(s)
		b.WriteByte(0)
	}
	return b.String()
}

// loadSegments maps the segments, and begins the heap behind them.
func (m *memory) loadSegments(program io.ReaderAt, f *elfFile) (*image, error) {
	var bias uint64
	if f.pie {
		bias = pieBase
	}
	im := &image{entry: f.entry + bias, segments: len(f.segments)}
	if f.headers != 0 {
		im.headers = f.headers + bias
	}
	for _, s := range f.segments {
		if s.kind != ptLoad || s.size == 0 {
			continue
		}
		s.va += bias
		if err := m.loadSegment(program, s); err != nil {
			return nil, fmt.Errorf("the segment at %#x: %w", s.va, err)
		}
		m.breakStart = max(m.breakStart, pages(s.va+s.size))
	}
	m.breakEnd = m.breakStart
	return im, nil
}

// loadSegment maps one segment: what the file has of it, and clear pages behind that.
func (m *memory) loadSegment(program io.ReaderAt, s segment) error {
	first, end := s.va&^(layout.PageSize-1), pages(s.va+s.size)
	filled := first
	if s.filesz > 0 {
		filled = pages(s.va + s.filesz)
		of := &vspace.Contents{From: program, Size: s.off + s.filesz}
		if err := m.space.SetContents(first, filled-first, perms(s.prot()), of, s.off-(s.va-first)); err != nil {
			return err
		}
	}
	if filled == end {
		return nil
	}
	return m.space.Set(filled, end-filled, perms(s.prot()))
}

// Entries of the auxiliary vector (uapi/linux/auxvec.h).
const (
	auxNull, auxPhdr, auxPhent, auxPhnum   = 0, 3, 4, 5
	auxPagesz, auxBase, auxFlags, auxEntry = 6, 7, 8, 9
	auxUID, auxEUID, auxGID, auxEGID       = 11, 12, 13, 14
	auxHwcap, auxTick, auxSecure           = 16, 17, 23
	auxRandom, auxExecFn, auxVDSO          = 25, 31, 33
)

// hwcap names the instruction set extensions, a bit a letter: those of RV64GC.
const hwcap = 1<<('i'-'a') | 1<<('m'-'a') | 1<<('a'-'a') | 1<<('f'-'a') | 1<<('d'-'a') | 1<<('c'-'a')

// ticksPerSecond is the unit of times(2).
const ticksPerSecond = 100

// firstStack writes what a program finds on its stack: the number of arguments, pointers
// to them and to the environment, the auxiliary vector. It returns the stack pointer.
func (m *memory) firstStack(env Env, im *image, argv, environ []string) (uint64, error) {
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
	env.Random(text[random:])
	if len(text)+8*(len(args)+len(envs)) > mostArgs {
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
	words = append(words, auxPhdr, im.headers, auxPhent, phentSize, auxPhnum, uint64(im.segments),
		auxPagesz, layout.PageSize, auxBase, 0, auxFlags, 0, auxEntry, im.entry, auxUID, 0, auxEUID, 0, auxGID, 0, auxEGID, 0,
		auxHwcap, hwcap, auxTick, ticksPerSecond, auxSecure, 0, auxRandom, base+random, auxExecFn, base, auxVDSO, vdsoAt, auxNull, 0)
	sp := (base - uint64(len(words))*8) &^ 15
	var b []byte
	for _, w := range words {
		b = le.AppendUint64(b, w)
	}
	if _, err := m.space.Write(sp, b); err != nil {
		return 0, err
	}
	_, err := m.space.Write(base, text)
	return sp, err
}
