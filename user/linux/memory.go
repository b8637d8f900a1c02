package linux

import (
	"errors"
	"io"
	"syscall"

	"atoll/arch/layout"
	"atoll/kernel/vspace"
	"atoll/user/vfs"
)

// memory is what threads have in common that share an address space: those of a process, and
// of a child of vfork until it runs another program.
type memory struct {
	space                *vspace.Space
	number               uint32 // for hosts, 0: none has a replica
	users                int    // processes
	futexes              map[uint64]*waiters
	systemFutexes        map[uint64]*waiters     // of all processes, in memory that they have in common
	hint                 uint64                  // where to look for free addresses
	breakStart, breakEnd uint64                  // the heap that brk moves the end of
	files                map[vfs.Node]*vfs.File  // which pages come from; they stay as long as this does
	common               map[vfs.Node]commonFile // of which pages are mapped that all have in common
	shared               map[*sharedFile]bool    // files of which pages are, or were, mapped in common
	program              *vfs.File               // what was executed
	commandLine          string                  // the arguments, as /proc shows them
	holder               *thread                 // whose call nobody else is to see half done, nil: none's
	held                 []*thread               // who wait for that
}

// keep has a file stay though its name may go.
func (m *memory) keep(f *vfs.File) {
	if m.files[f.Node] == nil {
		f.Hold()
		m.files[f.Node] = f
	}
}

// dropFiles lets the files go.
func (m *memory) dropFiles() {
	for _, f := range m.files {
		f.Release()
	}
	clear(m.files)
	for _, c := range m.common {
		c.stop()
	}
	clear(m.common)
	m.dropShared()
}

// commonFile is a file of which pages are in common: what is in it now, never written here.
type commonFile struct {
	contents *vspace.Contents
	stop     func() // takes back that changes are told
}

// commonContents returns the contents of a file that are read anew when somebody has changed it.
func (m *memory) commonContents(f *vfs.File, from io.ReaderAt) *vspace.Contents {
	c, there := m.common[f.Node]
	if !there {
		c.contents = &vspace.Contents{From: from, Size: 1 << 62, ReadOnly: true} // it ends where the file does
		m.watch(f.Node, c.contents)
	}
	return m.common[f.Node].contents
}

// watch has pages with the contents of a file forgotten when that changes.
func (m *memory) watch(n vfs.Node, of *vspace.Contents) {
	stop := func() {}
	if w, ok := n.(vfs.Watched); ok {
		stop = w.Watch(func(off, size int64) { m.space.Refresh(of, uint64(off), uint64(size)) })
	}
	m.common[n] = commonFile{of, stop}
}

func (s *System) newMemory(space *vspace.Space) *memory {
	return &memory{space: space, users: 1, futexes: map[uint64]*waiters{}, systemFutexes: s.futexes, files: map[vfs.Node]*vfs.File{}, common: map[vfs.Node]commonFile{}, shared: map[*sharedFile]bool{}, hint: mmapBase}
}

// mmapBase is where addresses are looked for that a program leaves open.
const mmapBase = 0x10_0000_0000

// Protections and flags (uapi/asm-generic/mman-common.h).
const (
	protRead, protWrite, protExec  = 1, 2, 4
	mapShared, mapPrivate, mapKind = 1, 2, 0xf
	mapFixed, mapAnonymous         = 0x10, 0x20
	mapNoReplace                   = 0x100000
	madvDontNeed                   = 4
	mremapMayMove, mremapFixed     = 1, 2
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
	case errors.Is(err, vspace.ErrAccess):
		return noAccess
	}
	return fault
}

// done is the result of a call that may have failed so.
func (t *thread) done(err error, result uint64) {
	if err != nil {
		t.fail(spaceErrno(err))
		return
	}
	t.answer(result)
}

// mayGrow reports whether so many more bytes of addresses are within the limit.
func (p *Process) mayGrow(size uint64) bool {
	most := p.limits[limitAddresses].soft
	return most == unlimited || size <= most && p.space.Size() <= most-size
}

// areasOfCall is how many areas more there may be after a call: one that is cut twice.
const areasOfCall = 2

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
	case !t.p.mayGrow(size), !t.p.roomForAreas(areasOfCall):
		t.fail(noMem)
		return
	case flags&mapNoReplace != 0 && !s.Free(va, size):
		t.fail(exist)
		return
	}
	var of *vspace.Contents
	if flags&mapAnonymous == 0 {
		var e errno
		if of, e = t.p.contents(a[4], a[2], flags, a[5]); e != 0 {
			t.fail(e)
			return
		}
	}
	switch {
	case flags&(mapFixed|mapNoReplace) != 0:
	case va == 0 || va%layout.PageSize != 0 || va >= layout.UserEnd || size > layout.UserEnd-va || !s.Free(va, size):
		var err error
		if va, err = s.Find(t.p.hint, size); err != nil {
			t.fail(noMem)
			return
		}
	}
	if err := s.Vacate(va, size); err != nil {
		t.done(err, 0)
		return
	}
	t.alone(func() {
		if flags&mapShared != 0 && of == nil {
			t.done(s.SetCommon(va, size, perms(a[2])), va)
			return
		}
		t.done(s.SetContents(va, size, perms(a[2]), of, a[5]), va)
	}, over(va, size, t.p.space.Discard))
}

func munmap(t *thread, a args) {
	size := pages(a[1])
	shared := t.p.memory.sharedIn(a[0], size)
	if t.p.space.Vacate(a[0], size) != nil {
		t.fail(inval)
		return
	}
	if shared == nil {
		t.ranged(a[0], size, (*vspace.Space).Discard, 0)
		return
	}
	t.alone(func() { t.answer(0) }, over(a[0], size, t.p.space.Discard), func() (more bool) {
		for _, sf := range shared {
			sf.Trim()
			more = sf.flush() == syscall.EAGAIN || more // the next part may wait
		}
		return more
	})
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
	if !t.p.roomForAreas(areasOfCall) {
		t.fail(noMem)
		return
	}
	if err := t.p.space.Protect(a[0], size, perms(a[2])); err != nil {
		t.done(err, 0)
		return
	}
	t.ranged(a[0], size, (*vspace.Space).Refit, 0)
}

func madvise(t *thread, a args) {
	size := pages(a[1])
	switch {
	case a[2] != madvDontNeed:
		t.answer(0) // advice
	case !t.p.space.Mine(a[0], size):
		t.fail(inval)
	default:
		t.ranged(a[0], size, (*vspace.Space).Discard, 0)
	}
}

// brk moves the end of the heap, or leaves it, and answers where that is.
func brk(t *thread, a args) {
	m := t.p.memory
	now, next := pages(m.breakEnd), pages(a[0])
	switch {
	case a[0] < m.breakStart || a[0] > mmapBase:
	case next > now:
		if t.p.mayGrow(next-now) && m.space.Free(now, next-now) && m.space.Set(now, next-now, layout.R|layout.W) == nil {
			m.breakEnd = a[0]
		}
	case next == now:
		m.breakEnd = a[0]
	case m.space.Vacate(next, now-next) == nil:
		m.breakEnd = a[0]
		t.ranged(next, now-next, (*vspace.Space).Discard, m.breakEnd)
		return
	}
	t.answer(m.breakEnd)
}

// mremap makes a range shorter or longer, elsewhere if it may and must.
func mremap(t *thread, a args) {
	s, at, old, size, flags := t.p.space, a[0], pages(a[1]), pages(a[2]), a[3]
	switch {
	case at%layout.PageSize != 0 || a[2] == 0 || size == 0 || old == 0 || flags&^(mremapMayMove|mremapFixed) != 0,
		flags&mremapFixed != 0 && flags&mremapMayMove == 0:
		t.fail(inval)
		return
	case !s.Covered(at, old):
		t.fail(fault)
		return
	case size > old && !t.p.mayGrow(size-old), !t.p.roomForAreas(areasOfCall):
		t.fail(noMem)
		return
	}
	to := a[4]
	switch {
	case flags&mremapFixed != 0:
	case size <= old:
		to = at
	case at+size > at && at+size <= layout.UserEnd && s.Free(at+old, size-old):
		t.done(s.Extend(at+old-layout.PageSize, size-old), at)
		return
	case flags&mremapMayMove == 0:
		t.fail(noMem)
		return
	default:
		var err error
		if to, err = s.Find(t.p.hint, size); err != nil {
			t.fail(noMem)
			return
		}
	}
	switch {
	case to != at || flags&mremapFixed != 0:
		t.moveRange(at, old, to, size)
	case size == old:
		t.answer(at)
	default:
		t.doneAfter(s.Vacate(at+size, old-size), at, over(at+size, old-size, t.p.space.Discard))
	}
}

// doneAfter is done for a call that, unless it has failed, has to do steps yet.
func (t *thread) doneAfter(err error, result uint64, steps ...step) {
	if err != nil {
		t.done(err, 0)
		return
	}
	t.alone(func() { t.done(nil, result) }, steps...)
}

// moveRange moves a range, and makes it longer or shorter. First all is done that may fail.
func (t *thread) moveRange(at, old, to, size uint64) {
	s, moved := t.p.space, min(old, size)
	if at < to+size && to < at+old {
		t.fail(inval)
		return
	}
	err := s.MayMove(at, to, moved)
	if err == nil {
		err = s.Vacate(to, size)
	}
	if err != nil {
		t.done(err, 0)
		return
	}
	prepared := to
	prepare := func() (more bool) {
		const most = partWork * layout.MegaPage
		next := min(prepared+most, to+moved)
		err = s.Prepare(prepared, next-prepared)
		prepared = next
		return err == nil && next < to+moved
	}
	move := over(at, moved, func(va, size uint64, most vspace.Work) (end uint64) { return s.Move(va, va-at+to, size, most) })
	rest := over(at+moved, old-moved, t.p.space.Discard)
	t.alone(func() {
		if err == nil && size > old {
			err = s.Extend(to+old-layout.PageSize, size-old)
		}
		t.done(err, to)
	}, over(to, size, t.p.space.Discard), prepare, func() (more bool) {
		if err == nil && move() {
			return true
		}
		if err == nil && size < old {
			s.Vacate(at+moved, old-moved)
		}
		return false
	}, func() (more bool) { return err == nil && rest() })
}
