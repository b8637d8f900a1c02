package farfs

import (
	"syscall"

	"atoll/user/vfs"
)

// copied is the content of a file as it was when somebody ran or mapped it. It lies in the kernel's heap, counted
// until the last has closed it.
type copied struct {
	n       *node
	data    []byte
	counted int64 // bytes
	version version
	users   int
}

// version tells one content of a file from another.
type version struct{ size, mtime, ctime int64 }

func versionOf(a *vfs.Attr) version { return version{a.Size, a.Mtime, a.Ctime} }

// Keep returns the content as it is, for as long as it is not closed. If there is no room for it the
// error is ENOMEM.
func (f file) Keep() (vfs.Data, error) {
	if c := f.copy; c != nil && c.version == versionOf(&f.info.Attr) {
		c.users++
		return &keeping{c}, nil
	}
	size := f.info.Size
	if size > f.fs.most-f.fs.kept {
		return nil, syscall.ENOMEM
	}
	c := &copied{n: f.node, counted: size, version: versionOf(&f.info.Attr), users: 1}
	f.fs.kept += size
	r, waits := f.ref(), true
	a, err := f.fs.ask(func(s Server) answer {
		data := make([]byte, size)
		n, err := readAll(s, r, data, 0)
		return answer{data: data[:n], err: err}
	}, func(a *answer) {
		if !waits || a.err != nil {
			f.fs.kept -= size
		}
	})
	if waits = false; err == syscall.EAGAIN || err == syscall.ENODEV {
		f.fs.kept -= size // nobody was asked
	}
	if err != nil {
		return nil, err
	}
	c.data = a.data
	f.copy = c
	return &keeping{c}, nil
}

// readAll reads a file from an offset on.
func readAll(s Server, r Ref, data []byte, from int64) (done int, err error) {
	for done < len(data) {
		n, err := s.ReadAt(r, data[done:min(len(data), done+mostPiece)], from+int64(done))
		if err != nil || n < 0 || n > mostPiece {
			return done, err
		}
		if n == 0 {
			break
		}
		done += n
	}
	return done, nil
}

// keeping is a copy in the hands of one who has opened the file.
type keeping struct{ *copied }

// Close gives the copy up.
func (k *keeping) Close() error {
	c := k.copied
	if c.users--; c.users == 0 {
		c.n.fs.kept -= c.counted
		if c.n.copy == c {
			c.n.copy = nil
		}
	}
	return nil
}

func (c *copied) Size() int64 { return int64(len(c.data)) }

func (c *copied) ReadAt(b []byte, off int64) (int, error) {
	if off >= int64(len(c.data)) {
		return 0, nil
	}
	return copy(b, c.data[off:]), nil
}

func (c *copied) WriteAt([]byte, int64) (int, error) { return 0, syscall.EBADF }
func (c *copied) Truncate(int64) error               { return syscall.EBADF }
