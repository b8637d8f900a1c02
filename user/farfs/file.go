package farfs

import (
	"bytes"
	"syscall"

	"atoll/user/vfs"
)

// file is a regular file.
type file struct{ *node }

// mostPiece bounds what one question reads or writes, in bytes.
const mostPiece = 32 << 10

// Size is what is known of the size.
func (f file) Size() int64 { return f.info.Size }

// ReadAt reads as much as there is.
func (f file) ReadAt(b []byte, off int64) (int, error) {
	size := min(len(b), mostPiece)
	if size == 0 {
		return 0, nil
	}
	f.tellStored()
	r := f.ref()
	a, err := f.fs.ask(func(s Server) answer {
		data := make([]byte, size) // b is the caller's, who may be killed meanwhile
		n, err := s.ReadAt(r, data, off)
		if n < 0 || n > size {
			return answer{err: syscall.EIO}
		}
		return answer{data: data[:n], err: err}
	}, nil)
	f.lease.page(off, int64(len(a.data)), func(p []byte, at int64) { copy(a.data[at:], p) })
	return copy(b, a.data), err
}

// tellStored has the server know what was stored to pages that are not mapped any more.
func (f file) tellStored() {
	if f.lease != nil {
		f.lease.start()
	}
}

// WriteAt writes what there is room for.
func (f file) WriteAt(b []byte, off int64) (int, error) {
	data := bytes.Clone(b[:min(len(b), mostPiece)])
	if len(data) == 0 {
		return 0, nil
	}
	f.tellStored()
	r := f.ref()
	a, err := f.fs.ask(func(s Server) answer {
		n, err := s.WriteAt(r, data, off)
		if n < 0 || n > len(data) {
			return answer{err: syscall.EIO}
		}
		if n > 0 {
			err = nil // the rest is asked for, and fails then
		}
		return answer{n: n, err: err}
	}, func(a *answer) {
		if a.n > 0 {
			f.changes++
			f.lease.wrote(data[:a.n], off)
			f.info.Size = max(f.info.Size, off+int64(a.n))
		}
	})
	return a.n, err
}

// Append writes at the end, as a whole: what others write meanwhile stands before or behind it.
func (f file) Append(b []byte) (n int, end int64, err error) {
	data := bytes.Clone(b[:min(len(b), mostPiece)])
	if len(data) == 0 {
		return 0, 0, nil
	}
	f.tellStored()
	r := f.ref()
	a, err := f.fs.ask(func(s Server) answer {
		n, end, err := appendTo(s, r, data)
		if n < 0 || n > len(data) || end < int64(n) {
			return answer{err: syscall.EIO}
		}
		if n > 0 {
			err = nil // as WriteAt
		}
		return answer{n: n, end: end, err: err}
	}, func(a *answer) {
		if a.n > 0 {
			f.lease.wrote(data[:a.n], a.end-int64(a.n))
			f.info.Size = max(f.info.Size, a.end)
		}
	})
	return a.n, a.end, err
}

// appendTo has a server write at a file's end. One that nobody else asks may be asked where that is before.
func appendTo(s Server, r Ref, b []byte) (n int, end int64, err error) {
	if a, is := s.(Appender); is {
		return a.Append(r, b)
	}
	info, err := s.Attr(r)
	if err != nil {
		return 0, info.Size, err
	}
	n, err = s.WriteAt(r, b, info.Size)
	return n, info.Size + int64(n), err
}

// Truncate makes the file some bytes long.
func (f file) Truncate(size int64) error {
	f.tellStored()
	r := f.ref()
	_, err := f.fs.ask(func(s Server) answer { return answer{err: s.Truncate(r, size)} }, func(a *answer) {
		if a.err == nil {
			f.changes++
			f.lease.resized(size)
			f.info.Size = size
		}
	})
	return err
}

func (n *node) isOpen() bool { return n.opens != [vfs.NumUses]int{} }

// Hold opens the file at the server. It counts from the beginning on, so that nobody closes it meanwhile.
func (n *node) Hold(u vfs.Use) error {
	if u == vfs.Writing && n.opens[vfs.Running] > 0 || u == vfs.Running && n.opens[vfs.Writing] > 0 {
		return syscall.ETXTBSY
	}
	if !n.isOpen() {
		n.fs.open++
	}
	n.opens[u]++
	if _, isFile := of(n).(file); !isFile || u == vfs.Running {
		return nil
	}
	r := n.ref()
	_, err := n.fs.ask(func(s Server) answer { return answer{err: s.Open(r, u == vfs.Writing)} }, nil)
	if err != nil {
		n.Release(u)
	}
	return err
}

// Release says that it is open once less.
func (n *node) Release(u vfs.Use) {
	if n.opens[u]--; n.isOpen() {
		return
	}
	n.fs.open--
	if !n.fs.closed && !n.info.IsDir() {
		id := n.id
		n.fs.put(job{work: func(s Server) answer { s.Close(id); return answer{} }, land: func(answer) {}})
	}
}
