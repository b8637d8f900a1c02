package linux

import (
	"syscall"

	"atoll/user/vfs"
)

// What is known of files, in the layouts of riscv64.

// blockSize is what a file system reads and writes at once, in bytes.
const blockSize = 4096

// attrOf returns what is known of what a path leads to, or a descriptor names.
func (t *thread) attrOf(dirfd, va, flags uint64) (vfs.Attr, error) {
	n, f, err := t.node(dirfd, va, flags)
	if err != nil {
		return vfs.Attr{}, err
	}
	return attrNow(n, f)
}

// attrNow returns what is known of a node, or of a file that has none. What is no directory has been
// looked up just now if a path has led to it.
func attrNow(n vfs.Node, f *vfs.File) (vfs.Attr, error) {
	if f != nil {
		n = f.Node
	}
	switch _, isDir := n.(vfs.Directory); {
	case n == nil:
		return f.Attr(), nil
	case f == nil && !isDir:
		return n.Attr(), nil
	}
	return vfs.Refresh(n)
}

// stat is a struct stat (uapi/asm-generic/stat.h).
func stat(a *vfs.Attr) []byte {
	b := le.AppendUint64(nil, a.Dev)
	b = le.AppendUint64(b, a.Ino)
	for _, v := range []uint32{a.Mode, a.Links, a.UID, a.GID} {
		b = le.AppendUint32(b, v)
	}
	for _, v := range []uint64{a.Device, 0, uint64(a.Size), blockSize, uint64(a.Size+511) / 512} {
		b = le.AppendUint64(b, v)
	}
	for _, ns := range []int64{a.Atime, a.Mtime, a.Ctime} {
		b = le.AppendUint64(b, uint64(ns/1e9))
		b = le.AppendUint64(b, uint64(ns%1e9))
	}
	return append(b, make([]byte, 8)...)
}

// put writes bytes to the process's memory and answers 0.
func (t *thread) put(va uint64, b []byte) {
	if _, err := t.p.write(va, b); err != nil {
		t.fail(fault)
		return
	}
	t.answer(0)
}

func fstat(t *thread, a args) {
	f, err := t.file(a[0])
	if err != nil {
		t.reply(err)
		return
	}
	attr, err := attrNow(f.Node, f)
	if err != nil {
		t.reply(err)
		return
	}
	t.put(a[1], stat(&attr))
}

func newfstatat(t *thread, a args) {
	attr, err := t.attrOf(a[0], a[1], a[3])
	if err != nil {
		t.reply(err)
		return
	}
	t.put(a[2], stat(&attr))
}

// statx tells the same in its own layout (uapi/linux/stat.h).
func statx(t *thread, a args) {
	const basic, size = 0x7ff, 256
	attr, err := t.attrOf(a[0], a[1], a[2])
	if err != nil {
		t.reply(err)
		return
	}
	b := le.AppendUint32(nil, basic)
	b = le.AppendUint32(b, blockSize)
	b = le.AppendUint64(b, 0)
	for _, v := range []uint32{attr.Links, attr.UID, attr.GID, attr.Mode} {
		b = le.AppendUint32(b, v)
	}
	for _, v := range []uint64{attr.Ino, uint64(attr.Size), uint64(attr.Size+511) / 512, 0} {
		b = le.AppendUint64(b, v)
	}
	for _, ns := range []int64{attr.Atime, 0, attr.Ctime, attr.Mtime} {
		b = le.AppendUint64(b, uint64(ns/1e9))
		b = le.AppendUint64(b, uint64(ns%1e9))
	}
	for _, v := range []uint64{attr.Device, attr.Dev} {
		b = le.AppendUint32(b, uint32(v>>8))
		b = le.AppendUint32(b, uint32(v&0xff))
	}
	t.put(a[4], append(b, make([]byte, size-len(b))...))
}

// statfs is a struct statfs64 of the file system that a node is in.
func (t *thread) statfs(n vfs.Node, va uint64) {
	var s vfs.SystemStat
	if sys, ok := n.(vfs.System); ok {
		s = sys.Stat()
	}
	var b []byte
	for _, v := range []uint64{s.Magic, blockSize, s.Blocks, s.Free, s.Free, s.Nodes, s.Unused, 0, vfs.MaxName, blockSize, 0, 0, 0, 0, 0} {
		b = le.AppendUint64(b, v)
	}
	t.put(va, b)
}

func statfs(t *thread, a args) {
	n, err := t.nodeOf(a[0])
	if err != nil {
		t.reply(err)
		return
	}
	t.statfs(n, a[1])
}

func fstatfs(t *thread, a args) {
	f, err := t.file(a[0])
	if err != nil {
		t.reply(err)
		return
	}
	t.statfs(f.Node, a[1])
}

// direntHeader is what stands before the name in a directory's entry (struct
// linux_dirent64).
const direntHeader = 8 + 8 + 2 + 1

func getdents64(t *thread, a args) {
	f, err := t.file(a[0])
	if err != nil {
		t.reply(err)
		return
	}
	most := int(min(a[2], uint64(len(t.p.fs.NS.Buffer()))))
	var b []byte
	short := false
	err = f.Entries(func(e vfs.Entry) bool {
		size := (direntHeader + len(e.Name) + 1 + 7) &^ 7
		if short = len(b)+size > most; short {
			return false
		}
		start := len(b)
		b = le.AppendUint64(b, e.Ino)
		b = le.AppendUint64(b, e.Cookie)
		b = le.AppendUint16(b, uint16(size))
		b = append(b, byte(e.Mode&syscall.S_IFMT>>12))
		b = append(b, e.Name...)
		b = append(b, make([]byte, start+size-len(b))...)
		return true
	})
	switch {
	case err != nil:
	case len(b) == 0 && short:
		err = syscall.EINVAL
	default:
		if _, e := t.p.write(a[1], b); e != nil {
			err = syscall.EFAULT
		}
	}
	t.result(uint64(len(b)), err)
}
