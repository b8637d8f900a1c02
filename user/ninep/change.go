package ninep

import (
	"errors"
	"io"
	"syscall"

	"github.com/hugelgupf/p9/p9"

	"atoll/user/farfs"
	"atoll/user/vfs"
)

// ReadAt implements farfs.Server.
func (f *Folder) ReadAt(r farfs.Ref, b []byte, off int64) (n int, err error) {
	err = f.again(func() error {
		return f.opened(r, false, func(file p9.File) (err error) {
			if n, err = file.ReadAt(b, off); errors.Is(err, io.EOF) {
				err = nil
			}
			return err
		})
	})
	return n, err
}

// WriteAt implements farfs.Server.
func (f *Folder) WriteAt(r farfs.Ref, b []byte, off int64) (n int, err error) {
	err = f.opened(r, true, func(file p9.File) (err error) {
		n, err = file.WriteAt(b, off)
		return err
	})
	return n, err
}

// Truncate implements farfs.Server.
func (f *Folder) Truncate(r farfs.Ref, size int64) error {
	return f.with(r, func(file p9.File) error {
		return file.SetAttr(p9.SetAttrMask{Size: true}, p9.SetAttr{Size: uint64(size)})
	})
}

// Sync has the host keep what was written to a file, or to all that are open.
func (f *Folder) Sync(r farfs.Ref) error {
	if f.c == nil {
		return nil // nothing is open
	}
	if h, there := f.open[r.ID]; there {
		return errnoOf(h.FSync())
	}
	for _, h := range f.open {
		if err := h.FSync(); err != nil && h.write {
			return errnoOf(err)
		}
	}
	return nil
}

// Create implements farfs.Server.
func (f *Folder) Create(dir farfs.Ref, name string, n vfs.New) (farfs.Info, error) {
	err := f.at(dir, func(d p9.File) (err error) {
		perm := p9.FileMode(n.Mode & 0o7777)
		switch n.Mode & syscall.S_IFMT {
		case syscall.S_IFDIR:
			_, err = d.Mkdir(name, perm, p9.NoUID, p9.NoGID)
		case syscall.S_IFLNK:
			_, err = d.Symlink(n.Target, name, p9.NoUID, p9.NoGID)
		case syscall.S_IFREG:
			_, _, _, err = d.Create(name, p9.ReadWrite|syscall.O_CREAT|syscall.O_EXCL, perm, p9.NoUID, p9.NoGID)
		default:
			err = syscall.EPERM
		}
		return err
	})
	if err != nil {
		return farfs.Info{}, err
	}
	return f.Lookup(dir, name)
}

// Link implements farfs.Server.
func (f *Folder) Link(dir farfs.Ref, name string, file farfs.Ref) error {
	return f.at(dir, func(d p9.File) error {
		return f.with(file, func(target p9.File) error { return d.Link(target, name) })
	})
}

// Unlink implements farfs.Server.
func (f *Folder) Unlink(dir farfs.Ref, name string, file farfs.Ref, isDir, open bool) error {
	if open && !isDir {
		f.Open(file, false) // that it stays; if it cannot be it is gone
	}
	flags := uint32(0)
	if isDir {
		const removeDir = 0x200
		flags = removeDir
	}
	return f.at(dir, func(d p9.File) error { return d.UnlinkAt(name, flags) })
}

// Rename implements farfs.Server.
func (f *Folder) Rename(dir farfs.Ref, name string, to farfs.Ref, newName string) error {
	return f.at(dir, func(d p9.File) error {
		return f.at(to, func(t p9.File) error { return d.RenameAt(name, t, newName) })
	})
}
