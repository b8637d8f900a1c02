package linux

import (
	"io"
	"syscall"

	"atoll/user/vfs"
)

// What an open file of another core is asked beside to read and write at its position: see vfs.Elsewhere. The core that has
// it answers, behind all that was written here before.

// Requests of parcelControl that are none of ioctl.
const (
	farSeek = 1<<31 + iota
	farReadAt
	farWriteAt
	farTruncate
	farStat
)

// farArgs is what goes with such a request, and what comes back.
type farArgs struct {
	off, n uint64
	data   string
	attr   vfs.Attr
}

func (a *farArgs) bytes() []byte {
	c := &coder{}
	a.each(c)
	return c.b
}

// farArgsOf is the reverse.
func farArgsOf(b []byte) (a farArgs, ok bool) {
	c := &coder{b: b, reads: true}
	a.each(c)
	return a, !c.bad
}

func (a *farArgs) each(c *coder) {
	c.word(&a.off)
	c.word(&a.n)
	c.text(&a.data)
	codeAttr(c, &a.attr)
}

// codeAttr codes what is known of a file, but for the device, which each core numbers itself.
func codeAttr(c *coder, a *vfs.Attr) {
	c.word(&a.Ino)
	c.word(&a.Device)
	for _, w := range []*uint32{&a.Mode, &a.Links, &a.UID, &a.GID} {
		v := uint64(*w)
		c.word(&v)
		*w = uint32(v)
	}
	for _, w := range []*int64{&a.Size, &a.Atime, &a.Mtime, &a.Ctime} {
		v := uint64(*w)
		c.word(&v)
		*w = int64(v)
	}
}

var _ vfs.Elsewhere = (*farFile)(nil)

// ask asks within a call.
func (f *farFile) ask(request uint32, a farArgs) (farArgs, error) {
	f.flush()
	b, err := f.control(request, a.bytes())
	if err != nil {
		return a, err
	}
	a, ok := farArgsOf(b)
	if !ok {
		err = syscall.EIO
	}
	return a, err
}

// Seek moves the position. What has come and was not read is read again.
func (f *farFile) Seek(off int64, whence int) (int64, error) {
	if whence == io.SeekCurrent {
		off -= int64(len(f.content))
	}
	a, err := f.ask(farSeek, farArgs{off: uint64(off), n: uint64(whence)})
	if err == nil {
		f.content, f.ended = nil, false
	}
	return int64(a.off), err
}

// mostFar bounds what one question reads or writes.
const mostFar = 32 << 10

func (f *farFile) ReadAt(b []byte, off int64) (int, error) {
	a, err := f.ask(farReadAt, farArgs{off: uint64(off), n: uint64(min(len(b), mostFar))})
	if err != nil {
		return 0, err
	}
	return copy(b, a.data), nil
}

func (f *farFile) WriteAt(b []byte, off int64) (int, error) {
	b = b[:min(len(b), mostFar)]
	a, err := f.ask(farWriteAt, farArgs{off: uint64(off), data: string(b)})
	return int(min(a.n, uint64(len(b)))), err
}

func (f *farFile) Truncate(size int64) error {
	_, err := f.ask(farTruncate, farArgs{off: uint64(size)})
	return err
}

// Attr tells what is known of it: of one that cannot be asked, its type.
func (f *farFile) Attr() vfs.Attr {
	a, err := f.ask(farStat, farArgs{})
	if err != nil {
		return vfs.Attr{Mode: f.mode, Links: 1}
	}
	return a.attr
}

// farRequest serves such a request to an open file of this core.
func (e *export) farRequest(request uint32, in []byte) (out []byte, err error) {
	a, ok := farArgsOf(in)
	if !ok {
		return nil, syscall.EINVAL
	}
	f, off := e.file, int64(a.off)
	switch n := 0; request {
	case farSeek:
		off, err = f.Seek(off, int(int32(a.n)))
		a.off = uint64(off)
	case farReadAt:
		b := make([]byte, min(a.n, mostFar))
		n, err = f.ReadAt(b, off)
		a.data = string(b[:n])
	case farWriteAt:
		n, err = f.WriteAt([]byte(a.data), off)
		a.n, a.data = uint64(n), ""
	case farTruncate:
		err = f.Truncate(off)
	case farStat:
		a.attr = f.Attr()
	default:
		err = syscall.ENOTTY
	}
	return a.bytes(), err
}
