package linux

import (
	"bytes"
	"fmt"
	"io"

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
)

// image is a program in memory.
type image struct {
	entry, headers uint64
	segments       int
}

// load puts a program into memory that is empty: its segments, whose pages come from the
// file as they are used, the page to which signal handlers return, the vDSO, and the stack.
func (m *memory) load(env Env, file *vfs.File) (*image, error) {
	program, err := file.ReaderAt()
	if err != nil {
		return nil, err
	}
	m.keep(file)
	m.program = file
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
	return im, m.space.Set(wordsAt-stackSize, argsSize+stackSize, layout.R|layout.W)
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
		of := &vspace.Contents{From: program, Size: s.off + s.filesz, InPlace: m.program.InPlace()}
		if err := m.space.SetContents(first, filled-first, perms(s.prot()), of, s.off-(s.va-first)); err != nil {
			return err
		}
	}
	if filled == end {
		return nil
	}
	return m.space.Set(filled, end-filled, perms(s.prot()))
}
