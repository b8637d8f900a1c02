package linux

import (
	"errors"
	"syscall"

	"atoll/arch/layout"
	"atoll/kernel/vspace"
	"atoll/user/vfs"
)

// The calls of files. What they do is package vfs's; here is what they look like to a
// program: arguments, layouts of memory, and the waiting.

// result answers a number, or an error.
func (t *thread) result(n uint64, err error) {
	if err != nil {
		t.fail(errnoOf(err))
		return
	}
	t.answer(n)
}

// reply answers 0, or an error.
func (t *thread) reply(err error) { t.result(0, err) }

// errnoOf returns the number of an error of package vfs.
func errnoOf(err error) errno {
	var e syscall.Errno
	if errors.As(err, &e) {
		return errno(e)
	}
	return errno(syscall.EIO)
}

// file returns the open file of a descriptor.
func (t *thread) file(fd uint64) (*vfs.File, error) { return t.p.files.Get(uint64(uint32(fd))) }

// text reads a path of the process's memory.
func (t *thread) text(va uint64) (string, error) {
	text, e := t.p.loadString(va, vfs.MaxPath+1)
	if e != 0 {
		return "", syscall.Errno(e)
	}
	return text, nil
}

// Flags and descriptors of calls with paths (uapi/linux/fcntl.h).
const (
	atCwd             = -100
	atSymlinkNoFollow = 0x100
	atRemoveDir       = 0x200
	atSymlinkFollow   = 0x400
	atEmptyPath       = 0x1000
)

// place reads a path, and returns the directory from which it goes.
func (t *thread) place(dirfd, va uint64) (vfs.Directory, string, error) {
	path, err := t.text(va)
	switch {
	case err != nil:
		return nil, "", err
	case int32(dirfd) == atCwd || path != "" && path[0] == '/':
		return t.p.fs.Cwd, path, nil
	}
	f, err := t.file(dirfd)
	if err != nil {
		return nil, "", err
	}
	d, err := f.Directory()
	if err != nil && path == "" {
		return nil, "", nil // whoever takes an empty path takes the file itself
	}
	return d, path, err
}

// node returns what a path leads to, or with atEmptyPath and an empty path what a descriptor
// names.
func (t *thread) node(dirfd, va, flags uint64) (vfs.Node, *vfs.File, error) {
	from, path, err := t.place(dirfd, va)
	switch {
	case err != nil:
		return nil, nil, err
	case path == "" && flags&atEmptyPath != 0 && int32(dirfd) == atCwd:
		return t.p.fs.Cwd, nil, nil
	case path == "" && flags&atEmptyPath != 0:
		f, err := t.file(dirfd)
		if err != nil {
			return nil, nil, err
		}
		return f.Node, f, nil
	case from == nil:
		return nil, nil, syscall.ENOENT
	}
	n, err := t.p.fs.Find(from, path, flags&atSymlinkNoFollow == 0)
	return n, nil, err
}

// open names a file by the lowest descriptor.
func (t *thread) open(f *vfs.File, flags uint64) {
	t.result(t.p.files.Add(f, 0, flags&syscall.O_CLOEXEC != 0))
}

func openat(t *thread, a args) {
	from, path, err := t.place(a[0], a[1])
	if err == nil && from == nil {
		err = syscall.ENOENT
	}
	if err != nil {
		t.reply(err)
		return
	}
	f, err := t.p.fs.Open(from, path, int(uint32(a[2])), uint32(a[3]))
	if err != nil {
		t.reply(err)
		return
	}
	t.result(t.add(f, a[2]&syscall.O_CLOEXEC != 0))
}

// add names a new file by the lowest descriptor, or closes it.
func (t *thread) add(f *vfs.File, closeExec bool) (uint64, error) {
	f.Hold()
	defer f.Release()
	if !t.p.roomForFile() {
		return 0, syscall.ENFILE
	}
	if err := t.p.fs.NS.Admit(f); err != nil {
		return 0, err
	}
	return t.p.files.Add(f, 0, closeExec)
}

func closeFile(t *thread, a args) { t.reply(t.p.files.Close(uint64(uint32(a[0])))) }

// closeRange closes descriptors, or has them closed by execve.
func closeRange(t *thread, a args) {
	const unshare, closeExec = 2, 4
	if uint32(a[0]) > uint32(a[1]) || a[2]&^(unshare|closeExec) != 0 {
		t.fail(inval)
		return
	}
	for fd := uint64(uint32(a[0])); fd <= min(uint64(uint32(a[1])), vfs.MaxFiles); fd++ {
		if a[2]&closeExec != 0 {
			t.p.files.SetCloseOnExec(fd, true)
		} else {
			t.p.files.Close(fd)
		}
	}
	t.answer(0)
}

func dup(t *thread, a args) {
	f, err := t.file(a[0])
	if err != nil {
		t.reply(err)
		return
	}
	t.result(t.p.files.Add(f, 0, false))
}

func dup3(t *thread, a args) {
	f, err := t.file(a[0])
	switch {
	case uint32(a[0]) == uint32(a[1]) || a[2]&^syscall.O_CLOEXEC != 0:
		t.fail(inval)
	case err != nil:
		t.reply(err)
	default:
		t.result(uint64(uint32(a[1])), t.p.files.Put(f, uint64(uint32(a[1])), a[2] != 0))
	}
}

// Operations of fcntl (uapi/asm-generic/fcntl.h, uapi/linux/fcntl.h).
const (
	fDupFD, fGetFD, fSetFD, fGetFL, fSetFL = 0, 1, 2, 3, 4
	fDupFDCloseExec, fSetPipe, fGetPipe    = 1030, 1031, 1032
	fdCloseExec                            = 1
)

func fcntl(t *thread, a args) {
	f, err := t.file(a[0])
	if err != nil {
		t.reply(err)
		return
	}
	fd := uint64(uint32(a[0]))
	switch a[1] {
	case fDupFD, fDupFDCloseExec:
		if a[2] >= uint64(t.p.files.Limit()) {
			t.fail(inval)
			return
		}
		t.result(t.p.files.Add(f, a[2], a[1] == fDupFDCloseExec))
	case fGetFD:
		end, err := t.p.files.CloseOnExec(fd)
		n := uint64(0)
		if end {
			n = fdCloseExec
		}
		t.result(n, err)
	case fSetFD:
		t.reply(t.p.files.SetCloseOnExec(fd, a[2]&fdCloseExec != 0))
	case fGetFL:
		t.answer(uint64(f.Flags))
	case fSetFL:
		f.SetFlags(int(uint32(a[2])))
		t.answer(0)
	case fGetLock, fSetLock, fSetLockWait:
		t.lockRange(f, t.p.files, a[1], a[2])
	case fGetFileLock, fSetFileLock, fSetFileLockWait:
		t.lockRange(f, f, a[1]-fGetFileLock+fGetLock, a[2])
	case fSetPipe, fGetPipe:
		t.answer(pipeCapacity)
	default:
		t.fail(inval)
	}
}

// contents is what a file has to be mapped.
func (p *Process) contents(fd, prot, flags, off uint64) (*vspace.Contents, errno) {
	const mapShared = 1
	f, err := p.files.Get(uint64(uint32(fd)))
	if err != nil {
		return nil, errnoOf(err)
	}
	switch {
	case off%layout.PageSize != 0:
		return nil, inval
	case flags&mapShared != 0 && prot&protWrite != 0 && f.Flags&syscall.O_ACCMODE != syscall.O_RDWR:
		return nil, noAccess
	}
	if _, is := f.Content.(vfs.Data); is && flags&mapShared != 0 {
		p.memory.keep(f)
		c, err := p.sharedContents(f)
		switch {
		case err == nil:
			return c, 0
		case prot&protWrite != 0:
			return nil, errnoOf(err)
		}
	}
	from, err := f.ReaderAt()
	if err != nil {
		return nil, noDev
	}
	p.memory.keep(f)
	if flags&mapShared != 0 {
		return p.memory.commonContents(f, from), 0
	}
	a := f.Attr()
	return &vspace.Contents{From: from, Size: uint64(a.Size), InPlace: f.InPlace()}, 0
}
