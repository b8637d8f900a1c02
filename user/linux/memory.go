package linux

import (
	"errors"

	"atoll/arch/layout"
	"atoll/kernel/vspace"
)

// mmapBase is where addresses are looked for that a program leaves open.
const mmapBase = 0x10_0000_0000

// Protections and flags (uapi/asm-generic/mman-common.h).
const (
	protRead, protWrite, protExec = 1, 2, 4
	mapFixed, mapAnonymous        = 0x10, 0x20
	mapNoReplace                  = 0x100000
	madvDontNeed                  = 4
)

// both reports whether a protection permits to write and to execute, which nobody gets (law
// L7): a program that makes code writes it first, and then has it made executable.
func both(prot uint64) bool { return prot&protWrite != 0 && prot&protExec != 0 }

// perms returns what a protection permits; writing includes reading, for Sv39 has no
// other.
func perms(prot uint64) (perm layout.Perm) {
	if prot&protRead != 0 {
		perm |= layout.R
	}
	if prot&protWrite != 0 {
		perm |= layout.R | layout.W
	}
	if prot&protExec != 0 {
		perm |= layout.R | layout.X
	}
	return perm
}

func pages(n uint64) uint64 { return (n + layout.PageSize - 1) &^ (layout.PageSize - 1) }

// spaceErrno returns the error that Linux has for one of vspace.
func spaceErrno(err error) errno {
	switch {
	case errors.Is(err, vspace.ErrRange):
		return inval
	case errors.Is(err, vspace.ErrNoMemory), errors.Is(err, vspace.ErrTooMany), errors.Is(err, vspace.ErrNoArea):
		return noMem
	}
	return fault
}

func mmap(t *thread, a args) {
	s, va, size := t.p.space, a[0], pages(a[1])
	flags := a[3]
	switch {
	case a[1] == 0 || size == 0 || va%layout.PageSize != 0 && flags&mapFixed != 0:
		t.fail(inval)
		return
	case both(a[2]):
		t.fail(noAccess)
		return
	case flags&mapAnonymous == 0:
		t.fail(opNotSupp)
		return
	case flags&mapNoReplace != 0 && !s.Free(va, size):
		t.fail(exist)
		return
	case flags&(mapFixed|mapNoReplace) != 0:
	case va == 0 || va%layout.PageSize != 0 || va >= layout.UserEnd || size > layout.UserEnd-va || !s.Free(va, size):
		var err error
		if va, err = s.Find(t.p.hint, size); err != nil {
			t.fail(noMem)
			return
		}
	}
	if err := s.Clear(va, size); err != nil {
		t.fail(spaceErrno(err))
		return
	}
	if err := s.Set(va, size, perms(a[2])); err != nil {
		t.fail(spaceErrno(err))
		return
	}
	t.answer(va)
}

func munmap(t *thread, a args) {
	if err := t.p.space.Clear(a[0], pages(a[1])); err != nil {
		t.fail(inval)
		return
	}
	t.answer(0)
}

func mprotect(t *thread, a args) {
	size := pages(a[1])
	switch {
	case both(a[2]):
		t.fail(noAccess)
		return
	case size == 0 && a[1] == 0:
		t.answer(0)
		return
	}
	if !t.p.space.Covered(a[0], size) {
		t.fail(noMem)
		return
	}
	if err := t.p.space.Set(a[0], size, perms(a[2])); err != nil {
		t.fail(spaceErrno(err))
		return
	}
	t.answer(0)
}

func madvise(t *thread, a args) {
	if a[2] != madvDontNeed {
		t.answer(0) // advice
		return
	}
	if err := t.p.space.Discard(a[0], pages(a[1])); err != nil {
		t.fail(inval)
		return
	}
	t.answer(0)
}
